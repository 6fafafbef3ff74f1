#pragma once
// New files below one directory, by descriptor: the kernel itself refuses a path that leaves the
// directory or crosses a link (openat2), and nothing that is there is ever opened or replaced.

#include <cstdint>
#include <string>
#include <string_view>

#include "archive/archive.h"
#include "base/fs.h"

namespace pawl::archive {

/// Callable from any thread, once the directories are made.
class TreeWriter {
  public:
    /// `directory` exists and is ours alone.
    static Result<TreeWriter> open(std::string_view directory);

    /// With those above it; one that this made already is fine.
    Result<> make_directory(std::string_view path) const;
    /// A new file; its directory exists.
    Result<fs::Fd> create(std::string_view path, uint32_t mode) const;
    /// A new file with this content.
    Result<> write(std::string_view path, std::string_view content, uint32_t mode) const;

  private:
    TreeWriter(std::string directory, fs::Fd fd)
        : directory_(std::move(directory)), fd_(std::move(fd)) {}
    std::string directory_;
    fs::Fd fd_;
};

} // namespace pawl::archive
