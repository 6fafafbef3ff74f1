#pragma once
// What a lock of ours says in `[tool.pawl]`: how it was asked for, so that it can be judged and
// made again. Nothing in it changes what is installed, as PEP 751 demands of tool tables.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lock/model.h"
#include "pep/marker.h"
#include "pep/requirement.h"

namespace pawl::ops {

/// What the command line said of a lock and no input can say: used again by the next `pawl lock`
/// that does not say it otherwise. An empty text takes an entry of before back.
struct AskedOptions {
    std::vector<std::string> environments, required_environments; ///< markers
    std::vector<std::string> only_binary, no_binary; ///< ":all:", or projects with commas between
    bool operator==(const AskedOptions&) const = default;
};

struct LockRecord {
    std::string input_digest; ///< "" in a lock that another tool made
    std::vector<std::string> regions;
    std::string exclude_newer, resolution, prerelease, fork_strategy;
    std::vector<std::string> guessed;   ///< "module → project", for people
    std::vector<std::string> conflicts; ///< "extra a, group b": never asked for together
    bool this_environment = false;      ///< made with --this-environment
    bool compact = false;               ///< made with --compact
    std::string project;                ///< whose lock it is, in a wheel
    std::string entry_point;            ///< what `pawl run LOCK` starts
    std::string requirements_file;      ///< that decided for its script; relative to the script
    std::string variant;                ///< of `[tool.pawl.variants]`, whose lock it is

    /// What was asked for, as requirements; those of extras and groups have PEP 751's markers.
    /// Paths are relative to the lock, addresses hold no credentials.
    std::vector<std::string> requirements;
    std::vector<std::string> constraints, overrides; ///< in the same form
    std::vector<std::string> excludes;               ///< requirements on these were dropped
    std::vector<std::string> required_environments;  ///< markers
    AskedOptions asked;
};

Result<LockRecord> read_record(const lock::Lock& lock);
void write_record(lock::Lock& lock, const LockRecord& record);

/// Where a lock with these conflicts need not hold: two of a set asked for together.
std::vector<pep::Marker> left_out_by(std::span<const std::string> conflicts);

/// The requirement as text that is the same wherever the project lies: paths are relative to
/// `directory`, and addresses hold no credentials.
std::string portable_text(const pep::Requirement& requirement, std::string_view directory);

} // namespace pawl::ops
