#pragma once
// The small interface between pawl and the part of it that is loaded on first use
// (libpawl_fetch.so: libcurl and simdjson). It moves bytes and reads JSON pages; what to ask, whom
// to trust and what to do with an answer is decided on this side of the interface (http.h).
//
// Both sides are built together, and the library's version is checked when it is loaded.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "index/page_entry.h"

namespace pawl::index {

struct FetcherSettings {
    std::string user_agent;
    std::string certificate_file;      ///< "" : none
    std::string certificate_directory; ///< "" : none; neither: the library's default
    std::string proxy;                 ///< "" : the *_proxy variables
    uint32_t requests_max = 200;
    uint32_t connections_max = 50; ///< to one host
    int64_t connect_wait_ms_max = 0;
    int64_t silence_ms_max = 0;
    int64_t speed_bytes_min = 0; ///< a second
    int64_t speed_window_ms = 0;
};

/// Names in lower case, in the order received.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// Takes a body as it arrives, on the network thread: for what does not belong into memory.
class BodySink {
  public:
    virtual ~BodySink() = default;
    /// Once the headers are there. False: the body is not wanted, the transfer ends.
    virtual bool begin(int status, const Headers& headers) = 0;
    /// False ends the transfer.
    virtual bool write(std::string_view bytes) = 0;
};

/// One exchange: one request to one address, no redirects followed, nothing tried twice.
struct Transfer {
    uint64_t id = 0;
    bool is_head = false;
    bool may_be_encoded = true; ///< ask for gzip; body_bytes_max counts decoded bytes
    bool check_certificate = true;
    std::string url;                  ///< http or https, without credentials
    std::string user, password;       ///< for this address only; both empty: none
    std::vector<std::string> headers; ///< "Name: value"
    uint64_t body_bytes_max = 0;
    int64_t wait_ms_max = 0;  ///< from the first to the last byte; 0: no limit but the speed's
    BodySink* sink = nullptr; ///< borrowed until the answer is taken; none: Answer::body
};

struct Answer {
    enum class Failure : unsigned char {
        none,
        resolve,
        connect,
        certificate,
        tls,
        proxy,     ///< with a status: it opens no tunnel
        timeout,   ///< too slow, or silent
        cut,       ///< the connection ended too early
        protocol,  ///< what came is not HTTP, or more headers than anybody needs
        too_large, ///< more than body_bytes_max
        unwanted,  ///< the sink said no
        cancelled,
        other,
    };
    uint64_t id = 0;
    int status = 0; ///< 0 when there was none
    Failure failure = Failure::none;
    std::string failure_text; ///< the library's words; no credentials
    Headers headers;
    std::string body;
    bool is_framed = false; ///< HTTP/2 and later: the end of the body is always told
    uint64_t received_bytes = 0;
};

/// submit(), cancel() and wait() are for one thread; the work is done on another one, which lives
/// as long as the object.
class Fetcher {
  public:
    virtual ~Fetcher() = default;
    virtual void submit(Transfer transfer) = 0;
    /// Its answer will come, as cancelled if it was not done yet.
    virtual void cancel(uint64_t id) = 0;
    /// Appends what is done; waits at most `wait_ms` (0: not at all) for the first.
    virtual void wait(std::vector<Answer>& done, int64_t wait_ms) = 0;
    /// Bytes of body that have arrived in all transfers so far.
    virtual uint64_t received_bytes() const = 0;

    /// Reads a PEP 691 page; `body` may get spare capacity. Returns what is wrong, "" if nothing.
    virtual std::string read_json_page(std::string& body, PageSink& sink) = 0;
};

constexpr int fetch_library_version = 2;
using MakeFetcher = Fetcher* (*)(int version, const FetcherSettings& settings);
constexpr const char* make_fetcher_symbol = "pawl_make_fetcher";

} // namespace pawl::index
