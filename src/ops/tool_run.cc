#include "ops/tool_run.h"

#include <algorithm>
#include <array>

#include "base/fs.h"
#include "base/sha256.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "ops/run_memory.h"
#include "ops/tool_links.h"
#include "ops/tool_state.h"
#include "store/store.h"

namespace pawl::ops {

namespace {

/// Options that change how the answer is found, or what is said, but not the answer.
constexpr std::array<std::string_view, 8> indifferent_options = {
    "--refresh", "--timings", "--offline", "--quiet", "-q", "--verbose", "-v", "--no-progress"};

bool is_plain(const ToolRunRequest& request) {
    return std::ranges::all_of(request.options, [](const std::string& option) {
        return std::ranges::find(indifferent_options, option) != indifferent_options.end();
    });
}

install::StampKey key_of(const ToolRunRequest& request) {
    std::string text = PAWL_VERSION "\n" + fs::current_directory().value_or("") + "\n";
    for (const std::string& option : request.options) {
        if (std::ranges::find(indifferent_options, option) == indifferent_options.end()) {
            text += option + "\n";
        }
    }
    std::vector<std::string> variables;
    for (std::string& variable : environment_list()) {
        for (std::string_view deciding : {"PAWL_", "PIP_INDEX_URL=", "PIP_EXTRA_INDEX_URL=",
                                          "VIRTUAL_ENV=", "XDG_DATA_HOME="}) {
            if (variable.starts_with(deciding)) {
                variables.push_back(std::move(variable));
                break;
            }
        }
    }
    std::ranges::sort(variables);
    // An index's address may hold a password, and the stamp lies on the disk.
    return {.script = "pawl tool run " + request.command,
            .options = Sha256::hex_of(text + join(variables, "\n"))};
}

Error start(const std::string& program, const ToolRunRequest& request) {
    std::vector<std::string> arguments = {program};
    arguments.insert(arguments.end(), request.arguments.begin(), request.arguments.end());
    return execute(program, arguments, environment_list());
}

/// The one that is installed, when the user asks for nothing else.
std::string installed_program(const ToolRunRequest& request) {
    Result<ToolPlaces> places = tool_places();
    bool is_name = pep::is_normal_name(request.command);
    if (!places || !is_name || !is_plain(request)) {
        return "";
    }
    std::string directory = places->directory_of(request.command);
    return directory + "/" + std::string(current_name) + "/" + std::string(tool_environment_name) +
           "/bin/" + request.command;
}

/// "black" of "black@24.1"; of a wheel, its project.
std::string wanted_command(const ToolRunRequest& request, const ToolPlan& plan) {
    return request.tool.source.empty() ? plan.name().str() : request.command;
}

/// The program to start: of that name, or the only one that the tool has.
Result<std::string> program_of(const std::string& wanted, const ToolPlan& plan,
                               const install::Environment& environment) {
    std::string bin = environment.path + "/bin/";
    if (fs::exists(bin + wanted)) {
        return bin + wanted;
    }
    ToolLinks links;
    if (plan.wheel) {
        links = TRY(links_of(plan.wheel->entry));
    }
    if (links.commands.size() == 1 && wanted == plan.name().str()) {
        return bin + links.commands[0];
    }
    Error error{Error::Kind::usage,
                plan.name().str() + " has no command \"" + printable(wanted) + "\""};
    return links.commands.empty()
               ? fail(std::move(error))
               : fail(std::move(error).hint("it has " + printable(join_words(links.commands)) +
                                            ": pawl tool run --from " + plan.name().str() +
                                            " COMMAND"));
}

/// What may be remembered: not the newest of all, and not what an installed tool would change.
Result<> remember(const ToolRunRequest& request, const ToolPlan& plan,
                  const install::Environment& environment, const std::string& program,
                  Services& services) {
    ToolPlaces places = TRY(tool_places());
    install::StampFacts facts{.interpreter = plan.interpreter.base_executable,
                              .environment = environment.path,
                              .executable = program};
    facts.absent.push_back(places.directory_of(plan.name().str()) + "/" +
                           std::string(current_name));
    std::string wheel = plan.source.path();
    if (!wheel.empty()) {
        facts.inputs.push_back({.path = wheel, .sha256 = {}});
        facts.absent.push_back(wheel + ".lock");
    }
    TRY(watch_settings(services.settings(), facts));
    return install::write_stamp(TRY(services.cache_directory()), key_of(request), facts);
}

struct Ready {
    std::string program;
    store::Lease lease; ///< kept over exec
};

Result<Ready> prepare(ToolRunRequest& request, Services& services) {
    ToolRequest tool = request.tool;
    tool.source = tool.source.empty() ? request.command : tool.source;
    tool.settings = services.settings();
    tool.allowed_hosts = services.settings().allowed_hosts;
    ToolPlan plan = TRY(plan_tool(tool, services));
    install::Environment environment = TRY(environment_of(plan.lock, plan.request(), services));
    std::string program = TRY(program_of(wanted_command(request, plan), plan, environment));
    TRY(environment.lease.keep_over_exec());
    if (request.use_stamp && !request.command.ends_with("@latest")) {
        Result<> written = remember(request, plan, environment, program, services);
        if (!written) {
            services.terminal().detail("no stamp: " + written.error().message);
        }
    }
    return Ready{std::move(program), std::move(environment.lease)};
}

} // namespace

void run_tool_by_stamp(const ToolRunRequest& request, std::string_view cache_directory) {
    std::string installed = installed_program(request);
    if (!installed.empty() && fs::exists(installed)) {
        static_cast<void>(start(installed, request)); // a broken one: the slow path says why
    }
    Result<std::string> cache =
        cache_directory.empty() ? store::default_directory() : fs::absolute(cache_directory);
    if (!request.use_stamp || !cache) {
        return;
    }
    if (auto hit = recall(*cache, key_of(request))) {
        static_cast<void>(start(hit->executable, request));
    }
}

Error run_tool(ToolRunRequest request, Services& services) {
    Result<Ready> ready = prepare(request, services);
    return ready ? start(ready->program, request) : std::move(ready.error());
}

} // namespace pawl::ops
