// What a line means that is not "name specifiers": pip looks at the disk and at the look of the
// text, and so must we. A scheme makes it a URL; a "/", a leading "." or the ending of an archive
// makes it a path; everything else begins with a project's name.

#include "project/requirement_address.h"

#include <algorithm>
#include <array>

#include "base/fs.h"
#include "base/text.h"
#include "pep/wheel_name.h"
#include "project/pyproject.h"
#include "project/requirement_lines.h"

namespace pawl::project {

namespace {

constexpr std::array<std::string_view, 4> vcs_names = {"git", "hg", "bzr", "svn"};
constexpr std::array<std::string_view, 9> archive_endings = {
    ".whl", ".tar.gz", ".tgz", ".zip", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz"};

/// "https" of "https://…"; "" when the text does not begin with a scheme.
std::string_view scheme_of(std::string_view text) {
    size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon < 2) { // one letter is a drive
        return "";
    }
    std::string_view scheme = text.substr(0, colon);
    bool is_scheme = is_alpha(scheme.front()) && std::ranges::all_of(scheme, [](char c) {
                         return is_alnum(c) || c == '+' || c == '-' || c == '.';
                     });
    return is_scheme ? scheme : "";
}

bool is_archive(std::string_view text) {
    std::string lower = to_lower(text);
    return std::ranges::any_of(archive_endings, [&lower](std::string_view ending) {
        return lower.size() > ending.size() && lower.ends_with(ending);
    });
}

/// An address, what is asked of it, and where it holds.
struct Parts {
    std::string_view address;
    std::string_view extras; ///< "[a,b]" or ""
    std::string_view marker; ///< without the ";"
};

/// Of a URL a ";" may be a part: there a blank must stand beside it.
Parts take_apart(std::string_view text, bool is_url) {
    Parts parts{.address = text, .extras = {}, .marker = {}};
    for (size_t at = text.find(';'); at != std::string_view::npos; at = text.find(';', at + 1)) {
        bool has_blank =
            (at > 0 && text[at - 1] == ' ') || (at + 1 < text.size() && text[at + 1] == ' ');
        if (!is_url || has_blank) {
            parts.address = trim(text.substr(0, at));
            parts.marker = trim(text.substr(at + 1));
            break;
        }
    }
    size_t bracket = parts.address.rfind('[');
    if (parts.address.ends_with(']') && bracket != std::string_view::npos && bracket > 0) {
        parts.extras = parts.address.substr(bracket);
        parts.address = trim_right(parts.address.substr(0, bracket));
    }
    return parts;
}

bool looks_like_path(std::string_view address) {
    return address.find('/') != std::string_view::npos || address.starts_with('.') ||
           is_archive(address);
}

/// The absolute path of what stands there: below the directory, else beside the file.
Result<std::string> find_path(std::string_view address, const AddressOptions& options) {
    std::string path = fs::normalize(fs::join(options.directory, address));
    if (!fs::exists(path) && !options.file_directory.empty()) {
        std::string beside = fs::normalize(fs::join(options.file_directory, address));
        if (fs::exists(beside)) {
            return beside;
        }
    }
    if (!fs::exists(path)) {
        return fail(Error{Error::Kind::input, "there is no file or directory \"" +
                                                  printable(without_credentials(address)) + "\""}
                        .hint("looked below " + printable(options.directory)));
    }
    return path;
}

/// A URL's fragment: the name it gives, and what of it stays.
struct Fragment {
    std::string egg;  ///< "name" or "name[extra]"
    std::string kept; ///< "subdirectory=…&sha256=…"
};

Result<Fragment> read_fragment(std::string_view text) {
    Fragment fragment;
    if (text.empty()) {
        return fragment;
    }
    for (std::string_view part : split(text, '&')) {
        if (part.starts_with("egg=")) {
            std::optional<std::string> egg = percent_decode(part.substr(4));
            if (!egg) {
                return fail(Error::Kind::input, "\"#egg=\" holds a broken escape");
            }
            fragment.egg = std::move(*egg);
        } else {
            fragment.kept.append(fragment.kept.empty() ? "" : "&").append(part);
        }
    }
    return fragment;
}

Result<pep::Name> name_of_archive(std::string_view file_name) {
    if (file_name.ends_with(".whl")) {
        return TRY(pep::WheelName::parse(file_name)).name;
    }
    Result<pep::SdistName> sdist = pep::SdistName::parse(file_name);
    if (!sdist) {
        return fail(Error{Error::Kind::input,
                          "\"" + printable(file_name) + "\" does not say which project it is"}
                        .hint("put the name before it: NAME @ …"));
    }
    return sdist->name;
}

class AddressReader {
  public:
    explicit AddressReader(const AddressOptions& options) : options_(options) {}

    Result<AddressedRequirement> read(std::string_view text) {
        bool is_url = !scheme_of(text).empty();
        Parts parts = take_apart(text, is_url);
        if (!is_url && !options_.editable && !looks_like_path(before_at(parts.address))) {
            return read_named(text);
        }
        // "-e NAME @ URL", and a path or URL whose own text holds " @ ".
        std::optional<Halves> named = split_once(parts.address, '@');
        if (!is_url && named && pep::is_valid_name(trim(bare_name(named->before)))) {
            return read_named(text);
        }
        if (is_url) {
            TRY(take_url(parts.address));
        } else {
            TRY(take_path(parts.address, ""));
        }
        return finish(parts);
    }

  private:
    /// "spam @ ./dir" must not look like a path for its last part.
    static std::string_view before_at(std::string_view address) {
        return trim(address.substr(0, address.find('@')));
    }
    static std::string_view bare_name(std::string_view text) {
        return text.substr(0, text.find('['));
    }

    Result<AddressedRequirement> read_named(std::string_view text) {
        pep::Requirement requirement = TRY(pep::Requirement::parse(text));
        if (requirement.url.empty()) {
            if (options_.editable) {
                return fail(
                    Error{Error::Kind::input, "\"" + printable(text) + "\" cannot be editable"}
                        .hint("an editable requirement is a directory or \"git+https://…\""));
            }
            return AddressedRequirement{std::move(requirement), {}, false};
        }
        if (scheme_of(requirement.url).empty()) {
            TRY(take_path(requirement.url, ""));
        } else {
            TRY(take_url(requirement.url));
        }
        requirement.url = found_.requirement_url;
        return AddressedRequirement{std::move(requirement), std::move(found_.login),
                                    found_.is_vcs_login};
    }

    Result<> take_url(std::string_view address) {
        size_t hash = address.find('#');
        std::string_view plain = address.substr(0, hash);
        Fragment fragment = TRY(read_fragment(
            hash == std::string_view::npos ? std::string_view() : address.substr(hash + 1)));
        found_.egg = fragment.egg;
        std::string_view scheme = scheme_of(plain);
        if (equals_ignoring_case(scheme, "file")) {
            std::string_view path = plain.substr(5);
            if (!path.starts_with('/')) { // "file:dir", relative
                std::optional<std::string> decoded = percent_decode(path);
                if (!decoded) {
                    return fail(Error::Kind::input, "the URL holds a broken escape");
                }
                return take_path(*decoded, fragment.kept);
            }
            return take_path(TRY(TRY(Url::parse(plain)).local_path()), fragment.kept);
        }
        return take_remote(plain, fragment.kept);
    }

    Result<> take_remote(std::string_view plain, std::string_view fragment) {
        std::string_view vcs = vcs_of(plain);
        bool is_http = equals_ignoring_case(scheme_of(plain), "https") ||
                       equals_ignoring_case(scheme_of(plain), "http");
        if (vcs.empty() && !is_http) {
            return fail(Error{Error::Kind::input, "\"" + printable(scheme_of(plain)) +
                                                      "\" is no scheme that pawl can fetch from"}
                            .hint("it takes https, http, file and git+https"));
        }
        if (options_.editable && vcs.empty()) {
            return fail(Error{Error::Kind::input, "a file from a URL cannot be editable"}.hint(
                "leave -e away"));
        }
        std::string prefix = vcs.empty() ? "" : std::string(vcs) + "+";
        Url url = TRY(Url::parse(plain.substr(prefix.size())));
        bool is_user_only = url.scheme() == "ssh" && url.password().empty();
        found_.requirement_url =
            prefix + (is_user_only ? std::string(plain.substr(prefix.size())) : url.text());
        if (!fragment.empty()) {
            found_.requirement_url.append("#").append(fragment);
        }
        if (url.has_credentials() && !is_user_only) {
            found_.login = url;
            found_.is_vcs_login = !vcs.empty();
        }
        if (vcs.empty() && found_.egg.empty()) {
            found_.file_name = url.file_name();
        } else if (found_.egg.empty()) {
            found_.needs_egg = true;
        }
        return {};
    }

    Result<> take_path(std::string_view address, std::string_view fragment) {
        std::string path = TRY(find_path(address, options_));
        bool is_directory = fs::is_directory(path);
        if (!is_directory && options_.editable) {
            return fail(Error{Error::Kind::input,
                              "\"" + printable(address) + "\" is a file and cannot be editable"}
                            .hint("leave -e away"));
        }
        found_.requirement_url = Url::from_path(path).text();
        if (!fragment.empty()) {
            found_.requirement_url.append("#").append(fragment);
        }
        (is_directory ? found_.directory : found_.file_name) =
            is_directory ? path : std::string(fs::base_name(path));
        return {};
    }

    Result<AddressedRequirement> finish(const Parts& parts) {
        std::string egg = found_.egg;
        if (egg.empty()) {
            if (found_.needs_egg) {
                return fail(
                    Error{Error::Kind::input, "the address does not say which project it is"}.hint(
                        "put the name before it: NAME @ …"));
            }
            egg = found_.directory.empty() ? TRY(name_of_archive(found_.file_name)).str()
                                           : TRY(name_of_directory(found_.directory)).str();
        }
        bool is_plain = egg.find_first_of("@;<>=!~ ") == std::string::npos;
        if (!is_plain) {
            return fail(Error::Kind::input,
                        "\"#egg=" + printable(egg) + "\" must be a name, perhaps with extras");
        }
        std::string text = egg + std::string(parts.extras);
        if (!parts.marker.empty()) {
            text.append("; ").append(parts.marker);
        }
        pep::Requirement requirement = TRY(pep::Requirement::parse(text));
        requirement.url = found_.requirement_url;
        return AddressedRequirement{std::move(requirement), std::move(found_.login),
                                    found_.is_vcs_login};
    }

    struct Found {
        std::string requirement_url;
        std::string egg;
        std::string file_name, directory; ///< what tells the name, when there is no egg
        bool needs_egg = false;
        std::optional<Url> login;
        bool is_vcs_login = false;
    };

    const AddressOptions& options_;
    Found found_;
};

} // namespace

std::string_view vcs_of(std::string_view url) {
    for (std::string_view name : vcs_names) {
        if (url.size() > name.size() && url.starts_with(name) && url[name.size()] == '+') {
            return name;
        }
    }
    return "";
}

Result<AddressedRequirement> parse_address(std::string_view text, const AddressOptions& options) {
    std::string_view trimmed = trim(text);
    if (trimmed.empty()) {
        return fail(Error::Kind::input, "a requirement must stand here");
    }
    if (trimmed.starts_with('-')) {
        return fail(Error::Kind::input, "a requirement cannot begin with \"-\"");
    }
    return AddressReader(options).read(trimmed);
}

} // namespace pawl::project
