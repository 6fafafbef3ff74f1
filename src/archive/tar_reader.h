#pragma once
// tar in gzip, as sdists are: ustar, pax and GNU headers, read once from front to end.

#include <functional>
#include <string_view>

#include "archive/archive.h"

namespace pawl::archive {

/// One member of a tar. Links are told apart so that the caller can copy what an in-tree link
/// names or refuse it; nothing in this room ever makes one.
struct TarEntry : Entry {
    enum class Link : unsigned char { none, symbolic, hard };
    Link link = Link::none;
    std::string target; ///< of a link, as it stands
};

/// What a tar is unpacked into. Calls come in the archive's order, from one thread.
class TarVisitor {
  public:
    virtual ~TarVisitor() = default;
    /// A new member; its name has passed the grammar and has not been seen before.
    virtual Result<> begin(const TarEntry& entry) = 0;
    /// Some bytes of the member begun last; together entry.size_bytes.
    virtual Result<> content(std::string_view bytes) = 0;
};

/// Reads the whole archive, up to its end: nothing but zeros may follow the end blocks and
/// nothing the gzip member.
Result<> read_tar_gz(std::string_view bytes, TarVisitor& visitor, const Limits& limits = {});
/// The same for a tar that is not compressed.
Result<> read_tar(std::string_view bytes, TarVisitor& visitor, const Limits& limits = {});

} // namespace pawl::archive
