#pragma once
// pawl-test-index: a real index on loopback that serves a World, as a library for tests and as a
// program. It speaks JSON and HTML, metadata files, ranges, validators, freshness, basic
// authentication, and fails on demand in the ways of http_server.h.

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "test/support/http_server.h"
#include "test/support/world.h"

namespace pawl::test {

struct TestIndexOptions {
    uint16_t port = 0; ///< 0: a free one
    int delay_ms = 0;  ///< before each answer
    bool json = true;  ///< false: HTML whatever is asked for
    bool html = true;  ///< false: JSON whatever is asked for
    bool sizes = true; ///< in JSON
    bool hashes = true;
    bool validators = true;                    ///< ETag
    std::string cache_control = "max-age=600"; ///< of pages; "": no header
    enum class Ranges : unsigned char {
        yes,
        no_suffix,
        ignored,
        refused,
        shifted, ///< answered with a stretch that begins a byte later, and says so
    } ranges = Ranges::yes;
    std::string user, password; ///< both empty: everybody is welcome
    std::string api_version = "1.1";
};

/// What goes wrong with requests whose path contains `path`, for the first `times` of them.
struct Fault {
    std::string path;
    Wire wire = Wire::whole;
    int status = 0;                  ///< not 0: answered instead of the resource
    std::string header;              ///< "Name: value", instead of one of this name
    std::string content_type;        ///< not "": instead of the right one
    std::optional<std::string> body; ///< instead of the right one
    int times = -1;                  ///< -1: always
};

/// Callable from any thread.
class TestIndex {
  public:
    static Result<std::unique_ptr<TestIndex>> start(const World& world,
                                                    const TestIndexOptions& options = {});
    /// As above, from a world's text.
    static Result<std::unique_ptr<TestIndex>> start(std::string_view world_text,
                                                    const TestIndexOptions& options = {});
    ~TestIndex();

    /// "http://127.0.0.1:PORT"
    std::string origin() const;
    /// "http://127.0.0.1:PORT/simple/", or that of another index of the world.
    std::string url(std::string_view index = "simple") const;
    /// "http://127.0.0.1:PORT/files/NAME"
    std::string file_url(std::string_view file_name) const;

    /// The bytes of a file; our own mistake when there is none.
    const std::string& file_bytes(std::string_view file_name) const;

    void fail_with(Fault fault);
    void heal(); ///< takes all faults back
    /// Serves something else at a path ("/x/y").
    void put(std::string path, std::string content_type, std::string body);
    /// Answers 302 at `path`.
    void redirect(std::string path, std::string location);
    /// Replaces the world; files of the old one stay.
    Result<> change(const World& world);

    std::vector<Request> requests() const;
    /// Requests whose path contains `text`.
    size_t count(std::string_view text) const;
    void forget_requests();

  private:
    struct Resource {
        std::string content_type, body, etag;
        std::string html_body, html_etag; ///< of pages; "" for other resources
        bool is_page = false;
        std::string location; ///< not "": a redirect
    };
    explicit TestIndex(TestIndexOptions options) : options_(std::move(options)) {}
    Reply answer(const Request& request);
    Reply answer_resource(const Request& request, const Resource& resource) const;
    void apply_range(const Request& request, Reply& reply) const;
    bool is_welcome(const Request& request) const;
    void put_pages(const World& world,
                   const std::map<const Release*, std::vector<BuiltFile>>& built);

    const TestIndexOptions options_;
    mutable std::mutex mutex_;
    std::map<std::string, Resource, std::less<>> resources_; ///< by path
    std::vector<Fault> faults_;
    std::vector<Request> requests_;
    std::unique_ptr<HttpServer> server_; // last: its threads use all of the above
};

} // namespace pawl::test
