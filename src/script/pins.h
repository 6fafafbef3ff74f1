#pragma once
// What `# pin:` and `# repin:` settle, over the script and its local modules. Private to the room.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "script/local_modules.h"

namespace pawl::script {

/// A pin where it stands.
struct PlacedPin {
    const SourceFile* file = nullptr;
    const Pin* pin = nullptr;
    Origin origin() const { return {file->path, pin->requirement.at}; }
};

/// By module: the pins that hold. Where there is a repin it is the only one.
using PinMap = std::map<std::string, std::vector<PlacedPin>, std::less<>>;

/// The outermost repin of a module replaces every other pin on it; without one all pins must hold.
/// Pins that cannot hold together are an error that names each with its file and line, as are two
/// different repins in one file. The tree must outlive the map.
Result<PinMap> collect_pins(const SourceTree& tree, const NeedsOptions& options);

} // namespace pawl::script
