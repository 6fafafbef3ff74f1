#include "ops/tool_places.h"

#include "base/fs.h"
#include "base/subprocess.h"

namespace pawl::ops {

std::string ToolPlaces::directory_of(std::string_view name) const {
    return fs::join(tools, name);
}

Result<ToolPlaces> tool_places() {
    std::optional<std::string> home = environment_variable("HOME");
    auto place = [&home](const char* variable, std::string_view below_home) -> Result<std::string> {
        std::optional<std::string> value = environment_variable(variable);
        if (value && value->starts_with('/')) { // XDG: relative paths do not count
            return fs::normalize(*value);
        }
        if (!home) {
            return fail(Error::Kind::environment,
                        "neither HOME nor " + std::string(variable) + " says where tools go");
        }
        return fs::absolute(fs::join(*home, below_home));
    };
    ToolPlaces places;
    places.data = TRY(place("XDG_DATA_HOME", ".local/share"));
    places.programs = TRY(place("XDG_BIN_HOME", ".local/bin"));
    places.tools = places.data + "/pawl/tools";
    if (std::optional<std::string> tools = environment_variable("PAWL_TOOL_DIR")) {
        places.tools = TRY(fs::absolute(*tools));
    }
    if (std::optional<std::string> programs = environment_variable("PAWL_TOOL_BIN_DIR")) {
        places.programs = TRY(fs::absolute(*programs));
    }
    return places;
}

} // namespace pawl::ops
