#include "index/http.h"

#include <algorithm>

#include "base/clock.h"
#include "base/fs.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "index/fetch/loader.h"
#include "index/http_date.h"

namespace pawl::index {

namespace {

constexpr int64_t nanoseconds_in_ms = 1'000'000;
constexpr int64_t backoff_ms_max = 10'000;
constexpr int64_t cancel_wait_ms = 1000;
constexpr const char* hashed_folder = "/etc/ssl/certs";
constexpr const char* hashed_probe = "/etc/ssl/certs/ca-certificates.crt"; // Debian makes both

int64_t monotonic_ms() {
    return monotonic_ns() / nanoseconds_in_ms;
}

int64_t now_seconds() {
    return now().microseconds / 1'000'000;
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// What the user or the system trusts: a file named by somebody, a folder named by somebody, the
/// system's hashed folder (1.7 ms a handshake instead of 17.5 with a bundle), libcurl's own idea.
void choose_trust(const NetworkOptions& options, FetcherSettings& settings) {
    settings.certificate_file = options.certificate_file;
    settings.certificate_directory = options.certificate_directory;
    if (!settings.certificate_file.empty() || !settings.certificate_directory.empty()) {
        return;
    }
    settings.certificate_file = environment_variable("SSL_CERT_FILE").value_or("");
    settings.certificate_directory = environment_variable("SSL_CERT_DIR").value_or("");
    bool is_set = !settings.certificate_file.empty() || !settings.certificate_directory.empty();
    if (!is_set && fs::is_directory(hashed_folder) && fs::exists(hashed_probe)) {
        settings.certificate_directory = hashed_folder; // Debian: update-ca-certificates hashes it
    }
}

std::string_view failure_name(Answer::Failure failure) {
    using Failure = Answer::Failure;
    switch (failure) {
    case Failure::none:
        return "no failure";
    case Failure::resolve:
        return "the host's address cannot be found";
    case Failure::connect:
        return "cannot connect";
    case Failure::certificate:
        return "the server's certificate is not trusted";
    case Failure::tls:
        return "no secure connection";
    case Failure::proxy:
        return "the proxy does not work";
    case Failure::timeout:
        return "too slow";
    case Failure::cut:
        return "the connection was cut";
    case Failure::protocol:
        return "the answer is not proper HTTP";
    case Failure::too_large:
        return "the answer is larger than is allowed";
    case Failure::unwanted:
        return "the answer was not taken";
    case Failure::cancelled:
        return "cancelled";
    case Failure::other:
        return "the transfer failed";
    }
    return "the transfer failed";
}

constexpr std::string_view proxy_login_hint =
    "the proxy wants a user and password: put them into its address, as in "
    "https_proxy=http://USER:PASSWORD@HOST:PORT";

std::string_view failure_hint(Answer::Failure failure) {
    using Failure = Answer::Failure;
    switch (failure) {
    case Failure::resolve:
    case Failure::connect:
        return "is the network up and the address right? --offline works from the cache";
    case Failure::certificate:
        return "SSL_CERT_FILE or SSL_CERT_DIR can name further certificates";
    case Failure::proxy:
        return "is the proxy up and the right one? See http_proxy, https_proxy, all_proxy and "
               "no_proxy in the environment";
    default:
        return "";
    }
}

} // namespace

struct HttpClient::Job {
    uint64_t id = 0;
    HttpRequest request;
    HttpDone done;
    Url url;
    uint64_t transfer = 0; ///< 0: none is under way
    int redirects = 0;
    uint32_t retries = 0;
    int64_t begin_ms = 0;
    int64_t due_ms = 0;    ///< when to try again; 0: now or under way
    int64_t waited_ms = 0; ///< between the tries so far
};

std::string_view HttpResponse::header(std::string_view name) const {
    auto found = std::ranges::find(headers, name, &Headers::value_type::first);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

bool HttpResponse::has_length() const {
    return is_framed || !header("content-length").empty() || !header("transfer-encoding").empty();
}

std::string shown_url(const Url& url) {
    std::string text = url.text_without_fragment();
    return printable(std::string_view(text).substr(0, text.find('?')));
}

Error status_error(const HttpResponse& response, std::string_view what) {
    std::string place = shown_url(response.url) + ": " + std::string(what) + ": ";
    std::string status = "the server answers " + std::to_string(response.status);
    if (response.status == 401 || response.status == 403) {
        return Error{Error::Kind::authentication,
                     place + status + (response.status == 401 ? " (who are you?)" : " (forbidden)")}
            .hint("put user and password for this host into ~/.netrc or into the index's URL");
    }
    if (response.status == 429) {
        status += " (too many requests)";
    }
    if (response.status == 407) {
        return Error{Error::Kind::authentication, place + "the proxy wants a user and password"}
            .hint(proxy_login_hint);
    }
    Error error{Error::Kind::network, place + status};
    std::string_view pause = response.header("retry-after");
    if (!pause.empty()) {
        constexpr size_t shown_bytes_max = 100; // a date has 29
        return std::move(error).hint("it wants to be left alone for a while (Retry-After: " +
                                     printable(pause.substr(0, shown_bytes_max)) + ")");
    }
    return error;
}

HttpClient::HttpClient(const NetworkOptions& options, Credentials credentials, Turn& turn)
    : options_(options), credentials_(std::move(credentials)), turn_(turn),
      random_(static_cast<uint64_t>(monotonic_ns()) | 1) {}

HttpClient::~HttpClient() = default;

Result<Fetcher*> HttpClient::fetcher() {
    if (fetcher_ == nullptr) {
        FetcherSettings settings;
        settings.user_agent = "pawl/" PAWL_VERSION;
        settings.proxy = options_.proxy;
        settings.requests_max = options_.requests_max;
        settings.connections_max = options_.connections_max;
        settings.connect_wait_ms_max = options_.connect_wait_ms_max;
        settings.silence_ms_max = options_.silence_ms_max;
        settings.speed_bytes_min = static_cast<int64_t>(options_.speed_bytes_min);
        settings.speed_window_ms = options_.speed_window_ms;
        choose_trust(options_, settings);
        fetcher_ = TRY(load_fetcher(settings));
    }
    return fetcher_.get();
}

uint64_t HttpClient::start(HttpRequest request, HttpDone done) {
    auto job = std::make_unique<Job>();
    uint64_t id = next_id_++;
    job->id = id;
    credentials_.learn(request.url);
    job->url = request.url.without_credentials().without_fragment();
    job->request = std::move(request);
    job->done = std::move(done);
    job->begin_ms = monotonic_ms();
    Job& started = *jobs_.emplace(id, std::move(job)).first->second;
    attempt(started);
    return id;
}

void HttpClient::cancel(uint64_t id) {
    auto found = jobs_.find(id);
    if (found == jobs_.end()) {
        return;
    }
    uint64_t transfer = found->second->transfer;
    bool has_sink = found->second->request.sink != nullptr;
    jobs_.erase(found);
    if (transfer == 0) {
        return;
    }
    fetcher_->cancel(transfer);
    // The network thread may be inside the sink: its answer says that it is not.
    while (has_sink && job_of_transfer_.contains(transfer)) {
        auto answer = std::ranges::find(answers_, transfer, &Answer::id);
        if (answer == answers_.end()) {
            wait(cancel_wait_ms);
            continue;
        }
        answers_.erase(answer);
        job_of_transfer_.erase(transfer);
    }
}

/// Adds to answers_ what comes.
void HttpClient::wait(int64_t wait_ms) {
    std::vector<Answer> came;
    if (wait_ms > 0) {
        turn_.wait_outside([this, wait_ms, &came] { fetcher_->wait(came, wait_ms); });
    } else if (!turn_.is_somebody_waiting()) { // else what comes is for that one to deal with
        fetcher_->wait(came, 0);
    }
    std::ranges::move(came, std::back_inserter(answers_));
}

std::optional<Error> HttpClient::objection(const Url& url) const {
    if (!url.is_http()) {
        return Error{Error::Kind::network, shown_url(url) + ": only http and https are fetched"};
    }
    if (url.scheme() == "http" && !url.is_loopback() && !is_trusted(url)) {
        return Error{Error::Kind::network,
                     shown_url(url) + ": plain http is not safe from anybody on the way"}
            .hint("use https, or say --trusted-host " + printable(url.host()));
    }
    return std::nullopt;
}

/// Whether somebody named a proxy for such an address (not whether no_proxy takes it out again).
bool HttpClient::has_proxy(const Url& url) const {
    bool is_secure = url.scheme() == "https";
    for (const char* name : {is_secure ? "https_proxy" : "http_proxy",
                             is_secure ? "HTTPS_PROXY" : "http_proxy", "all_proxy", "ALL_PROXY"}) {
        if (!environment_variable(name).value_or("").empty()) {
            return true;
        }
    }
    return !options_.proxy.empty();
}

bool HttpClient::is_trusted(const Url& url) const {
    std::string host(url.host());
    std::string with_port = host + ":" + std::string(url.port());
    return std::ranges::any_of(options_.trusted_hosts, [&](const std::string& trusted) {
        return equals_ignoring_case(trusted, host) || equals_ignoring_case(trusted, with_port);
    });
}

void HttpClient::attempt(Job& job) {
    job.due_ms = 0;
    if (auto error = objection(job.url)) {
        failed_.emplace_back(job.id, std::move(*error));
        return;
    }
    auto loaded = fetcher();
    if (!loaded) {
        failed_.emplace_back(job.id, std::move(loaded.error()));
        return;
    }
    if (job.request.prepare) {
        job.request.prepare(job.request.headers);
    }
    Transfer transfer;
    transfer.id = next_id_++;
    transfer.is_head = job.request.is_head;
    transfer.may_be_encoded = job.request.may_be_encoded;
    transfer.check_certificate = !is_trusted(job.url);
    transfer.url = job.url.text_without_fragment();
    if (auto login = credentials_.find(job.url)) {
        transfer.user = login->user;
        transfer.password = login->password;
    }
    transfer.headers = job.request.headers;
    transfer.body_bytes_max = job.request.body_bytes_max;
    transfer.wait_ms_max = job.request.wait_ms_max;
    transfer.sink = job.request.sink;
    job.transfer = transfer.id;
    job_of_transfer_.emplace(transfer.id, job.id);
    ++request_count_;
    (*loaded)->submit(std::move(transfer));
}

void HttpClient::end(uint64_t id, Result<HttpResponse> result) {
    auto node = jobs_.extract(id);
    if (!node.empty()) {
        node.mapped()->done(std::move(result));
    }
}

bool HttpClient::pump(int64_t wait_ms) {
    bool moved = false;
    while (!failed_.empty()) {
        auto [id, error] = std::move(failed_.front());
        failed_.pop_front();
        end(id, fail(std::move(error)));
        moved = true;
    }
    if (fetcher_ == nullptr) {
        return moved;
    }
    int64_t next_due_ms = start_due();
    bool is_behind = moved || !answers_.empty();
    wait(is_behind ? 0 : std::min(wait_ms, next_due_ms));
    while (!answers_.empty()) { // one at a time: dealing with it may cancel another
        Answer answer = std::move(answers_.front());
        answers_.pop_front();
        on_answer(answer);
        moved = true;
    }
    if (moved) {
        turn_.tell_progress();
    }
    return moved;
}

/// Starts what has waited long enough; the time until the next one, in ms.
int64_t HttpClient::start_due() {
    int64_t now = monotonic_ms();
    int64_t next_ms = INT64_MAX;
    std::vector<uint64_t> due;
    for (const auto& [id, job] : jobs_) {
        if (job->due_ms == 0) {
            continue;
        }
        if (job->due_ms <= now) {
            due.push_back(id);
        } else {
            next_ms = std::min(next_ms, job->due_ms - now);
        }
    }
    for (uint64_t id : due) {
        attempt(*jobs_.at(id));
    }
    return next_ms;
}

void HttpClient::on_answer(Answer& answer) {
    auto node = job_of_transfer_.extract(answer.id);
    if (node.empty()) {
        return;
    }
    auto found = jobs_.find(node.mapped());
    if (found == jobs_.end()) {
        return; // cancelled
    }
    Job& job = *found->second;
    job.transfer = 0;
    bool has_status = answer.failure == Answer::Failure::none ||
                      (answer.failure == Answer::Failure::unwanted && answer.status >= 300);
    HttpResponse response{.status = answer.status,
                          .headers = std::move(answer.headers),
                          .body = std::move(answer.body),
                          .url = job.url,
                          .is_framed = answer.is_framed};
    if (has_status && is_redirect(answer.status)) {
        if (!follow(job, response)) {
            return; // under way again, or failed
        }
    }
    answer.headers = response.headers;
    bool is_stale_range = answer.status == 416 && job.request.prepare; // the file has changed
    if ((!has_status || answer.status == 429 || answer.status >= 500 || is_stale_range) &&
        try_again(job, answer)) {
        return;
    }
    uint64_t id = job.id;
    if (has_status) {
        end(id, std::move(response));
        return;
    }
    std::string text = shown_url(job.url) + ": " + job.request.what + ": " +
                       std::string(failure_name(answer.failure));
    if (!answer.failure_text.empty()) {
        text += " (" + printable(answer.failure_text) + ")";
    }
    bool is_input = answer.failure == Answer::Failure::too_large;
    bool is_login = answer.failure == Answer::Failure::proxy && answer.status == 407;
    Error error{is_input   ? Error::Kind::input
                : is_login ? Error::Kind::authentication
                           : Error::Kind::network,
                std::move(text)};
    std::string_view hint = failure_hint(answer.failure);
    if (is_login) {
        hint = proxy_login_hint;
    } else if (answer.failure == Answer::Failure::connect && has_proxy(job.url)) {
        hint = failure_hint(Answer::Failure::proxy);
    }
    if (!hint.empty()) {
        error = Error(std::move(error).hint(hint));
    }
    end(id, fail(std::move(error)));
}

/// True when the redirect cannot be followed as one: the response itself is the answer.
bool HttpClient::follow(Job& job, const HttpResponse& response) {
    std::string_view location = response.header("location");
    if (location.empty()) {
        return true;
    }
    auto target = job.url.resolve(location);
    std::string place = shown_url(job.url) + ": " + job.request.what + ": ";
    if (!target) {
        end(job.id, fail(Error::Kind::network, place + "it redirects to what is not a URL"));
        return false;
    }
    if (job.url.scheme() == "https" && target->scheme() == "http" && !is_trusted(*target)) {
        end(job.id, fail(Error::Kind::network, place + "it redirects from https to plain http"));
        return false;
    }
    if (++job.redirects > redirects_max) {
        end(job.id, fail(Error::Kind::network, place + "it redirects more than " +
                                                   std::to_string(redirects_max) + " times"));
        return false;
    }
    // Credentials are looked up anew for the new origin: those of the old one stay behind, and
    // those written into the redirect are nobody's.
    job.url = target->without_credentials().without_fragment();
    attempt(job);
    return false;
}

bool HttpClient::try_again(Job& job, const Answer& answer) {
    using Failure = Answer::Failure;
    int64_t now = monotonic_ms();
    uint32_t retries_max = options_.retries_max;
    switch (answer.failure) {
    case Failure::none:
    case Failure::unwanted:
        // A sink refuses a 206 that does not continue what it has; it begins anew then.
        if (answer.failure == Failure::unwanted && answer.status < 300 && answer.status != 206) {
            return false;
        }
        break;
    case Failure::resolve:
    case Failure::connect:
    case Failure::cut:
        break;
    case Failure::tls:
    case Failure::protocol:
        retries_max = std::min(retries_max, 1u);
        break;
    case Failure::timeout:
        // Only when it came early: nobody waits for two long silences.
        retries_max =
            now - job.begin_ms < options_.silence_ms_max / 2 ? std::min(retries_max, 1u) : 0;
        break;
    case Failure::certificate:
    case Failure::proxy:
    case Failure::too_large:
    case Failure::cancelled:
    case Failure::other:
        return false;
    }
    if (answer.status == 501 || answer.status == 505) {
        return false; // will not change
    }
    if (job.retries >= retries_max) {
        return false;
    }
    int64_t wait_ms =
        jittered(std::min(options_.retry_base_ms << std::min(job.retries, 10u), backoff_ms_max));
    auto header = std::ranges::find(answer.headers, "retry-after", &Headers::value_type::first);
    if (header != answer.headers.end()) {
        auto seconds = parse_unsigned(trim(header->second));
        if (auto date = parse_http_date(header->second); !seconds && date) {
            int64_t left = *date - now_seconds();
            seconds = static_cast<uint64_t>(std::max<int64_t>(left, 0));
        }
        if (seconds && *seconds > static_cast<uint64_t>(retry_after_s_max)) {
            return false; // nobody waits that long
        }
        // On top of what is asked for, so that those who were told the same do not come as one.
        wait_ms += static_cast<int64_t>(seconds.value_or(0)) * 1000;
    }
    job.waited_ms += wait_ms;
    if (job.waited_ms > options_.retry_wait_ms_max) {
        return false;
    }
    ++job.retries;
    job.due_ms = now + std::max<int64_t>(wait_ms, 1);
    return true;
}

/// Between half of it and all of it, so that many clients do not come back at once.
int64_t HttpClient::jittered(int64_t wait_ms) {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return wait_ms / 2 + static_cast<int64_t>(random_ % (static_cast<uint64_t>(wait_ms) / 2 + 1));
}

} // namespace pawl::index
