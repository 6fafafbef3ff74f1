#pragma once
// Where the bytes of a download go: into a file beside its final name, and through the hashes.

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/fs.h"
#include "base/result.h"
#include "index/fetch/fetcher.h"

namespace pawl::index {

/// begin() and write() come from the network thread, the rest from the Client's between attempts;
/// written_bytes() from any.
class DownloadSink final : public BodySink {
  public:
    DownloadSink(std::string path, std::vector<Hash> hashes, std::optional<uint64_t> size_bytes);

    bool begin(int status, const Headers& headers) override;
    bool write(std::string_view bytes) override;

    uint64_t written_bytes() const { return written_; }
    /// "bytes=1000-" and the validator of what is there, when an earlier attempt got so far and the
    /// server gave a validator; nothing otherwise.
    std::vector<std::string> resume_headers() const;
    /// Fewer bytes have come than the index says the file has.
    bool is_short() const { return size_bytes_ && written_ < *size_bytes_; }
    /// What went wrong on this side, if anything.
    const std::optional<Error>& error() const { return error_; }
    /// All bytes are there: closes the file and holds it against size and digests.
    Result<> finish(std::string_view what);

  private:
    bool restart();
    bool give_up(Error error);

    const std::string path_;
    const std::vector<Hash> hashes_;
    const std::optional<uint64_t> size_bytes_;
    bool only_weak_ = false; ///< no strong digest is known: the weak ones are checked at the end
    fs::Fd file_;
    std::optional<HashChecker> checker_;
    std::string validator_; ///< a strong ETag
    std::atomic<uint64_t> written_ = 0;
    std::optional<Error> error_;
};

} // namespace pawl::index
