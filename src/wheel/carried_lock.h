#pragma once
// What makes a lock this wheel's own: the rules under which a lock is put into a wheel, and under
// which one that a wheel carries is used.

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lock/model.h"
#include "pep/marker.h"
#include "pep/metadata.h"

namespace pawl::wheel {

struct CarriedLock {
    lock::Lock lock;           ///< without an entry for the wheel itself
    bool named_itself = false; ///< such an entry was there, and agreed
    std::vector<std::string> warnings;
};

/// Reads a lock that stands in the wheel (or beside it) with this metadata. The wheel itself is
/// never locked: an entry for it is taken out, after it has been seen to be of the same version.
///
/// Kind::input: no lock, or of a major version that nobody knows; Kind::integrity: of another
/// project or version, or it does not fit what the wheel asks for; Kind::refused: it names a path
/// on the user's machine, or an address that no index has.
Result<CarriedLock> read_carried_lock(std::string text, const pep::CoreMetadata& wheel);

/// Kind::refused for a lock from elsewhere that names a path, or an address that no index has.
Result<> check_no_paths(const lock::Lock& lock);

/// Kind::integrity when the lock's requires-python leaves out a Python that the wheel takes.
Result<> check_pythons(const lock::Lock& lock, const pep::CoreMetadata& wheel);

/// The same question for one environment, where it has an exact answer: what the wheel asks for
/// there must be among the entries `chosen`, in a version that it takes. Kind::integrity.
struct ChosenFor {
    const pep::MarkerEnvironment* environment = nullptr;
    std::set<std::string> extras; ///< normalised
};
Result<> check_chosen(const std::vector<const lock::Package*>& chosen,
                      const pep::CoreMetadata& wheel, const ChosenFor& target);

/// One host that a lock takes files from, with each file.
struct HostUse {
    std::string host;
    struct File {
        const lock::Package* package = nullptr;
        std::string name; ///< of the file; the revision of a repository
        std::string hash; ///< "sha256:…", the first strong one
        std::string url;
    };
    std::vector<File> files;
};
/// In order of host. A lock with addresses that cannot be read has not passed read_carried_lock().
std::vector<HostUse> hosts_of(const lock::Lock& lock);

} // namespace pawl::wheel
