#include "test/support/test_index.h"

#include <algorithm>
#include <thread>

#include "base/check.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#include "base/url.h"
#include "pep/name.h"

namespace pawl::test {

namespace {

std::string etag_of(std::string_view body) {
    return "\"" + digest_hex("sha256", body).substr(0, 16) + "\"";
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (size_t i = 0; i < bytes.size(); i += 3) {
        size_t count = std::min<size_t>(3, bytes.size() - i);
        uint32_t group = 0;
        for (size_t k = 0; k < 3; ++k) {
            group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        }
        for (size_t k = 0; k < 4; ++k) {
            text += k <= count ? digits[group >> (18 - 6 * k) & 63] : '=';
        }
    }
    return text;
}

} // namespace

Result<std::unique_ptr<TestIndex>> TestIndex::start(const World& world,
                                                    const TestIndexOptions& options) {
    std::unique_ptr<TestIndex> index(new TestIndex(options));
    TRY(index->change(world));
    index->server_ =
        TRY(HttpServer::start(options.port, [self = index.get()](const Request& request) {
            return self->answer(request);
        }));
    return index;
}

Result<std::unique_ptr<TestIndex>> TestIndex::start(std::string_view world_text,
                                                    const TestIndexOptions& options) {
    return start(TRY(World::parse(world_text)), options);
}

TestIndex::~TestIndex() {
    server_.reset();
}

std::string TestIndex::origin() const {
    return "http://127.0.0.1:" + std::to_string(server_->port());
}

std::string TestIndex::url(std::string_view index) const {
    return origin() + "/" + std::string(index) + "/";
}

std::string TestIndex::file_url(std::string_view file_name) const {
    return origin() + "/files/" + std::string(file_name);
}

const std::string& TestIndex::file_bytes(std::string_view file_name) const {
    std::lock_guard lock(mutex_);
    auto found = resources_.find("/files/" + std::string(file_name));
    check(found != resources_.end());
    return found->second.body;
}

void TestIndex::fail_with(Fault fault) {
    std::lock_guard lock(mutex_);
    faults_.push_back(std::move(fault));
}

void TestIndex::heal() {
    std::lock_guard lock(mutex_);
    faults_.clear();
}

void TestIndex::put(std::string path, std::string content_type, std::string body) {
    std::lock_guard lock(mutex_);
    std::string etag = etag_of(body);
    resources_[path] = Resource{
        .content_type = std::move(content_type), .body = std::move(body), .etag = std::move(etag)};
}

void TestIndex::redirect(std::string path, std::string location) {
    std::lock_guard lock(mutex_);
    resources_[path] = Resource{.location = std::move(location)};
}

std::vector<Request> TestIndex::requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
}

size_t TestIndex::count(std::string_view text) const {
    std::lock_guard lock(mutex_);
    return static_cast<size_t>(std::ranges::count_if(requests_, [&](const Request& request) {
        return request.path.find(text) != std::string::npos;
    }));
}

void TestIndex::forget_requests() {
    std::lock_guard lock(mutex_);
    requests_.clear();
}

bool TestIndex::is_welcome(const Request& request) const {
    if (options_.user.empty() && options_.password.empty()) {
        return true;
    }
    return request.header("authorization") ==
           "Basic " + base64(options_.user + ":" + options_.password);
}

Reply TestIndex::answer(const Request& request) {
    if (options_.delay_ms > 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(options_.delay_ms));
    }
    std::lock_guard lock(mutex_);
    requests_.push_back(request);
    requests_.back().arrived_ns = monotonic_ns();
    std::optional<Fault> fault;
    for (Fault& one : faults_) {
        if (one.times != 0 && request.path.find(one.path) != std::string::npos) {
            one.times -= one.times > 0 ? 1 : 0;
            fault = one;
            break;
        }
    }
    Reply reply{.status = 404, .headers = {{"Content-Type", "text/plain"}}, .body = "not here\n"};
    if (!is_welcome(request)) {
        reply.status = 401;
        reply.headers.emplace_back("WWW-Authenticate", "Basic realm=\"index\"");
    } else {
        std::string_view path = request.path;
        path = path.substr(0, path.find('?'));
        auto resource = resources_.find(path);
        if (resource == resources_.end() && !path.ends_with('/')) {
            resource = resources_.find(std::string(path) + "/");
        }
        if (resource != resources_.end()) {
            reply = answer_resource(request, resource->second);
        }
    }
    if (!fault) {
        return reply;
    }
    if (fault->status != 0) {
        reply = {
            .status = fault->status, .headers = {{"Content-Type", "text/plain"}}, .body = "no"};
    }
    auto replace = [&reply](std::string_view name, std::string_view value) {
        std::erase_if(reply.headers, [name](const auto& one) { return one.first == name; });
        reply.headers.emplace_back(name, value);
    };
    if (!fault->content_type.empty()) {
        replace("Content-Type", fault->content_type);
    }
    if (auto halves = split_once(fault->header, ':')) {
        replace(halves->before, trim(halves->after));
    }
    if (fault->body) {
        reply.body = *fault->body;
    }
    reply.wire = fault->wire;
    return reply;
}

Reply TestIndex::answer_resource(const Request& request, const Resource& resource) const {
    Reply reply;
    if (!resource.location.empty()) {
        reply.status = 302;
        reply.headers.emplace_back("Location", resource.location);
        return reply;
    }
    bool asks_json = request.header("accept").find("simple.v1+json") != std::string::npos;
    bool is_html = resource.is_page && options_.html && (!options_.json || !asks_json);
    reply.body = is_html ? resource.html_body : resource.body;
    reply.headers.emplace_back("Content-Type",
                               is_html ? "text/html; charset=utf-8" : resource.content_type);
    if (resource.is_page && !options_.cache_control.empty()) {
        reply.headers.emplace_back("Cache-Control", options_.cache_control);
    }
    if (options_.validators) {
        const std::string& etag = is_html ? resource.html_etag : resource.etag;
        reply.headers.emplace_back("ETag", etag);
        if (request.header("if-none-match") == etag) {
            reply.status = 304;
            reply.body.clear();
            return reply;
        }
    }
    if (!resource.is_page && !request.header("range").empty()) {
        apply_range(request, reply);
    }
    return reply;
}

/// RFC 9110 §14, one range; If-Range by ETag.
void TestIndex::apply_range(const Request& request, Reply& reply) const {
    std::string range = request.header("range");
    std::string condition = request.header("if-range");
    bool is_other = !condition.empty() && std::ranges::none_of(reply.headers, [&](const auto& one) {
        return one.first == "ETag" && one.second == condition;
    });
    if (options_.ranges == TestIndexOptions::Ranges::ignored || is_other ||
        !range.starts_with("bytes=")) {
        return;
    }
    auto ends = split_once(std::string_view(range).substr(6), '-');
    bool is_suffix = ends && ends->before.empty();
    uint64_t size = reply.body.size();
    uint64_t first = ends ? parse_unsigned(ends->before).value_or(0) : size;
    uint64_t last = ends ? parse_unsigned(ends->after).value_or(size - 1) : 0;
    if (is_suffix) {
        first = size - std::min(size, last);
        last = size - 1;
    }
    bool is_refused = options_.ranges == TestIndexOptions::Ranges::refused ||
                      (is_suffix && options_.ranges == TestIndexOptions::Ranges::no_suffix);
    if (is_refused || first >= size || last < first) {
        reply.status = is_suffix && is_refused ? 501 : 416;
        reply.body.clear();
        return;
    }
    first += options_.ranges == TestIndexOptions::Ranges::shifted && first + 1 < size ? 1 : 0;
    uint64_t end = std::min(std::max(first, last), size - 1) + 1;
    reply.status = 206;
    reply.headers.emplace_back("Content-Range", "bytes " + std::to_string(first) + "-" +
                                                    std::to_string(end - 1) + "/" +
                                                    std::to_string(size));
    reply.body = reply.body.substr(first, end - first);
}

} // namespace pawl::test
