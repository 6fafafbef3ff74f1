#include "pep/direct_url.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace pawl::pep {

namespace {

/// A URL's parts by RFC 3986, as text.
struct UrlParts {
    std::string scheme; ///< lower case; empty when there is none
    bool has_authority = false;
    std::string_view authority;
    std::string_view rest; ///< path, query and fragment
};

UrlParts parts_of(std::string_view url) {
    UrlParts parts;
    size_t colon = url.find(':');
    if (colon != url.npos && colon > 0 && is_alpha(url[0]) &&
        std::ranges::all_of(url.substr(0, colon), [](char c) {
            return is_alnum(c) || c == '+' || c == '-' || c == '.';
        })) {
        parts.scheme = to_lower(url.substr(0, colon));
        url.remove_prefix(colon + 1);
    }
    if (url.starts_with("//")) {
        url.remove_prefix(2);
        size_t end = std::min(url.find_first_of("/?#"), url.size());
        parts.has_authority = true;
        parts.authority = url.substr(0, end);
        url.remove_prefix(end);
    }
    parts.rest = url;
    return parts;
}

/// Takes "${NAME}" off the front.
bool take_variable(std::string_view& text) {
    if (!text.starts_with("${")) {
        return false;
    }
    size_t end = 2;
    while (end < text.size() && (is_alnum(text[end]) || text[end] == '-' || text[end] == '_')) {
        ++end;
    }
    if (end == 2 || end >= text.size() || text[end] != '}') {
        return false;
    }
    text.remove_prefix(end + 1);
    return true;
}

bool is_harmless(std::string_view user) {
    if (user == "git") {
        return true;
    }
    if (!take_variable(user)) {
        return false;
    }
    if (user.starts_with(':')) {
        user.remove_prefix(1);
        return take_variable(user) && user.empty();
    }
    return user.empty();
}

} // namespace

namespace detail {

Error direct_url_error(std::string_view key, std::string_view why) {
    std::string what = key.empty() ? "" : "\"" + std::string(key) + "\" ";
    return {Error::Kind::input, "direct_url.json: " + what + std::string(why)};
}

Result<> add_legacy_hash(std::string_view legacy, DirectUrl::Archive& archive) {
    auto halves = split_once(legacy, '=');
    if (!halves) {
        return fail(direct_url_error("hash", "is not of the form algorithm=digest"));
    }
    if (!archive.hashes) {
        archive.hashes.emplace();
        archive.hashes->emplace_back(halves->before, halves->after);
        return {};
    }
    for (const auto& [algorithm, digest] : *archive.hashes) {
        if (algorithm == halves->before) {
            return digest == halves->after
                       ? Result<>()
                       : Result<>(fail(direct_url_error("hash", "disagrees with \"hashes\"")));
        }
    }
    return fail(direct_url_error("hash", "is not among \"hashes\""));
}

} // namespace detail

Result<> DirectUrl::validate() const {
    int kinds = (archive ? 1 : 0) + (vcs ? 1 : 0) + (directory ? 1 : 0);
    if (kinds != 1) {
        return fail(detail::direct_url_error(
            "", "needs exactly one of \"archive_info\", \"vcs_info\" and \"dir_info\""));
    }
    if (directory) {
        UrlParts parts = parts_of(url);
        if (parts.scheme != "file") {
            return fail(detail::direct_url_error("url", "of a directory must begin with file://"));
        }
        if (!parts.rest.starts_with('/')) {
            return fail(detail::direct_url_error("url", "of a directory must be absolute"));
        }
    }
    return {};
}

std::string without_credentials(std::string_view url) {
    UrlParts parts = parts_of(url);
    size_t at = parts.authority.rfind('@');
    if (at != parts.authority.npos && !is_harmless(parts.authority.substr(0, at))) {
        parts.authority.remove_prefix(at + 1);
    }
    std::string out = parts.scheme.empty() ? "" : parts.scheme + ":";
    out += parts.has_authority ? "//" : "";
    out += parts.authority;
    out += parts.rest;
    return out;
}

} // namespace pawl::pep
