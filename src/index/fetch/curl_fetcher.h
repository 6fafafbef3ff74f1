#pragma once
// Fetcher over libcurl's multi interface: one network thread, HTTP/2 where the server has it.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include <curl/curl.h>

#include "index/fetch/fetcher.h"
#include "index/fetch/json_page.h"

namespace pawl::index {

class CurlFetcher final : public Fetcher {
  public:
    /// Null when libcurl cannot be set up.
    static std::unique_ptr<CurlFetcher> create(const FetcherSettings& settings);
    ~CurlFetcher() override;

    void submit(Transfer transfer) override;
    void cancel(uint64_t id) override;
    void wait(std::vector<Answer>& done, int64_t wait_ms) override;
    uint64_t received_bytes() const override { return received_bytes_; }
    std::string read_json_page(std::string& body, PageSink& sink) override {
        return json_.read(body, sink);
    }

    struct Running; ///< one transfer on the network thread

  private:
    CurlFetcher(const FetcherSettings& settings, CURLM* multi);
    void work();
    void take_orders();
    void cancel_now(uint64_t id);
    bool start_next();
    void start(Transfer transfer);
    static bool is_nonsense(CURLcode code, Running& running);
    void finish(CURL* easy, CURLcode code);
    void set_options(CURL* easy, Running& running);
    void set_trust(CURL* easy, const Transfer& transfer);
    CURL* take_handle();

    const FetcherSettings settings_;
    CURLM* multi_;
    JsonPageReader json_;
    std::atomic<uint64_t> received_bytes_ = 0;

    // Shared with the network thread, under mutex_.
    std::mutex mutex_;
    std::condition_variable answered_;
    std::vector<Transfer> orders_;
    std::vector<uint64_t> cancellations_;
    std::vector<Answer> answers_;
    bool is_ending_ = false;

    // The network thread's own.
    std::deque<Transfer> waiting_;       ///< over TLS: mostly one connection for all of them
    std::deque<Transfer> waiting_plain_; ///< plain http: a connection each
    uint32_t plain_running_ = 0;
    /// Grows with each answer: a server whose queue of new connections is short would make those
    /// that do not fit wait for a second and more.
    uint32_t plain_allowed_;
    std::unordered_map<uint64_t, std::unique_ptr<Running>> running_;
    std::vector<CURL*> spare_handles_;

    std::thread thread_; // last: it uses all of the above
};

} // namespace pawl::index
