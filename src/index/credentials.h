#pragma once
// User names and passwords, each bound to where it may go: those of an index's URL to that origin
// (scheme, host, port), those of a netrc file to a host over https or on this machine.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/url.h"

namespace pawl::index {

struct Login {
    std::string user, password;
};

/// The entries of a netrc file by host; "" is the `default` entry.
std::map<std::string, Login> parse_netrc(std::string_view text);

/// For one thread.
class Credentials {
  public:
    /// `netrc_file` may be "": then NETRC, then ~/.netrc. It is read when first needed.
    explicit Credentials(std::string netrc_file) : netrc_file_(std::move(netrc_file)) {}
    /// Remembers what the URL holds, if anything, for its origin; the first counts.
    void learn(const Url& url);
    std::optional<Login> find(const Url& url);

  private:
    std::map<std::string, Login> by_origin_;
    std::string netrc_file_;
    std::optional<std::map<std::string, Login>> netrc_;
};

} // namespace pawl::index
