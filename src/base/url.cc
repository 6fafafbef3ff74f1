#include "base/url.h"

#include <vector>

#include "base/text.h"

namespace pawl {

namespace {

bool is_unreserved(char c) {
    return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

bool is_scheme(std::string_view text) {
    if (text.empty() || !is_alpha(text.front())) {
        return false;
    }
    for (char c : text) {
        if (!is_alnum(c) && c != '+' && c != '-' && c != '.') {
            return false;
        }
    }
    return true;
}

std::string_view default_port(std::string_view scheme) {
    return scheme == "https" ? "443" : scheme == "http" ? "80" : "";
}

tl::unexpected<Error> bad_url(std::string_view text, std::string_view why) {
    // The text may hold a password: only the part after "@" is shown.
    size_t at = text.rfind('@');
    std::string shown = printable(at == std::string_view::npos ? text : text.substr(at + 1));
    return fail(Error::Kind::input, "\"" + shown + "\" is not a URL: " + std::string(why));
}

/// RFC 3986 §5.2.4: takes "." and ".." parts out.
std::string remove_dot_segments(std::string_view path) {
    bool absolute = path.starts_with('/');
    std::vector<std::string_view> kept;
    std::vector<std::string_view> parts = split(path, '/');
    for (size_t i = absolute ? 1 : 0; i < parts.size(); ++i) {
        bool last = i + 1 == parts.size();
        if (parts[i] == ".." || parts[i] == ".") {
            if (parts[i] == ".." && !kept.empty()) {
                kept.pop_back();
            }
            if (last) {
                kept.emplace_back();
            }
        } else {
            kept.push_back(parts[i]);
        }
    }
    std::string clean;
    for (size_t i = 0; i < kept.size(); ++i) {
        clean += i > 0 || absolute ? "/" : "";
        clean += kept[i];
    }
    return clean.empty() && absolute ? "/" : clean;
}

/// Lower-cases the escapes' digits' meaning away: "%7e" and "~" are left as they are written,
/// but a broken escape or a forbidden character is refused.
bool has_forbidden_characters(std::string_view text) {
    for (size_t i = 0; i < text.size(); ++i) {
        auto byte = static_cast<unsigned char>(text[i]);
        if (byte <= 0x20 || byte == 0x7F || text[i] == '\\' || text[i] == '<' || text[i] == '>' ||
            text[i] == '"') {
            return true;
        }
        if (text[i] == '%' && (i + 2 >= text.size() || !from_hex(text.substr(i + 1, 2)))) {
            return true;
        }
    }
    return false;
}

struct Authority {
    std::string user, password, host, port;
};

Result<Authority> parse_authority(std::string_view text, std::string_view scheme,
                                  std::string_view whole) {
    Authority authority;
    size_t at = text.rfind('@');
    if (at != std::string_view::npos) {
        std::string_view user_info = text.substr(0, at);
        size_t colon = user_info.find(':');
        auto user = percent_decode(user_info.substr(0, colon));
        auto password = percent_decode(
            colon == std::string_view::npos ? std::string_view() : user_info.substr(colon + 1));
        if (!user || !password) {
            return bad_url(whole, "its user name has a broken escape");
        }
        authority.user = *user;
        authority.password = *password;
        text.remove_prefix(at + 1);
    }
    size_t bracket = text.starts_with('[') ? text.find(']') : 0;
    if (bracket == std::string_view::npos) {
        return bad_url(whole, "its address has no closing bracket");
    }
    size_t colon = text.find(':', bracket);
    authority.host = to_lower(text.substr(0, colon));
    if (colon != std::string_view::npos) {
        std::string_view port = text.substr(colon + 1);
        auto number = port.empty() ? std::optional<uint64_t>(0) : parse_unsigned(port);
        if (!number || *number > 65535) {
            return bad_url(whole, "its port is not a number below 65536");
        }
        authority.port = port == default_port(scheme) ? "" : std::string(port);
    }
    for (char c : authority.host) {
        bool fine = is_unreserved(c) || c == '%' || static_cast<unsigned char>(c) >= 0x80 ||
                    (bracket != 0 && (c == '[' || c == ']' || c == ':'));
        if (!fine) {
            return bad_url(whole, "its host has a character that no host has");
        }
    }
    return authority;
}

} // namespace

std::optional<std::string> percent_decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        auto byte = from_hex(text.substr(i + 1, 2));
        if (!byte || byte->size() != 1) {
            return std::nullopt;
        }
        decoded += static_cast<char>((*byte)[0]);
        i += 2;
    }
    return decoded;
}

std::string percent_encode(std::string_view text, std::string_view keep) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (char c : text) {
        if (is_unreserved(c) || keep.find(c) != std::string_view::npos) {
            encoded += c;
        } else {
            auto byte = static_cast<unsigned char>(c);
            encoded += '%';
            encoded += digits[byte >> 4];
            encoded += digits[byte & 15];
        }
    }
    return encoded;
}

Result<Url> Url::parse(std::string_view text) {
    size_t colon = text.find(':');
    if (colon == std::string_view::npos || !is_scheme(text.substr(0, colon))) {
        return bad_url(text, "it has no scheme such as https://");
    }
    if (has_forbidden_characters(text)) {
        return bad_url(text, "it has a blank, a control character or a broken escape");
    }
    Url url;
    url.scheme_ = to_lower(text.substr(0, colon));
    std::string_view rest = text.substr(colon + 1);
    size_t hash = rest.find('#');
    if (hash != std::string_view::npos) {
        url.fragment_ = rest.substr(hash + 1);
        rest = rest.substr(0, hash);
    }
    size_t question = rest.find('?');
    if (question != std::string_view::npos) {
        url.query_ = rest.substr(question + 1);
        rest = rest.substr(0, question);
    }
    if (rest.starts_with("//")) {
        url.has_authority_ = true;
        rest.remove_prefix(2);
        size_t slash = rest.find('/');
        Authority authority = TRY(parse_authority(rest.substr(0, slash), url.scheme_, text));
        url.user_ = std::move(authority.user);
        url.password_ = std::move(authority.password);
        url.host_ = std::move(authority.host);
        url.port_ = std::move(authority.port);
        rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
    }
    if (url.is_http() && url.host_.empty()) {
        return bad_url(text, "it names no host");
    }
    url.path_ = url.is_http() ? remove_dot_segments(rest.empty() ? "/" : rest) : std::string(rest);
    return url;
}

Url Url::from_path(std::string_view absolute_path) {
    Url url;
    url.scheme_ = "file";
    url.has_authority_ = true;
    url.path_ = percent_encode(absolute_path, "/+@:,!=");
    return url;
}

std::string Url::text_without_fragment() const {
    std::string whole = scheme_ + ":";
    if (has_authority_) {
        whole += "//" + host_ + (port_.empty() ? "" : ":" + port_);
    }
    return whole + path_ + (query_.empty() ? "" : "?" + query_);
}

std::string Url::text() const {
    return text_without_fragment() + (fragment_.empty() ? "" : "#" + fragment_);
}

std::string Url::origin() const {
    return scheme_ + "://" + host_ + ":" +
           (port_.empty() ? std::string(default_port(scheme_)) : port_);
}

std::string Url::file_name() const {
    std::string_view path = path_;
    size_t slash = path.rfind('/');
    std::string_view last = slash == std::string_view::npos ? path : path.substr(slash + 1);
    return percent_decode(last).value_or(std::string(last));
}

Result<std::string> Url::local_path() const {
    std::optional<std::string> path = percent_decode(path_);
    if (scheme_ != "file" || (!host_.empty() && host_ != "localhost") || !path ||
        !path->starts_with('/') || path->find('\0') != std::string::npos) {
        return fail(Error::Kind::input, printable(text()) + " is not a file on this machine");
    }
    return *path;
}

bool Url::is_loopback() const {
    return host_ == "localhost" || host_.ends_with(".localhost") || host_ == "[::1]" ||
           (host_.starts_with("127.") &&
            host_.find_first_not_of("0123456789.") == std::string::npos);
}

Result<Url> Url::resolve(std::string_view reference) const {
    size_t colon = reference.find(':');
    size_t stop = reference.find_first_of("/?#");
    if (colon != std::string_view::npos && colon < stop && is_scheme(reference.substr(0, colon))) {
        return parse(reference);
    }
    if (has_forbidden_characters(reference)) {
        return bad_url(reference, "it has a blank, a control character or a broken escape");
    }
    if (reference.starts_with("//")) {
        return parse(scheme_ + ":" + std::string(reference));
    }
    Url url = *this;
    url.fragment_.clear();
    size_t hash = reference.find('#');
    if (hash != std::string_view::npos) {
        url.fragment_ = reference.substr(hash + 1);
        reference = reference.substr(0, hash);
    }
    size_t question = reference.find('?');
    std::string_view path = reference.substr(0, question);
    if (question != std::string_view::npos) {
        url.query_ = reference.substr(question + 1);
    } else if (!path.empty()) {
        url.query_.clear();
    }
    if (path.starts_with('/')) {
        url.path_ = remove_dot_segments(path);
    } else if (!path.empty()) {
        std::string base = path_.substr(0, path_.rfind('/') + 1);
        url.path_ = remove_dot_segments((base.empty() ? "/" : base) + std::string(path));
    }
    return url;
}

Url Url::without_credentials() const {
    return with_credentials({}, {});
}

Url Url::without_fragment() const {
    Url url = *this;
    url.fragment_.clear();
    return url;
}

Url Url::with_credentials(std::string user, std::string password) const {
    Url url = *this;
    url.user_ = std::move(user);
    url.password_ = std::move(password);
    return url;
}

Url Url::with_path(std::string encoded_path) const {
    Url url = *this;
    url.path_ = std::move(encoded_path);
    return url;
}

} // namespace pawl
