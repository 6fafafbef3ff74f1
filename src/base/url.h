#pragma once
// URLs as indexes, requirements and locks use them (RFC 3986). A Url cannot print its user name and
// password by accident: text() and every error leave them out; only the HTTP client asks for them.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pawl {

class Url {
  public:
    /// An absolute URL with a scheme. Refuses blanks, control characters and broken escapes.
    static Result<Url> parse(std::string_view text);
    /// A file: URL for an absolute path.
    static Url from_path(std::string_view absolute_path);

    std::string_view scheme() const { return scheme_; } ///< lower case
    std::string_view host() const { return host_; }     ///< lower case; "" for file:
    std::string_view port() const { return port_; }     ///< "" when it is the scheme's own
    std::string_view path() const { return path_; }     ///< still percent-encoded
    std::string_view query() const { return query_; }
    std::string_view fragment() const { return fragment_; }
    bool has_credentials() const { return !user_.empty() || !password_.empty(); }
    std::string_view user() const { return user_; }         ///< decoded
    std::string_view password() const { return password_; } ///< decoded

    /// Without credentials; with the fragment.
    std::string text() const;
    std::string text_without_fragment() const;
    /// "https://host:port": what credentials and "same host" are bound to.
    std::string origin() const;
    /// The last part of the path, percent-decoded once.
    std::string file_name() const;
    /// The path of a file: URL on this machine, percent-decoded; an error for other schemes.
    Result<std::string> local_path() const;
    bool is_loopback() const; ///< localhost, 127.0.0.0/8, [::1]
    bool is_http() const { return scheme_ == "http" || scheme_ == "https"; }

    /// Resolves a reference found in a page at this URL (RFC 3986 §5).
    Result<Url> resolve(std::string_view reference) const;
    Url without_credentials() const;
    Url without_fragment() const;
    Url with_credentials(std::string user, std::string password) const;
    Url with_path(std::string encoded_path) const;

    bool operator==(const Url&) const = default;

  private:
    std::string scheme_, user_, password_, host_, port_, path_, query_, fragment_;
    bool has_authority_ = false;
};

/// nullopt when an escape is broken.
std::optional<std::string> percent_decode(std::string_view text);
/// Encodes everything but unreserved characters and those in `keep`.
std::string percent_encode(std::string_view text, std::string_view keep = "");

} // namespace pawl
