#pragma once
// What the user settles about indexes and the network. Plain data; filled by the command line.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/url.h"
#include "pep/name.h"
#include "pep/tag.h"
#include "pep/wheel_variant.h"

namespace pawl::index {

constexpr std::string_view default_index_url = "https://pypi.org/simple/";

/// One place that knows files. The URL may hold credentials: they go to its origin only.
struct Source {
    enum class Kind : unsigned char {
        simple, ///< one page a project below `url` (http, https or file)
        links,  ///< `url` itself is a page of files of any project, or a directory of files
    };
    Kind kind = Kind::simple;
    std::string name; ///< "" when the user gave none
    Url url;
    bool only_pinned = false; ///< asked only for the projects that `pins` sends here
};

/// Wheel variants (PEP 825, a draft) for one system: of each release the best that it supports
/// stands for all wheels.
struct WheelVariantRules {
    pep::SupportedProperties supported;
    pep::TagSet tags{std::vector<pep::Tag>()}; ///< of its interpreter
};

/// What happens when several indexes know a project. find-links files are always looked at too.
enum class Strategy : unsigned char {
    first_index,        ///< the first index that knows the project answers alone
    unsafe_first_match, ///< all answer; FileView::source says whose file it is, lowest first
    unsafe_best_match,  ///< all answer as if they were one
};

struct NetworkOptions {
    std::string certificate_file;      ///< "" : SSL_CERT_FILE, then the system's
    std::string certificate_directory; ///< "" : SSL_CERT_DIR, then the system's
    std::string netrc_file;            ///< "" : NETRC, then ~/.netrc
    std::vector<Url> logins;           ///< user names and passwords, each for its URL's origin
    std::string proxy;                 ///< "" : the *_proxy variables
    std::vector<std::string>
        trusted_hosts; ///< "host" or "host:port" whose certificate is not checked
    uint32_t retries_max = 3;
    uint32_t requests_max = 200;   ///< at once
    uint32_t connections_max = 50; ///< at once, to one host that speaks HTTP/1
    int64_t connect_wait_ms_max = 10'000;
    int64_t silence_ms_max = 30'000;  ///< without a byte, or for the header: given up
    uint64_t speed_bytes_min = 1'000; ///< a second, over speed_window_ms
    int64_t speed_window_ms = 60'000;
    int64_t page_wait_ms_max = 120'000; ///< one page or metadata file, from first to last byte
    int64_t retry_wait_ms_max = 90'000; ///< between all tries of one request together
    int64_t retry_base_ms = 500; ///< before the second try; twice as long before each further one

    /// The limits above in their proportions, for who is more or less patient: `silence_ms` ≥ 1000.
    void set_patience(int64_t silence_ms);
};

struct Options {
    std::vector<Source> sources;           ///< in the order of precedence
    std::map<pep::Name, std::string> pins; ///< project → name of the only source to ask
    Strategy strategy = Strategy::first_index;
    bool offline = false;                   ///< only what is in the cache (and local files)
    bool refresh = false;                   ///< pages are asked for again even when they are fresh
    std::optional<Timestamp> exclude_newer; ///< files uploaded at or after it are too new
    std::map<pep::Name, std::optional<Timestamp>> exclude_newer_project; ///< nothing: no limit
    std::shared_ptr<const WheelVariantRules> wheel_variants; ///< null: they are passed over
    NetworkOptions network;
};

/// "https://host/simple/", "file:///dir" or a directory's path, with "NAME=" in front when
/// `may_have_name`. Adds the slash at the end that a simple index needs. Errors hide credentials.
Result<Source> parse_source(std::string_view text, Source::Kind kind, bool may_have_name = false);

} // namespace pawl::index
