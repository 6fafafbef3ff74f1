#pragma once
// From what the user calls a tool to the one wheel that is it.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "lock/model.h"
#include "ops/services.h"
#include "pep/metadata.h"
#include "pep/requirement.h"
#include "python/interpreter.h"
#include "store/wheel_entry.h"

namespace pawl::ops {

/// What is to be installed: a project of an index, or an address.
struct ToolSource {
    enum class Kind : unsigned char {
        index, ///< "black", "black[d]>=24"
        wheel, ///< a wheel by its path or URL
        other, ///< what must be built: an sdist, a directory, a repository
    };
    Kind kind = Kind::index;
    pep::Requirement requirement; ///< its URL is absolute, without credentials
    std::string text;             ///< as it is asked for again later: paths made absolute
    std::optional<Url> login;     ///< the address with its credentials

    std::string path() const; ///< of a wheel on this disk, "" for all else
};

/// "NAME", "NAME[extra]==V", "NAME@V", "NAME@latest", a path, a URL, "NAME @ URL".
Result<ToolSource> parse_tool_source(std::string_view text);

/// The wheel of a tool, in the store.
struct ToolWheel {
    store::WheelEntry entry;
    pep::CoreMetadata metadata;
    /// How a lock says it: with the sha256 of its bytes.
    lock::Package package;
    std::string url; ///< where it came from; "" for a file of this disk
};

/// Where it is looked for. Borrowed.
struct ToolSearch {
    const python::Interpreter* interpreter = nullptr;
    const Settings* settings = nullptr;
    bool build = false; ///< a release without a fitting wheel may be built
};

/// Finds, downloads and unpacks it. Nothing when there is no wheel and it may be built: what it is
/// is then for the resolver. Kind::no_solution when there is no such project or release.
Result<std::optional<ToolWheel>> find_tool_wheel(const ToolSource& source, const ToolSearch& search,
                                                 Services& services);

} // namespace pawl::ops
