#pragma once
// A small HTTP/1.1 server on loopback for tests: one thread a connection, keep-alive, and the means
// to misbehave on the wire in the ways that real servers and networks do.

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/fs.h"
#include "base/result.h"

namespace pawl::test {

struct Request {
    std::string method;
    std::string path;                           ///< with the query, as sent
    std::map<std::string, std::string> headers; ///< names in lower case
    int64_t arrived_ns = 0;                     ///< on the monotonic clock
    /// "" when it is absent.
    std::string header(const std::string& name) const;
};

/// How the bytes of a reply go out.
enum class Wire : unsigned char {
    whole,
    reset,           ///< the connection is reset instead of a reply
    reset_in_body,   ///< after half the body
    cut,             ///< closed after half the body, the whole length declared
    cut_silently,    ///< no length declared, closed after half the body
    stall,           ///< nothing after half the body, until the client gives up
    stall_in_header, ///< nothing after half the header
    silence,         ///< not a byte, until the client gives up
    drip_header,     ///< header lines without end, a byte every 10 ms
    drip,            ///< 2,000 bytes of body a second
    trickle,         ///< 200 bytes of body a second
    garbage,         ///< what is no HTTP at all
    noise,           ///< random bytes, and no line ends
    no_header,       ///< the body alone, as before HTTP/1.0
    long_header,     ///< a header line of 50 MB
    continue_storm,  ///< "100 Continue" without end
    header_flood,    ///< header lines without end
    short_length,    ///< Content-Length says 10 bytes less than there are
    long_length,     ///< Content-Length says 10 bytes more than there are, then silence
    two_lengths,     ///< two different Content-Length
    bad_chunk,       ///< chunked, with a chunk whose size is no number
    endless_chunks,  ///< chunked, closed before the last one
    flipped_bit,     ///< one bit in the middle of the body is another
};

struct Reply {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    Wire wire = Wire::whole;
};

class HttpServer {
  public:
    using Handler = std::function<Reply(const Request&)>;

    /// Listens on 127.0.0.1; port 0 takes a free one. The handler is called from many threads.
    static Result<std::unique_ptr<HttpServer>> start(uint16_t port, Handler handler);
    ~HttpServer();

    uint16_t port() const { return port_; }

  private:
    struct Connection {
        int socket = -1;
        std::thread thread;
        std::atomic<bool> done = false;
    };
    HttpServer(fs::Fd listener, uint16_t port, Handler handler);
    void accept_all();
    void serve(Connection& connection);
    bool send_reply(int socket, const Request& request, Reply reply);
    bool send_faulty(int socket, const std::string& head, const Reply& reply);
    void send_slowly(int socket, const std::string& head, const Reply& reply) const;
    void send_nonsense(int socket, const std::string& head, const Reply& reply) const;
    /// So many bytes every so many milliseconds.
    void drip(int socket, std::string_view text, size_t bytes, int milliseconds) const;
    void wait_for_end(int socket) const;
    void forget_done();

    fs::Fd listener_;
    uint16_t port_;
    Handler handler_;
    std::atomic<bool> is_ending_ = false;
    std::mutex mutex_;
    std::list<Connection> connections_;
    std::thread accepter_;
};

} // namespace pawl::test
