#include <memory>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/builders.h"
#include "ops/run.h"
#include "ops/run_lock.h"

namespace pawl::cli {

namespace {

constexpr const char* forms =
    "SCRIPT is a file, a folder or zip with __main__.py, a notebook, a URL, or - for standard "
    "input. Everything behind it is the script's own. A lock (pylock.toml, or its URL) is run as\n"
    "LOCK ENTRYPOINT [ARGS…], without ENTRYPOINT where its [tool.pawl] entry-point names one; a\n"
    "pyproject.toml with variants stands for the lock of one.";

/// Of a project its lock is run, that of a variant: LOCK ENTRYPOINT, with the project for LOCK.
bool is_project_file(std::string_view program) {
    return program == "pyproject.toml" || program.ends_with("/pyproject.toml");
}

void add_run_options(CLI::App& table, ops::RunRequest& request) {
    table.add_flag("--module,-m", request.is_module,
                   "Run a module, as python -m does: -m MODULE [ARGS…]");
    table.add_flag("--locked", request.locked, "Fail when the lock is missing or stale");
    table.add_flag("--frozen", request.frozen, "Use the lock as it is, stale or not");
    table.add_flag("--upgrade,-U", request.upgrade,
                   "Without a lock: resolve anew instead of what was resolved before");
    table.add_option("--with", request.with, "A further requirement, for this run only")
        ->type_name("REQ")
        ->allow_extra_args(false);
    table
        .add_option("--as-of", request.as_of,
                    "Resolve as on that day; git: the day of the script's last commit")
        ->type_name("DATE|git");
    add_variant_options(table, request.variant);
    table.add_flag("--yes,-y", request.yes, "Run the script of a URL without a question");
    table.add_option("--sha256", request.sha256, "The digest that the script must have")
        ->type_name("HEX");
    table.add_flag("--watch", request.watch,
                   "Start again whenever the script, its lock or its modules change");
}

} // namespace

Action build_run(CLI::App& table, const CommandLine& line) {
    auto request = std::make_shared<ops::RunRequest>();
    add_run_options(table, *request);
    table.footer(forms);
    request->options = line.options;
    request->use_stamp = may_use_stamp(line.options);
    request->standard_input = line.standard_input;
    std::vector<std::string> program = line.program;
    return [request, program](ops::Services& services) -> Result<> {
        if (program.empty()) {
            return fail(Error::Kind::usage, "run needs a script: pawl run SCRIPT [ARGS…]");
        }
        if (!request->is_module && ops::names_lock(program[0])) {
            return fail(ops::run_lock(program[0], {program.begin() + 1, program.end()}, services));
        }
        if (!request->is_module && is_project_file(program[0])) {
            std::string lock =
                TRY(ops::lock_of_variant(program[0], request->variant, services.terminal()));
            return fail(ops::run_lock(lock, {program.begin() + 1, program.end()}, services));
        }
        request->program = program[0];
        request->arguments.assign(program.begin() + 1, program.end());
        return fail(ops::run_program(*request, services));
    };
}

} // namespace pawl::cli
