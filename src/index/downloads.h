#pragma once
// Files onto the disk: written as they arrive, hashed on the way, given their name only when all
// digests and the size agree.

#include <functional>
#include <memory>
#include <unordered_map>

#include "index/context.h"

namespace pawl::index {

using DownloadDone = std::function<void(Result<>)>;

/// For who holds the Client's turn.
class Downloads {
  public:
    explicit Downloads(Context& context);
    ~Downloads(); ///< cancels what runs and removes what is half there

    /// `done` is called during HttpClient::pump(), or at once for files on this machine.
    uint64_t start(const DistributionFile& file, std::string path, DownloadDone done);
    void cancel(uint64_t download);
    /// Bytes of this download that are on the disk so far; 0 when it is not running.
    uint64_t bytes_of(uint64_t download) const;

  private:
    struct Running;
    void send(uint64_t download, Running& running);
    void on_response(uint64_t download, Result<HttpResponse> response);
    Result<> conclude(Running& running, Result<HttpResponse> response);
    Result<> copy_local(const DistributionFile& file, const std::string& from,
                        const std::string& to);

    Context& context_;
    std::unordered_map<uint64_t, std::unique_ptr<Running>> running_;
    uint64_t next_ = 1;
};

} // namespace pawl::index
