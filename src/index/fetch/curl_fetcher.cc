#include "index/fetch/curl_fetcher.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace pawl::index {

namespace {

constexpr size_t header_bytes_max = 64 * 1024;
constexpr size_t header_count_max = 128;
constexpr long buffer_bytes = 128 * 1024;
constexpr size_t spare_handles_max = 64;
constexpr int idle_wait_ms = 1000;
constexpr uint32_t plain_at_first = 8;

int64_t monotonic_ms() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

Answer::Failure failure_of(CURLcode code) {
    using Failure = Answer::Failure;
    switch (code) {
    case CURLE_OK:
        return Failure::none;
    case CURLE_COULDNT_RESOLVE_HOST:
        return Failure::resolve;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
        return Failure::proxy;
    case CURLE_COULDNT_CONNECT:
        return Failure::connect;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        return Failure::certificate;
    case CURLE_SSL_CONNECT_ERROR:
        return Failure::tls;
    case CURLE_OPERATION_TIMEDOUT:
        return Failure::timeout;
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return Failure::cut;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_URL_MALFORMAT:
        return Failure::protocol;
    default:
        return Failure::other;
    }
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && std::strchr(" \t\r\n", text.front()) != nullptr) {
        text.remove_prefix(1);
    }
    while (!text.empty() && std::strchr(" \t\r\n", text.back()) != nullptr) {
        text.remove_suffix(1);
    }
    return text;
}

bool is_plain(const Transfer& transfer) {
    return !transfer.url.starts_with("https:");
}

struct ListFree {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

} // namespace

struct CurlFetcher::Running {
    Transfer transfer;
    Answer answer;
    CURL* easy = nullptr;
    std::unique_ptr<curl_slist, ListFree> headers;
    std::atomic<uint64_t>* received_bytes = nullptr;
    char error_text[CURL_ERROR_SIZE] = {};
    Answer::Failure own_failure = Answer::Failure::none; ///< why a callback ended the transfer
    size_t header_bytes = 0;
    int64_t header_begin_ms = 0; ///< 0: nothing of it has come, or it is complete
    bool body_has_begun = false;
    int64_t last_byte_ms = 0;
    int64_t silence_ms_max = 0;
    curl_off_t bytes_seen = 0;

    bool begin_body() {
        if (body_has_begun) {
            return true;
        }
        body_has_begun = true;
        long status = 0;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        answer.status = static_cast<int>(status);
        if (transfer.sink != nullptr && !transfer.sink->begin(answer.status, answer.headers)) {
            own_failure = Answer::Failure::unwanted;
            return false;
        }
        return true;
    }

    bool take_body(std::string_view bytes) {
        if (!begin_body()) {
            return false;
        }
        answer.received_bytes += bytes.size();
        *received_bytes += bytes.size();
        if (answer.received_bytes > transfer.body_bytes_max) {
            own_failure = Answer::Failure::too_large;
            return false;
        }
        if (transfer.sink != nullptr) {
            if (!transfer.sink->write(bytes)) {
                own_failure = Answer::Failure::unwanted;
                return false;
            }
            return true;
        }
        answer.body.append(bytes);
        return true;
    }

    bool has_other(std::string_view name, std::string_view value) const {
        return std::ranges::any_of(answer.headers, [&](const auto& header) {
            return header.first == name && header.second != value;
        });
    }

    bool take_header(std::string_view line) {
        header_bytes += line.size();
        if (header_bytes > header_bytes_max || answer.headers.size() >= header_count_max) {
            own_failure = Answer::Failure::protocol;
            answer.failure_text = "more headers than any index needs";
            return false;
        }
        if (line == "\r\n" || line == "\n") {
            header_begin_ms = 0;
        } else if (header_begin_ms == 0) {
            header_begin_ms = monotonic_ms();
        }
        if (line.starts_with("HTTP/")) { // the final answer after 100 Continue, a proxy's, …
            answer.headers.clear();
            answer.is_framed = !line.starts_with("HTTP/1.") && !line.starts_with("HTTP/0.");
            return true;
        }
        size_t colon = line.find(':');
        if (colon != std::string_view::npos && colon > 0) {
            std::string name(line.substr(0, colon));
            std::ranges::transform(name, name.begin(), [](char c) {
                return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
            });
            std::string_view value = trim(line.substr(colon + 1));
            if (name == "content-length" && has_other(name, value)) { // RFC 9112 §6.3
                own_failure = Answer::Failure::protocol;
                answer.failure_text = "it gives two lengths";
                return false;
            }
            answer.headers.emplace_back(std::move(name), value);
        }
        return true;
    }
};

namespace {

std::string seconds_text(int64_t milliseconds) {
    int64_t seconds = milliseconds / 1000;
    return std::to_string(seconds) + (seconds == 1 ? " second" : " seconds");
}

size_t on_body(char* bytes, size_t size, size_t count, void* running) {
    bool more = static_cast<CurlFetcher::Running*>(running)->take_body({bytes, size * count});
    return more ? size * count : 0;
}

size_t on_header(char* bytes, size_t size, size_t count, void* running) {
    bool more = static_cast<CurlFetcher::Running*>(running)->take_header({bytes, size * count});
    return more ? size * count : 0;
}

/// Called about once a second: ends what has been silent for too long.
int on_progress(void* data, curl_off_t, curl_off_t received, curl_off_t, curl_off_t) {
    auto& running = *static_cast<CurlFetcher::Running*>(data);
    int64_t now = monotonic_ms();
    curl_off_t seen = received + static_cast<curl_off_t>(running.header_bytes);
    if (running.last_byte_ms == 0 || seen != running.bytes_seen) {
        running.last_byte_ms = now;
        running.bytes_seen = seen;
    }
    if (running.silence_ms_max > 0 && now - running.last_byte_ms > running.silence_ms_max) {
        running.own_failure = Answer::Failure::timeout;
        running.answer.failure_text = "nothing came for " + seconds_text(running.silence_ms_max);
        return 1;
    }
    // A byte now and then keeps silence away; a header that comes so never ends.
    if (running.silence_ms_max > 0 && running.header_begin_ms != 0 &&
        now - running.header_begin_ms > running.silence_ms_max) {
        running.own_failure = Answer::Failure::timeout;
        running.answer.failure_text =
            "the header takes more than " + seconds_text(running.silence_ms_max);
        return 1;
    }
    return 0;
}

} // namespace

std::unique_ptr<CurlFetcher> CurlFetcher::create(const FetcherSettings& settings) {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return nullptr;
    }
    CURLM* multi = curl_multi_init();
    if (multi == nullptr) {
        return nullptr;
    }
    return std::unique_ptr<CurlFetcher>(new CurlFetcher(settings, multi));
}

CurlFetcher::CurlFetcher(const FetcherSettings& settings, CURLM* multi)
    : settings_(settings), multi_(multi),
      plain_allowed_(std::min(plain_at_first, settings.connections_max)) {
    auto connections = static_cast<long>(settings_.connections_max);
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl_multi_setopt(multi_, CURLMOPT_MAX_CONCURRENT_STREAMS, 200L);
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, connections);
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections * 4);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, connections * 4);
    thread_ = std::thread([this] { work(); });
}

CurlFetcher::~CurlFetcher() {
    {
        std::lock_guard lock(mutex_);
        is_ending_ = true;
    }
    curl_multi_wakeup(multi_);
    thread_.join();
    for (auto& [id, running] : running_) {
        curl_multi_remove_handle(multi_, running->easy);
        curl_easy_cleanup(running->easy);
    }
    for (CURL* easy : spare_handles_) {
        curl_easy_cleanup(easy);
    }
    curl_multi_cleanup(multi_);
}

void CurlFetcher::submit(Transfer transfer) {
    bool must_wake = false;
    {
        std::lock_guard lock(mutex_);
        must_wake = orders_.empty() && cancellations_.empty();
        orders_.push_back(std::move(transfer));
    }
    if (must_wake) { // else the thread has been woken and has not looked yet
        curl_multi_wakeup(multi_);
    }
}

void CurlFetcher::cancel(uint64_t id) {
    {
        std::lock_guard lock(mutex_);
        cancellations_.push_back(id);
    }
    curl_multi_wakeup(multi_);
}

void CurlFetcher::wait(std::vector<Answer>& done, int64_t wait_ms) {
    std::unique_lock lock(mutex_);
    if (answers_.empty() && wait_ms > 0) {
        answered_.wait_for(lock, std::chrono::milliseconds(wait_ms),
                           [&] { return !answers_.empty(); });
    }
    std::ranges::move(answers_, std::back_inserter(done));
    answers_.clear();
}

void CurlFetcher::work() {
    while (true) {
        take_orders();
        {
            std::lock_guard lock(mutex_);
            if (is_ending_) {
                return;
            }
        }
        int still_running = 0;
        curl_multi_perform(multi_, &still_running);
        int left = 0;
        while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
            if (message->msg == CURLMSG_DONE) {
                finish(message->easy_handle, message->data.result);
            }
        }
        if (start_next()) {
            continue; // places have become free
        }
        curl_multi_poll(multi_, nullptr, 0, idle_wait_ms, nullptr);
    }
}

void CurlFetcher::take_orders() {
    std::vector<Transfer> orders;
    std::vector<uint64_t> cancellations;
    {
        std::lock_guard lock(mutex_);
        orders.swap(orders_);
        cancellations.swap(cancellations_);
    }
    for (Transfer& order : orders) {
        (is_plain(order) ? waiting_plain_ : waiting_).push_back(std::move(order));
    }
    for (uint64_t id : cancellations) {
        cancel_now(id);
    }
    while (start_next()) {
    }
}

void CurlFetcher::cancel_now(uint64_t id) {
    for (std::deque<Transfer>* queue : {&waiting_, &waiting_plain_}) {
        auto queued = std::ranges::find(*queue, id, &Transfer::id);
        if (queued != queue->end()) {
            queue->erase(queued);
            std::lock_guard lock(mutex_);
            answers_.push_back(Answer{.id = id, .failure = Answer::Failure::cancelled});
            answered_.notify_one();
            return;
        }
    }
    auto found = running_.find(id);
    if (found != running_.end()) {
        found->second->own_failure = Answer::Failure::cancelled;
        finish(found->second->easy, CURLE_ABORTED_BY_CALLBACK);
    }
}

/// False when nothing waits or there is no place.
bool CurlFetcher::start_next() {
    if (running_.size() >= settings_.requests_max) {
        return false;
    }
    bool is_plain_next = !waiting_plain_.empty() && plain_running_ < plain_allowed_;
    std::deque<Transfer>& queue = is_plain_next ? waiting_plain_ : waiting_;
    if (queue.empty()) {
        return false;
    }
    Transfer next = std::move(queue.front());
    queue.pop_front();
    plain_running_ += is_plain_next ? 1 : 0;
    start(std::move(next));
    return true;
}

CURL* CurlFetcher::take_handle() {
    if (spare_handles_.empty()) {
        return curl_easy_init();
    }
    CURL* easy = spare_handles_.back();
    spare_handles_.pop_back();
    return easy;
}

void CurlFetcher::start(Transfer transfer) {
    auto running = std::make_unique<Running>();
    running->transfer = std::move(transfer);
    running->answer.id = running->transfer.id;
    running->received_bytes = &received_bytes_;
    running->silence_ms_max = settings_.silence_ms_max;
    running->easy = take_handle();
    set_options(running->easy, *running);
    CURL* easy = running->easy;
    running_.emplace(running->transfer.id, std::move(running));
    curl_multi_add_handle(multi_, easy);
}

void CurlFetcher::set_options(CURL* easy, Running& running) {
    const Transfer& transfer = running.transfer;
    bool is_secure = transfer.url.starts_with("https:");
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &running);
    curl_easy_setopt(easy, CURLOPT_URL, transfer.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                     static_cast<long>(is_secure ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, is_secure ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, buffer_bytes);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, settings_.user_agent.c_str());
    if (transfer.may_be_encoded) {
        curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, ""); // all that this libcurl knows
    }
    curl_easy_setopt(easy, CURLOPT_NOBODY, transfer.is_head ? 1L : 0L);
    for (const std::string& header : transfer.headers) {
        auto* longer = curl_slist_append(running.headers.get(), header.c_str());
        static_cast<void>(running.headers.release());
        running.headers.reset(longer);
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, running.headers.get());
    if (!transfer.user.empty() || !transfer.password.empty()) {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
        curl_easy_setopt(easy, CURLOPT_USERNAME, transfer.user.c_str());
        curl_easy_setopt(easy, CURLOPT_PASSWORD, transfer.password.c_str());
    }
    if (!settings_.proxy.empty()) {
        curl_easy_setopt(easy, CURLOPT_PROXY, settings_.proxy.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    // What is older is not secure, whatever the system's own settings allow.
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set_trust(easy, transfer);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(settings_.connect_wait_ms_max));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(transfer.wait_ms_max));
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(settings_.speed_bytes_min));
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
                     static_cast<long>(settings_.speed_window_ms / 1000));
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, running.error_text);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &running);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &running);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &running);
}

void CurlFetcher::set_trust(CURL* easy, const Transfer& transfer) {
    if (!transfer.check_certificate) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
        return;
    }
    if (settings_.certificate_file.empty() && settings_.certificate_directory.empty()) {
        return;
    }
    // A bundle costs 16 ms to read, a hashed folder nothing: null unsets libcurl's own default.
    const char* none = nullptr;
    bool has_file = !settings_.certificate_file.empty();
    bool has_directory = !settings_.certificate_directory.empty();
    curl_easy_setopt(easy, CURLOPT_CAINFO, has_file ? settings_.certificate_file.c_str() : none);
    curl_easy_setopt(easy, CURLOPT_CAPATH,
                     has_directory ? settings_.certificate_directory.c_str() : none);
}

/// Where libcurl has the code of another failure for what is no HTTP, and stays so.
bool CurlFetcher::is_nonsense(CURLcode code, Running& running) {
    // A cut has the same code as chunks that are none.
    if (code == CURLE_RECV_ERROR) {
        return std::strstr(running.error_text, "chunked-encoding") != nullptr;
    }
    // It keeps a line of the header, which may have 100 kB: what needs more is no line.
    if (code == CURLE_OUT_OF_MEMORY && !running.body_has_begun) {
        running.answer.failure_text = "a header line that does not end";
        return true;
    }
    return false;
}

void CurlFetcher::finish(CURL* easy, CURLcode code) {
    char* data = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &data);
    auto* running = reinterpret_cast<Running*>(data);
    Answer& answer = running->answer;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
    if (code == CURLE_OK && !running->begin_body()) {
        code = CURLE_WRITE_ERROR;
    }
    long tunnel_status = 0; // what a proxy says to CONNECT
    curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &tunnel_status);
    if (code == CURLE_RECV_ERROR && tunnel_status >= 300) {
        code = CURLE_PROXY;
        answer.status = static_cast<int>(tunnel_status);
    }
    if (code != CURLE_OK) {
        bool is_own = running->own_failure != Answer::Failure::none;
        answer.failure = is_own ? running->own_failure : failure_of(code);
        if (!is_own && is_nonsense(code, *running)) {
            answer.failure = Answer::Failure::protocol;
        }
        if (answer.failure_text.empty()) {
            answer.failure_text =
                running->error_text[0] != '\0' ? running->error_text : curl_easy_strerror(code);
        }
    }
    if (is_plain(running->transfer)) {
        --plain_running_;
        plain_allowed_ = std::min(plain_allowed_ + 1, settings_.connections_max);
    }
    curl_multi_remove_handle(multi_, easy);
    auto node = running_.extract(answer.id);
    {
        std::lock_guard lock(mutex_);
        answers_.push_back(std::move(answer));
    }
    answered_.notify_one();
    if (spare_handles_.size() < spare_handles_max) {
        curl_easy_reset(easy);
        spare_handles_.push_back(easy);
    } else {
        curl_easy_cleanup(easy);
    }
}

} // namespace pawl::index

/// The library's only symbol (index/fetch/fetcher.h).
extern "C" __attribute__((visibility("default"))) pawl::index::Fetcher*
pawl_make_fetcher(int version, const pawl::index::FetcherSettings& settings) {
    if (version != pawl::index::fetch_library_version) {
        return nullptr;
    }
    return pawl::index::CurlFetcher::create(settings).release();
}
