#include "test/support/http_server.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

namespace pawl::test {

namespace {

constexpr size_t request_bytes_max = 64 * 1024;
constexpr int poll_ms = 50;

bool send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
}

void reset(int socket) {
    linger hard{.l_onoff = 1, .l_linger = 0}; // closing sends RST
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

std::string_view reason_of(int status) {
    switch (status) {
    case 200:
        return "OK";
    case 206:
        return "Partial Content";
    case 304:
        return "Not Modified";
    case 404:
        return "Not Found";
    default:
        return "Status";
    }
}

std::optional<Request> parse_request(std::string_view head) {
    std::vector<std::string_view> lines = split_lines(head);
    if (lines.empty()) {
        return std::nullopt;
    }
    std::vector<std::string_view> words = split(lines[0], ' ');
    if (words.size() != 3) {
        return std::nullopt;
    }
    Request request{.method = std::string(words[0]), .path = std::string(words[1]), .headers = {}};
    for (size_t i = 1; i < lines.size(); ++i) {
        if (auto halves = split_once(lines[i], ':')) {
            request.headers[to_lower(halves->before)] = trim(halves->after);
        }
    }
    return request;
}

void pause(int milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

} // namespace

std::string Request::header(const std::string& name) const {
    auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(uint16_t port, Handler handler) {
    fs::Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    int yes = 1;
    setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (bind(listener.get(), generic, size) != 0 || listen(listener.get(), 512) != 0 ||
        getsockname(listener.get(), generic, &size) != 0) {
        return fail(Error::Kind::network, std::string("cannot listen: ") + strerror(errno));
    }
    return std::unique_ptr<HttpServer>(
        new HttpServer(std::move(listener), ntohs(address.sin_port), std::move(handler)));
}

HttpServer::HttpServer(fs::Fd listener, uint16_t port, Handler handler)
    : listener_(std::move(listener)), port_(port), handler_(std::move(handler)) {
    accepter_ = std::thread([this] { accept_all(); });
}

HttpServer::~HttpServer() {
    is_ending_ = true;
    shutdown(listener_.get(), SHUT_RDWR);
    accepter_.join();
    for (Connection& connection : connections_) {
        shutdown(connection.socket, SHUT_RDWR);
        connection.thread.join();
        close(connection.socket);
    }
}

void HttpServer::accept_all() {
    while (!is_ending_) {
        int socket = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) {
            if (is_ending_) {
                return;
            }
            pause(1);
            continue;
        }
        int yes = 1;
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        forget_done();
        std::lock_guard lock(mutex_);
        Connection& connection = connections_.emplace_back();
        connection.socket = socket;
        connection.thread = std::thread([this, &connection] {
            serve(connection);
            connection.done = true;
        });
    }
}

void HttpServer::forget_done() {
    std::lock_guard lock(mutex_);
    std::erase_if(connections_, [](Connection& connection) {
        if (!connection.done) {
            return false;
        }
        connection.thread.join();
        close(connection.socket);
        return true;
    });
}

void HttpServer::serve(Connection& connection) {
    std::string received;
    while (!is_ending_) {
        size_t end = received.find("\r\n\r\n");
        if (end == std::string::npos) {
            std::array<char, 16 * 1024> buffer;
            ssize_t count = recv(connection.socket, buffer.data(), buffer.size(), 0);
            if (count <= 0 || received.size() > request_bytes_max) {
                break;
            }
            received.append(buffer.data(), static_cast<size_t>(count));
            continue;
        }
        auto request = parse_request(std::string_view(received).substr(0, end));
        received.erase(0, end + 4);
        if (!request || !send_reply(connection.socket, *request, handler_(*request))) {
            break;
        }
    }
    shutdown(connection.socket, SHUT_WR);
}

void HttpServer::wait_for_end(int socket) const {
    pollfd waited{.fd = socket, .events = POLLIN, .revents = 0};
    while (!is_ending_) {
        char byte = 0;
        if (poll(&waited, 1, poll_ms) > 0 && recv(socket, &byte, 1, 0) <= 0) {
            return;
        }
    }
}

/// False: the connection cannot be used any more.
bool HttpServer::send_reply(int socket, const Request& request, Reply reply) {
    std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " " +
                       std::string(reason_of(reply.status)) + "\r\n";
    for (const auto& [name, value] : reply.headers) {
        head += name + ": " + value + "\r\n";
    }
    bool has_length = reply.wire != Wire::cut_silently && reply.wire != Wire::bad_chunk &&
                      reply.wire != Wire::endless_chunks;
    size_t length = reply.body.size();
    if (reply.wire == Wire::short_length) {
        length -= std::min<size_t>(length, 10);
    } else if (reply.wire == Wire::long_length) {
        length += 10;
    }
    if (has_length && reply.status != 304 && reply.status != 204) {
        head += "Content-Length: " + std::to_string(length) + "\r\n";
    }
    if (reply.wire != Wire::whole) {
        return send_faulty(socket, head, reply);
    }
    head += "\r\n";
    if (request.method != "HEAD" && reply.status != 304 && reply.status != 204) {
        head += reply.body;
    }
    return send_all(socket, head);
}

void HttpServer::drip(int socket, std::string_view text, size_t bytes, int milliseconds) const {
    for (size_t i = 0; i < text.size() && !is_ending_; i += bytes) {
        if (!send_all(socket, text.substr(i, bytes))) {
            break;
        }
        pause(milliseconds);
    }
}

/// What no client of HTTP/1.1 can read.
void HttpServer::send_nonsense(int socket, const std::string& head, const Reply& reply) const {
    auto repeat = [&](std::string_view text, int times) {
        for (int i = 0; i < times && !is_ending_ && send_all(socket, text); ++i) {
        }
    };
    switch (reply.wire) {
    case Wire::garbage:
        send_all(socket, "\x16\x03\x01 no protocol that a client of an index speaks\r\n\r\n");
        break;
    case Wire::noise: {
        std::string bytes(64 * 1024, '\0');
        for (size_t i = 0; i < bytes.size(); ++i) { // every value but line ends
            char byte = static_cast<char>(i * 151 + i / 256);
            bytes[i] = byte == '\n' || byte == '\r' ? '\xff' : byte;
        }
        repeat(bytes, 800);
        break;
    }
    case Wire::no_header:
        send_all(socket, reply.body);
        break;
    case Wire::header_flood:
        send_all(socket, head);
        repeat("X-Flood: " + std::string(100, 'x') + "\r\n", 100'000);
        break;
    case Wire::long_header:
        send_all(socket, head + "X-Long: ");
        repeat(std::string(64 * 1024, 'x'), 800);
        break;
    case Wire::continue_storm:
        repeat("HTTP/1.1 100 Continue\r\n\r\n", 100'000);
        break;
    default:
        break;
    }
}

/// What comes too slowly, or not to its end.
void HttpServer::send_slowly(int socket, const std::string& head, const Reply& reply) const {
    switch (reply.wire) {
    case Wire::stall:
        send_all(socket, head + "\r\n" + reply.body.substr(0, reply.body.size() / 2));
        wait_for_end(socket);
        break;
    case Wire::stall_in_header:
        send_all(socket, head.substr(0, head.size() / 2));
        wait_for_end(socket);
        break;
    case Wire::silence:
        wait_for_end(socket);
        break;
    case Wire::drip_header:
        drip(socket, head, 1, 10);
        for (int i = 0; i < 1000 && !is_ending_; ++i) {
            drip(socket, "X-Slow: yes\r\n", 1, 10);
        }
        break;
    case Wire::drip:
        send_all(socket, head + "\r\n");
        drip(socket, reply.body, 200, 100);
        break;
    case Wire::trickle:
        send_all(socket, head + "\r\n");
        drip(socket, reply.body, 20, 100);
        break;
    case Wire::long_length:
        send_all(socket, head + "\r\n" + reply.body);
        wait_for_end(socket);
        break;
    default:
        break;
    }
}

bool HttpServer::send_faulty(int socket, const std::string& head, const Reply& reply) {
    std::string_view half = std::string_view(reply.body).substr(0, reply.body.size() / 2);
    switch (reply.wire) {
    case Wire::whole:
        break;
    case Wire::reset:
        reset(socket);
        break;
    case Wire::reset_in_body:
        send_all(socket, head + "\r\n" + std::string(half));
        pause(20); // else the reset overtakes what was sent
        reset(socket);
        break;
    case Wire::cut:
    case Wire::cut_silently:
        send_all(socket, head + "\r\n" + std::string(half));
        break;
    case Wire::stall:
    case Wire::stall_in_header:
    case Wire::silence:
    case Wire::drip_header:
    case Wire::drip:
    case Wire::trickle:
    case Wire::long_length:
        send_slowly(socket, head, reply);
        break;
    case Wire::garbage:
    case Wire::noise:
    case Wire::no_header:
    case Wire::header_flood:
    case Wire::long_header:
    case Wire::continue_storm:
        send_nonsense(socket, head, reply);
        break;
    case Wire::short_length:
        send_all(socket, head + "\r\n" + reply.body);
        break;
    case Wire::two_lengths:
        send_all(socket, head + "Content-Length: 7\r\n\r\n" + reply.body);
        break;
    case Wire::bad_chunk:
        send_all(socket, head + "Transfer-Encoding: chunked\r\n\r\nnope\r\n" + reply.body);
        break;
    case Wire::endless_chunks:
        send_all(socket, head + "Transfer-Encoding: chunked\r\n\r\n5\r\n" +
                             reply.body.substr(0, 5) + "\r\n");
        break;
    case Wire::flipped_bit: {
        std::string body = reply.body;
        if (!body.empty()) {
            body[body.size() / 2] = static_cast<char>(body[body.size() / 2] ^ 4);
        }
        return send_all(socket, head + "\r\n" + body);
    }
    }
    return false;
}

} // namespace pawl::test
