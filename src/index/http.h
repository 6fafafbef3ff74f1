#pragma once
// HTTP as pawl wants it, over a Fetcher that moves the bytes: redirects that take no credentials
// along, retries with growing, jittered waits, Retry-After, and errors that say what to do.

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/url.h"
#include "index/credentials.h"
#include "index/fetch/fetcher.h"
#include "index/options.h"
#include "index/turn.h"

namespace pawl::index {

constexpr int redirects_max = 10;
constexpr int silent_cuts_max = 2; ///< tries after a body that may have been cut unseen
constexpr int64_t retry_after_s_max = 60;

struct HttpRequest {
    Url url;
    std::string what; ///< for messages: "the page of numpy"
    bool is_head = false;
    bool may_be_encoded = true;
    std::vector<std::string> headers;
    uint64_t body_bytes_max = 0;
    int64_t wait_ms_max = 0;
    BodySink* sink = nullptr; ///< must refuse the bodies of statuses it does not want
    /// Called before each attempt; may change the headers (a range to resume from).
    std::function<void(std::vector<std::string>& headers)> prepare;
};

struct HttpResponse {
    int status = 0;
    Headers headers;
    std::string body;
    Url url;                ///< the final one, without credentials
    bool is_framed = false; ///< see Answer
    /// The first header of this name (lower case); "" when it is absent.
    std::string_view header(std::string_view name) const;
    /// Whether anything but the end of the connection said where the body ends: without, half a
    /// body looks like a whole one.
    bool has_length() const;
};

/// Statuses from 400 on are answers too (but 429 and 5xx only after the last retry).
using HttpDone = std::function<void(Result<HttpResponse>)>;

/// For messages: no credentials, no query (signed addresses have secrets there), safe to print.
std::string shown_url(const Url& url);
/// The error for an answer that nobody can use: 401 and 403 are Kind::authentication.
Error status_error(const HttpResponse& response, std::string_view what);

/// For who holds the turn, which cancel() and pump() give up while they wait. `done` is called by
/// pump() only, on whichever thread that is, and may start further requests.
class HttpClient {
  public:
    HttpClient(const NetworkOptions& options, Credentials credentials, Turn& turn);
    ~HttpClient();

    uint64_t start(HttpRequest request, HttpDone done);
    /// Forgets it: `done` will not be called, the sink is not used again after this returns.
    void cancel(uint64_t id);
    /// Deals with what has come; waits at most `wait_ms` for something. False: nothing had come.
    bool pump(int64_t wait_ms);
    bool is_idle() const { return jobs_.empty(); }

    /// Loads the network library if that has not happened yet.
    Result<Fetcher*> fetcher();
    bool has_fetcher() const { return fetcher_ != nullptr; }
    uint64_t request_count() const { return request_count_; }
    /// Bytes received by all transfers so far.
    uint64_t received_bytes() const { return fetcher_ ? fetcher_->received_bytes() : 0; }

  private:
    struct Job;
    void wait(int64_t wait_ms);
    void attempt(Job& job);
    void on_answer(Answer& answer);
    void end(uint64_t id, Result<HttpResponse> result);
    bool follow(Job& job, const HttpResponse& response);
    bool try_again(Job& job, const Answer& answer);
    std::optional<Error> objection(const Url& url) const;
    bool has_proxy(const Url& url) const;
    bool is_trusted(const Url& url) const;
    int64_t start_due();
    int64_t jittered(int64_t wait_ms);

    const NetworkOptions options_;
    Credentials credentials_;
    Turn& turn_;
    std::unique_ptr<Fetcher> fetcher_;
    std::unordered_map<uint64_t, std::unique_ptr<Job>> jobs_;
    std::unordered_map<uint64_t, uint64_t> job_of_transfer_;
    std::deque<std::pair<uint64_t, Error>> failed_; ///< before they were sent: told by pump()
    std::deque<Answer> answers_;                    ///< that have come and are not dealt with yet
    uint64_t next_id_ = 1;
    uint64_t request_count_ = 0;
    uint64_t random_;
};

} // namespace pawl::index
