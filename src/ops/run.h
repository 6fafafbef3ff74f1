#pragma once
// `pawl run`: a program with its locked dependencies, in this very process. What it is may be a
// script's file, a folder or zip with `__main__.py`, a notebook, a module (-m), a URL, or "-".

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ops/services.h"
#include "ops/variant.h"

namespace pawl::ops {

struct RunRequest {
    std::string program;    ///< a path, a URL, "-", or a module's name
    bool is_module = false; ///< -m
    std::vector<std::string> arguments;
    bool locked = false;           ///< a missing or stale lock is an error
    bool frozen = false;           ///< the lock is used as it is
    bool upgrade = false;          ///< without a lock: forget what was resolved before
    bool yes = false;              ///< a URL's script is run without a question
    bool watch = false;            ///< start it again whenever its files change
    std::string sha256;            ///< of the program's file, hexadecimal; "" for any
    std::string as_of;             ///< a date, or "git"
    std::vector<std::string> with; ///< further requirements
    VariantWish variant;           ///< of the script's `[tool.pawl.variants]`
    /// The options as given: with the variables that matter, they are part of the stamp's key.
    std::vector<std::string> options;
    bool use_stamp = false; ///< what an earlier run has found out may be taken
    /// The script of "-", once it was read: that can be done once only.
    std::optional<Result<std::string>> standard_input;
};

/// Returns only on failure: a success has replaced this process.
Error run_program(RunRequest request, Services& services);

} // namespace pawl::ops
