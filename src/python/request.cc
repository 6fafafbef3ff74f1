#include "base/text.h"
#include "python/find.h"

namespace pawl::python {

namespace {

[[nodiscard]] tl::unexpected<Error> bad_request(std::string_view text) {
    return fail(Error{Error::Kind::usage,
                      "cannot read the Python that was asked for: \"" + printable(text) + "\""}
                    .hint("say for example 3.12, \">=3.10\", 3.13t, pypy3.10 or a path"));
}

/// Takes an implementation's name from the front ("pypy3.10", "cpython-3.12", "python@3.12").
std::string take_implementation(std::string_view& text) {
    struct Spelling {
        std::string_view word, implementation;
    };
    constexpr Spelling spellings[] = {
        {"cpython", "cpython"}, {"python", ""}, {"pypy", "pypy"}, {"graalpy", "graalpy"}};
    for (const Spelling& spelling : spellings) {
        if (!text.starts_with(spelling.word)) {
            continue;
        }
        text.remove_prefix(spelling.word.size());
        if (!text.empty() && (text.front() == '@' || text.front() == '-')) {
            text.remove_prefix(1);
        }
        return std::string(spelling.implementation);
    }
    return "";
}

/// "3.13t" and "3.13+freethreaded" → free-threaded, with the mark taken off.
std::optional<bool> take_free_threaded(std::string_view& text) {
    constexpr std::string_view word = "+freethreaded";
    if (text.ends_with(word)) {
        text.remove_suffix(word.size());
        return true;
    }
    if (text.size() >= 2 && text.back() == 't' && is_digit(text[text.size() - 2])) {
        text.remove_suffix(1);
        return true;
    }
    return std::nullopt;
}

/// "3.12" → "==3.12.*"; "3.12.1" → "==3.12.1".
Result<pep::Specifiers> specifiers_of(std::string_view text) {
    if (std::string_view("<>=!~").find(text.front()) != std::string_view::npos) {
        return pep::Specifiers::parse(text);
    }
    pep::Version version = TRY(pep::Version::parse(text));
    if (!is_digit(text.front()) || version.epoch() != 0 || !version.local().empty()) {
        return fail(Error::Kind::usage, "not a version of Python");
    }
    bool is_whole = version.release().size() >= 3 || version.is_prerelease();
    return pep::Specifiers::parse("==" + version.str() + (is_whole ? "" : ".*"));
}

} // namespace

Result<Request> Request::parse(std::string_view text) {
    text = trim(text);
    Request request;
    request.text = text;
    if (text.empty() || text == "any") {
        return request;
    }
    if (text.find('/') != std::string_view::npos || text == "." || text == "..") {
        request.path = text;
        return request;
    }
    std::string lower = to_lower(text);
    std::string_view rest = lower;
    request.implementation = take_implementation(rest);
    bool named = rest.size() < lower.size();
    request.free_threaded = take_free_threaded(rest);
    if (rest.empty()) {
        return named && !request.free_threaded ? Result<Request>(std::move(request))
                                               : bad_request(text);
    }
    Result<pep::Specifiers> versions = specifiers_of(rest);
    if (!versions) {
        if (!named) { // perhaps a directory's name: ".venv"
            request.path = text;
            return request;
        }
        return bad_request(text);
    }
    request.versions = std::move(*versions);
    return request;
}

bool Request::admits(const Interpreter& interpreter) const {
    if (!implementation.empty() && interpreter.implementation != implementation) {
        return false;
    }
    if (free_threaded && interpreter.is_free_threaded != *free_threaded) {
        return false;
    }
    return !versions || admits_python(*versions, interpreter.version);
}

bool admits_python(const pep::Specifiers& specifiers, const pep::Version& version) {
    // 3.14.0rc2 is a 3.14 to ">=3.14", as sys.version_info is: only who names a prerelease means
    // the finer order.
    return specifiers.contains(version, pep::Prereleases::yes) ||
           (!specifiers.names_prerelease() &&
            specifiers.contains(version.base(), pep::Prereleases::yes));
}

} // namespace pawl::python
