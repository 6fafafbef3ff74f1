// Requirements that name their source: URLs, paths,
// "git+https://host/repo@revision#subdirectory=x".
#include "base/text.h"
#include "ops/source_tree.h"

namespace pawl::ops {

namespace {

Result<> read_fragment(std::string_view fragment, SourceAddress& address) {
    for (std::string_view part : split(fragment, '&')) {
        std::optional<Halves> halves = split_once(part, '=');
        if (!halves) {
            continue;
        }
        if (halves->before == "subdirectory") {
            address.subdirectory = percent_decode(halves->after).value_or("");
            std::string normal = fs::normalize(address.subdirectory);
            if (normal.starts_with("..") || normal.starts_with('/')) {
                return fail(Error::Kind::refused, "the subdirectory \"" +
                                                      printable(address.subdirectory) +
                                                      "\" leads out of the source");
            }
        } else if (is_known_algorithm(halves->before)) {
            address.hashes.push_back(TRY(parse_hash(part, '=')));
        }
    }
    return {};
}

/// "git+https://host/repo@v1.0": the revision follows the last "@" of the path.
Result<SourceAddress> parse_git(std::string_view text) {
    SourceAddress address{.kind = SourceAddress::Kind::git};
    Url url = TRY(Url::parse(text));
    TRY(read_fragment(url.fragment(), address));
    std::string path(url.path());
    size_t at = path.rfind('@');
    if (at != std::string::npos) {
        address.revision = percent_decode(path.substr(at + 1)).value_or("");
        path.resize(at);
    }
    for (char c : address.revision) {
        bool fine = is_alnum(c) || c == '.' || c == '_' || c == '/' || c == '-' || c == '+';
        if (!fine) {
            return fail(Error::Kind::refused,
                        "\"" + printable(address.revision) + "\" is not the name of a revision");
        }
    }
    if (address.revision.starts_with('-')) {
        return fail(Error::Kind::refused, "a revision may not begin with \"-\"");
    }
    for (std::string_view scheme : {"https", "http", "ssh", "git", "file"}) {
        if (url.scheme() == scheme) {
            address.url = url.without_fragment().with_path(path).text();
            if (scheme == "ssh" && !url.user().empty()) {
                // ssh's user is part of the address, not a secret.
                address.url = "ssh://" + std::string(url.user()) + "@" + address.url.substr(6);
            }
            return address;
        }
    }
    return fail(Error::Kind::refused,
                "git over \"" + printable(url.scheme()) + "\" is not supported");
}

} // namespace

Result<SourceAddress> parse_source_address(std::string_view source) {
    constexpr std::string_view git = "git+";
    if (source.starts_with(git)) {
        return parse_git(source.substr(git.size()));
    }
    SourceAddress address;
    if (source.starts_with('/')) {
        address.path = source;
    } else {
        Url url = TRY(Url::parse(source));
        TRY(read_fragment(url.fragment(), address));
        if (url.scheme() == "file") {
            address.path = TRY(url.local_path());
        } else if (url.is_http()) {
            address.url = url.text_without_fragment();
        } else {
            return fail(Error::Kind::input,
                        "\"" + printable(source) + "\" is neither https, http, file nor git+…");
        }
    }
    if (!address.path.empty() && fs::is_directory(address.path)) {
        address.kind = SourceAddress::Kind::directory;
    }
    return address;
}

Result<std::string> absolute_source(std::string_view source, std::string_view directory) {
    size_t colon = source.find(':');
    bool has_scheme = colon != std::string_view::npos &&
                      source.substr(0, colon).find('/') == std::string_view::npos;
    if (has_scheme) {
        return std::string(source);
    }
    return fs::absolute(fs::join(directory.empty() ? "." : directory, source));
}

} // namespace pawl::ops
