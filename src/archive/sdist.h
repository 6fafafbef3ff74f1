#pragma once
// Source distributions: a .tar.gz or .zip with all files in one directory (packaging.python.org
// "Source distribution format"; old ones break its naming, not its shape).

#include <cstdint>
#include <string>
#include <string_view>

#include "archive/archive.h"

namespace pawl::archive {

/// Unpacks into `directory`, which must exist, be empty and be ours alone. Gives the name of the
/// one directory at the top. Symbolic and hard links to files of the archive become copies;
/// symbolic ones to nothing are left out; any other link is refused. On an error the caller removes
/// `directory`. `file_name` decides the format: ".tar.gz", ".tgz" or ".zip".
Result<std::string> unpack_sdist(std::string_view bytes, std::string_view file_name,
                                 std::string_view directory, const Limits& limits = {});

/// The content of "<top>/PKG-INFO", with the whole archive checked on the way; Kind::input when
/// there is none.
Result<std::string> read_pkg_info(std::string_view bytes, std::string_view file_name,
                                  uint64_t bytes_max = uint64_t{16} << 20,
                                  const Limits& limits = {});

} // namespace pawl::archive
