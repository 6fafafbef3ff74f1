#pragma once
// How a file of the store gets to another place.

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/fs.h"
#include "base/result.h"

namespace pawl::install {

/// automatic: a reflink, else a hard link (the store's files are read-only), else a copy.
enum class LinkMode : unsigned char { automatic, reflink, hardlink, copy, symlink };
Result<LinkMode> parse_link_mode(std::string_view text);

/// The directory of the last path, kept open: to walk there from the root for each of its files is
/// a tenth of an installation's work (measured). Directories on the way must stay what they are.
/// For one thread.
class LastDirectory {
  public:
    struct Place {
        int directory; ///< for the *at() calls
        const char* name;
    };
    /// Valid while `path` is, and until the next call.
    Place of(const std::string& path);

  private:
    std::string path_;
    fs::Fd directory_;
};

/// Where the last file came from and went to, and where its like was looked for.
struct LinkRoute {
    LastDirectory from, to, sibling;
};

/// Gives `to` the inode of `like`, when that is a symbolic link to `target`. Making an inode costs
/// many times what a second name for one does. False: do without, `to` is not there.
bool share_symlink(const std::string& like, const std::string& target, const std::string& to,
                   LinkRoute& route);
/// The same of a file with this content and these permission bits.
bool share_text(const std::string& like, std::string_view content, uint32_t mode,
                const std::string& to, LinkRoute& route);

/// Puts files in place, one mode for all. What the file system refuses (another device, no links,
/// too many of them) is done by copying, which is remembered. Callable from any thread.
class Linker {
  public:
    explicit Linker(LinkMode mode) : mode_(mode) {}

    /// `to` does not exist yet. A copy gets 0755 or 0644; a link has the store's own bits.
    Result<> place(const std::string& source, const std::string& to, LinkRoute& route);
    /// Something had to be copied that was asked to be linked.
    bool fell_back() const { return fell_back_; }

  private:
    bool try_hard_link(const std::string& source, const std::string& to, LinkRoute& route,
                       Result<>& result);

    LinkMode mode_;
    std::atomic<bool> reflinks_{true};
    std::atomic<bool> hard_links_{true};
    std::atomic<bool> fell_back_{false};
};

} // namespace pawl::install
