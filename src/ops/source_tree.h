#pragma once
// What no index can tell: sdists that must be built to know what they need, and requirements that
// name their source themselves (a URL, a path, a VCS revision).

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/fs.h"
#include "base/result.h"
#include "install/build.h"
#include "lock/model.h"
#include "ops/index_provider.h"
#include "ops/resolution.h"
#include "ops/services.h"
#include "python/interpreter.h"
#include "store/wheel_entry.h"

namespace pawl::ops {

/// The source of a requirement with relative paths made absolute: "./lib" and "lib-1.0.tar.gz" are
/// below `directory`; URLs and "git+https://…" stay as they are.
Result<std::string> absolute_source(std::string_view source, std::string_view directory);

/// A requirement's source, taken apart.
struct SourceAddress {
    enum class Kind : unsigned char { file, directory, git };
    Kind kind = Kind::file;
    std::string url;          ///< "" for a path; without "git+", revision and fragment
    std::string path;         ///< absolute; "" for a URL
    std::string revision;     ///< git: what follows "@", "" for the default branch
    std::string subdirectory; ///< of "#subdirectory="
    bool editable = false;
    std::vector<Hash> hashes; ///< of "#sha256="
};
Result<SourceAddress> parse_source_address(std::string_view source);

/// Fetches, unpacks and builds source trees. For one resolution or installation, on its thread.
class SourceTrees : public SourceMetadata {
  public:
    SourceTrees(Services& services, const ResolutionRequest& request);
    SourceTrees(Services& services, Settings settings, const python::Interpreter* interpreter,
                unsigned build_depth);
    ~SourceTrees() override;

    Result<std::string> of_sdist(const index::DistributionFile& file) override;
    Result<std::string> of_source(const pep::Name& name, const std::string& source) override;

    /// Writes down in a lock's entry where the source is: vcs with the commit, directory, archive
    /// with its hash. Paths become relative to `lock_directory`.
    Result<> describe(const std::string& source, std::string_view lock_directory,
                      lock::Package& package);

    /// The sha256 of a file whose index gives none: it is downloaded for that.
    Result<Hash> hash_of(const index::DistributionFile& file);

    /// The wheel of a source that a lock holds, built now or before, unpacked in the store.
    struct LockedSource {
        const lock::Package* package = nullptr;
        std::string lock_directory;
    };
    Result<store::WheelEntry> built_wheel(const LockedSource& source);

  private:
    struct Tree {
        store::Staging scratch;
        std::string directory; ///< holds pyproject.toml

        /// The whole source, of which `directory` may be a part.
        std::string top() const {
            return own_top.empty() ? fs::join(scratch.path(), "source") : own_top;
        }
        std::string own_top; ///< the user's directory, which is built in place: editable
        std::string key;     ///< names the content: a hash or a commit; "" for a directory
    };
    static Result<std::string> inner_directory(const std::string& top,
                                               std::string_view subdirectory);
    Result<Tree> scratch_tree();
    Result<Tree> tree_of_archive(const std::string& file, std::string_view file_name,
                                 std::string_view subdirectory);
    Result<Tree> tree_of_git(SourceAddress& address);
    Result<Tree> tree_of_directory(std::string_view path, std::string_view subdirectory);
    /// Downloads (or finds) the file of a URL or path; its sha256 goes into `address.hashes`.
    Result<std::string> fetched_file(SourceAddress& address, const std::string& directory);
    Result<std::string> metadata_of(const Tree& tree, std::string_view what);
    Result<std::string> metadata_of_source(const pep::Name& name, const std::string& source);
    Result<store::WheelEntry> build(const Tree& tree, const lock::Package& package);
    Result<Tree> locked_tree(const LockedSource& source);

    Result<const python::Interpreter*> interpreter();
    install::BuildEnvironmentMaker environment_maker();
    Result<install::BuildOptions> build_options();

    Services& services_;
    Settings settings_;
    const python::Interpreter* interpreter_;
    std::optional<python::Interpreter> found_interpreter_;
    pep::Specifiers requires_python_;
    unsigned build_depth_;
    std::map<std::string, SourceAddress> described_; ///< sources that were looked at
};

} // namespace pawl::ops
