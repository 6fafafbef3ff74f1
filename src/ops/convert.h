#pragma once
// `pawl convert` and `pawl export`: a lock of one tool as a lock of another.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ops/services.h"

namespace pawl::ops {

struct ConvertRequest {
    std::string input;                       ///< a lock; of `export` also a script or a directory
    std::optional<std::string> input_text;   ///< of a lock that is inside `input`
    std::string output;                      ///< "" or "-": stdout
    std::string from, to;                    ///< formats; "" to find them out
    std::vector<std::string> rewrite_urls;   ///< "FROM=TO"
    std::vector<std::string> extras, groups; ///< of a flat format; both empty: the project's own
    bool all_extras = false, all_groups = false;
    bool is_strict = false; ///< a loss is an error
    bool is_frozen = false; ///< the input may be stale
    bool json = false;      ///< losses as JSON on stdout
};

/// Writes the output and prints what it cannot say.
Result<> convert(const ConvertRequest& request, Services& services);

/// The lock of a script, a project or a lock file, to stdout or a file.
Result<> export_lock(const ConvertRequest& request, Services& services);

} // namespace pawl::ops
