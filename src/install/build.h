#pragma once
// Building wheels from source trees by PEP 517 (and setup.py where there is no pyproject.toml).
//
// A build runs other people's code: it needs `allowed`, an environment of its own that the caller
// resolves, a small list of environment variables, and limits. Where the system has namespaces for
// us, it has no network, and can write to its source and its temporary directory only. All of its
// processes are ended before the function returns. What comes out is checked as if it came from the
// network.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pep/name.h"
#include "pep/requirement.h"
#include "pep/version.h"

namespace pawl::install {

/// What pyproject.toml's [build-system] says (PEP 518), or the default where it says nothing.
struct BuildSystem {
    std::vector<pep::Requirement> requires_; ///< setuptools (and wheel) where there is no table
    std::string backend;                     ///< "setuptools.build_meta"; "__legacy__" variants too
    std::vector<std::string> backend_path;   ///< absolute, checked to be inside the tree

    /// `source` is the directory that holds pyproject.toml or setup.py.
    static Result<BuildSystem> read(std::string_view source);
};

/// Makes an isolated environment that holds these requirements and returns its python's path. The
/// caller (ops) resolves and installs; `depth` grows when that needs a build itself.
using BuildEnvironmentMaker =
    std::function<Result<std::string>(std::span<const pep::Requirement> requirements)>;

struct BuildOptions {
    bool allowed = false;    ///< false: Kind::permission, nothing is run (`--no-build`)
    std::string_view advice; ///< how the user allows builds, for that error
    int time_ms_max = 30 * 60 * 1000;
    uint64_t output_bytes_max = uint64_t{16} << 20;
    bool allow_network = false; ///< else the build has none, where the system lets us take it away
    std::map<std::string, std::string> config_settings;
    std::vector<std::string> environment; ///< "NAME=value" beyond the allow-list
    std::string work_directory;           ///< temporary files; made, removed at the end
};

/// Whose source it is: in messages, and what the result must be called.
struct BuildSource {
    std::string directory; ///< holds pyproject.toml or setup.py; the build may write into it
    std::string tree;      ///< above it, when it is a part of a larger source; "" when not
    /// PEP 660: a wheel that leads to the source, which stays where it is. A backend that cannot do
    /// that gives an ordinary wheel.
    bool is_editable = false;
    std::string what; ///< "numpy-2.0.tar.gz", for messages
    std::optional<pep::Name> name;
    std::optional<pep::Version> version;
};

/// The wheel's path inside `output_directory`; its file name agrees with the expected name and
/// version. Errors quote the end of the build's output.
Result<std::string> build_wheel(const BuildSource& source, std::string_view output_directory,
                                const BuildEnvironmentMaker& make_environment,
                                const BuildOptions& options);

/// The text of METADATA: by prepare_metadata_for_build_wheel, else by building the wheel.
/// `wheel_directory`: where the wheel is kept if one had to be built ("" to drop it).
struct BuiltMetadata {
    std::string text;
    std::string wheel; ///< path, "" when none was built
};
Result<BuiltMetadata> build_metadata(const BuildSource& source, std::string_view wheel_directory,
                                     const BuildEnvironmentMaker& make_environment,
                                     const BuildOptions& options);

} // namespace pawl::install
