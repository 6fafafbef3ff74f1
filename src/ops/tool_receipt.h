#pragma once
// tool.toml: what was asked for when a tool was installed, and what came of it. Written into each
// revision of a tool, so that it changes together with what it describes.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ops/settings.h"

namespace pawl::ops {

struct ToolReceipt {
    // what was asked for, and is asked for again by an upgrade
    std::string source;            ///< "black>=24", an absolute path or a URL
    std::vector<std::string> with; ///< further requirements
    std::string lock_name;         ///< `--lock NAME`
    bool no_lock = false;
    bool locked = false; ///< one without a lock is refused
    bool build = false;
    bool pinned = false;
    std::string python; ///< `--python`, "" when nobody asked
    std::vector<std::string> allowed_hosts;
    Settings settings; ///< indexes and limits, without credentials

    // what came of it
    std::string name, version;
    std::string wheel_sha256;          ///< "" when it was built
    std::string lock_place, lock_path; ///< of the lock that was used; "" when there was none
    std::string interpreter;           ///< the base interpreter's path
    std::string interpreter_version;
    int64_t packages = 0;              ///< how many, itself among them
    std::vector<std::string> commands; ///< names, sorted
    std::vector<std::string> shared;   ///< man pages and completions: "share/man/man1/x.1"

    bool is_locked() const { return !lock_place.empty(); }
};

std::string write_receipt(const ToolReceipt& receipt);
/// Kind::input for one that cannot be read or that a newer pawl wrote.
Result<ToolReceipt> read_receipt(std::string text);

} // namespace pawl::ops
