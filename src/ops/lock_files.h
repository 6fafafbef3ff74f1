#pragma once
// From a solution to the entries of a lock: which files each release has, where they are and what
// their hashes are.

#include <string>
#include <vector>

#include "base/result.h"
#include "index/client.h"
#include "lock/model.h"
#include "ops/index_provider.h"
#include "ops/source_tree.h"
#include "pep/marker_space.h"
#include "resolve/solution.h"

namespace pawl::ops {

struct LockFilesOptions {
    pep::MarkerId region = pep::MarkerId::always;  ///< where the lock holds
    pep::MarkerId assumed = pep::MarkerId::always; ///< what markers need not repeat
    std::string lock_directory;                    ///< paths become relative to it
    FormatRules formats;                           ///< files of other kinds are left out
};

/// For the resolver's thread, right after the resolution.
class LockFiles {
  public:
    LockFiles(IndexProvider& provider, SourceTrees& sources, pep::MarkerSpace& space,
              LockFilesOptions options);
    Result<std::vector<lock::Package>> packages(const resolve::Solution& solution);

  private:
    Result<lock::Package> package(const resolve::Solution& solution,
                                  const resolve::Package& resolved);
    std::optional<pep::Specifiers> requires_python(const pep::Specifiers& pythons,
                                                   const resolve::Package& resolved);
    Result<> add_files(const resolve::Package& resolved, lock::Package& entry);
    std::vector<lock::Dependency> dependencies(const resolve::Solution& solution,
                                               const resolve::Package& resolved);
    bool can_be_used(std::string_view tags, const resolve::Package& resolved);
    Result<lock::FileSource> source_of(const index::ProjectFiles& page, uint32_t row);

    IndexProvider& provider_;
    SourceTrees& sources_;
    pep::MarkerSpace& space_;
    LockFilesOptions options_;
};

} // namespace pawl::ops
