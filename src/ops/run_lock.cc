#include "ops/run_lock.h"

#include "base/fs.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "lock/read.h"
#include "lock/sources.h"
#include "ops/environment.h"
#include "ops/lock_record.h"
#include "ops/tool_hosts.h"
#include "wheel/carried_lock.h"
#include "wheel/entry_points.h"

namespace pawl::ops {

namespace {

constexpr uint64_t lock_bytes_max = uint64_t{64} << 20;

bool is_url(std::string_view program) {
    return program.starts_with("https://") || program.starts_with("http://") ||
           program.starts_with("file://");
}

struct LoadedLock {
    lock::Lock lock;
    std::string directory;
    Settings settings;
};

Result<LoadedLock> load(std::string_view program, Services& services) {
    LoadedLock loaded{.lock = {}, .directory = "/", .settings = services.settings()};
    std::string text;
    if (is_url(program)) {
        Url url = TRY(Url::parse(program));
        text = TRY(TRY(services.index(loaded.settings))->fetch(url, lock_bytes_max));
    } else {
        std::string path = TRY(fs::absolute(program));
        text = TRY(fs::read(path, lock_bytes_max));
        loaded.directory = fs::parent(path);
    }
    lock::ReadResult read = TRY_IN(printable(program), lock::read(std::move(text)));
    for (const std::string& warning : read.warnings) {
        services.terminal().warn(printable(program) + ": " + warning);
    }
    loaded.lock = std::move(read.lock);
    if (!is_url(program)) {
        TRY_IN(printable(program), lock::check_sources(loaded.lock));
        return loaded;
    }
    TRY_IN(printable(program), wheel::check_no_paths(loaded.lock));
    loaded.settings.no_build = true;
    std::vector<std::string> allowed;
    TRY(agree_to_hosts(loaded.lock, {.name = std::string(program), .url = std::string(program)},
                       loaded.settings, allowed, services));
    return loaded;
}

/// What to exec: a program of the environment, or its Python on a "module:object".
Result<std::vector<std::string>> command_of(const std::string& entry_point,
                                            const install::Environment& environment) {
    std::string program = environment.path + "/bin/" + entry_point;
    if (entry_point.find_first_of("/:") == std::string::npos && fs::exists(program)) {
        return std::vector<std::string>{program};
    }
    Result<std::vector<wheel::EntryPoint>> points =
        wheel::parse_entry_points("[console_scripts]\nentry = " + entry_point + "\n");
    if (entry_point.find(':') == std::string::npos || !points || points->size() != 1) {
        return fail(Error{Error::Kind::usage, "what the lock installs has no program \"" +
                                                  printable(entry_point) + "\""}
                        .hint("name one of its commands, or module:object"));
    }
    const wheel::EntryPoint& point = points->front();
    std::string first = point.object.substr(0, point.object.find('.'));
    return std::vector<std::string>{environment.executable, "-c",
                                    "import sys; from " + point.module + " import " + first +
                                        "; sys.exit(" + point.object + "())"};
}

Result<std::string> entry_point_of(const lock::Lock& lock, std::vector<std::string>& arguments) {
    std::string entry_point = TRY(read_record(lock)).entry_point;
    if (!entry_point.empty()) {
        return entry_point;
    }
    if (arguments.empty()) {
        return fail(Error{Error::Kind::usage, "the lock does not say which program to start"}.hint(
            "pawl run LOCK ENTRYPOINT [ARGS…]"));
    }
    entry_point = arguments.front();
    arguments.erase(arguments.begin());
    return entry_point;
}

} // namespace

bool names_lock(std::string_view program) {
    std::string_view name = program.substr(0, program.find_first_of("?#"));
    return lock::is_lock_file_name(fs::base_name(name));
}

static Result<> run(std::string_view program, std::vector<std::string>& arguments,
                    Services& services) {
    LoadedLock loaded = TRY(load(program, services));
    std::string entry_point = TRY_IN(printable(program), entry_point_of(loaded.lock, arguments));
    python::Interpreter interpreter = TRY(python::find(
        TRY(python::Request::parse(loaded.settings.python)),
        loaded.lock.requires_python.value_or(pep::Specifiers()), services.surroundings()));
    EnvironmentRequest wanted{.interpreter = &interpreter,
                              .settings = loaded.settings,
                              .lock_directory = loaded.directory};
    install::Environment environment =
        TRY_IN(printable(program), environment_of(loaded.lock, wanted, services));
    std::vector<std::string> command = TRY(command_of(entry_point, environment));
    command.insert(command.end(), arguments.begin(), arguments.end());
    TRY(environment.lease.keep_over_exec());
    return fail(execute(command[0], command, environment_list()));
}

Error run_lock(std::string_view lock, std::vector<std::string> arguments, Services& services) {
    return run(lock, arguments, services).error();
}

} // namespace pawl::ops
