#include "cli/commands.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/builders.h"
#include "ops/ops.h"

namespace pawl::cli {

void add_variant_options(CLI::App& table, ops::VariantWish& wish) {
    table
        .add_option("--variant", wish.name,
                    "One of [tool.pawl.variants] of the project or script; auto: the one for this "
                    "machine")
        ->type_name("NAME|auto");
    table.add_flag("--explain", wish.explain,
                   "Say what this machine has, and what became of each variant");
}

namespace {

Action build_lock(CLI::App& table, const CommandLine&) {
    auto request = std::make_shared<ops::LockRequest>();
    table.add_option("SCRIPT", request->scripts,
                     "Scripts to lock; or a project's directory (nothing: the one here)");
    table
        .add_option("--requirements,--requirement,-r", request->requirements_files,
                    "Lock what this requirements file asks for (may be repeated); with SCRIPT: for "
                    "scripts that do not say themselves what they need")
        ->type_name("FILE")
        ->allow_extra_args(false);
    table
        .add_option("--constraints,--constraint,-c", request->constraints_files,
                    "A lock whose versions hold; with -r: a file that only narrows versions")
        ->type_name("FILE")
        ->allow_extra_args(false);
    table
        .add_option("--prefer", request->prefer,
                    "A lock of any tool: its versions are kept where they fit")
        ->type_name("LOCK");
    table
        .add_option("--requires-python", request->requires_python,
                    "With -r: the Pythons that the lock is for")
        ->type_name("SPEC");
    table.add_option("--output,-o", request->output, "Write the lock to this file")
        ->type_name("FILE");
    table
        .add_option(
            "--variant", request->variants,
            "Only this one of [tool.pawl.variants]; auto: the one for this machine (without: "
            "all)")
        ->type_name("NAME|auto")
        ->allow_extra_args(false);
    table.add_flag("--embed", request->embed, "Write the lock into the script, at its end");
    table.add_flag("--beside", request->beside, "Move a lock that is inside a script beside it");
    table.add_flag("--compact", request->compact,
                   "One wheel a package where a pure one exists, and no sdist beside it");
    table.add_flag("--check", request->check, "Only say whether the lock is there and fresh");
    table.add_flag("--upgrade,-U", request->upgrade, "Forget the versions of the present lock");
    table
        .add_option("--upgrade-package,-P", request->upgrade_packages,
                    "Forget the version of this project (P), or move it (P==V)")
        ->type_name("P")
        ->allow_extra_args(false);
    table.add_flag("--this-environment", request->this_environment,
                   "Lock for this Python on this platform only");
    auto list = [&table](const char* name, std::vector<std::string>& into, const char* help,
                         const char* type) {
        table.add_option(name, into, help)->type_name(type)->allow_extra_args(false);
    };
    list("--environment", request->asked.environments,
         "Lock for environments with this marker (may be repeated)", "MARKER");
    list("--required-environment", request->asked.required_environments,
         "Every project without an sdist must have a wheel there", "MARKER");
    list("--only-binary", request->asked.only_binary, "Take no sdists of these (:all: or names)",
         "P,P");
    list("--no-binary", request->asked.no_binary, "Take no wheels of these (:all: or names)",
         "P,P");
    table
        .add_option("--as-of", request->as_of,
                    "Lock as on that day; git: the day of the script's last commit")
        ->type_name("DATE|git");
    return [request](ops::Services& services) { return ops::lock_any(*request, services); };
}

Action build_imports(CLI::App& table, const CommandLine&) {
    auto request = std::make_shared<ops::ImportsRequest>();
    table.add_option("SCRIPT", request->scripts, "Scripts to look at")->required();
    table.add_flag("--json", request->json, "Print JSON, with positions");
    table.add_flag("--write", request->write, "Put what was found into the script as metadata");
    return [request](ops::Services& services) { return ops::show_imports(*request, services); };
}

Action build_install(CLI::App& table, const CommandLine&) {
    auto request = std::make_shared<ops::InstallRequest>();
    table.add_option("WHAT", request->what, "A lock file; or wheels, sdists and requirements");
    table
        .add_option("--requirements,--requirement,-r", request->requirements_files,
                    "Install what this requirements file asks for (may be repeated)")
        ->type_name("FILE")
        ->allow_extra_args(false);
    table
        .add_option("--constraints,--constraint,-c", request->constraints_files,
                    "A file that only narrows versions")
        ->type_name("FILE")
        ->allow_extra_args(false);
    add_variant_options(table, request->variant);
    table.add_option("--target,-t", request->target, "Install into this plain directory")
        ->type_name("DIR");
    table.add_option("--extra", request->extras, "An extra of the lock")
        ->type_name("E")
        ->allow_extra_args(false);
    table.add_option("--group", request->groups, "A dependency group of the lock")
        ->type_name("G")
        ->allow_extra_args(false);
    table.add_option("--link-mode", request->link_mode, "auto, reflink, hardlink, copy, symlink")
        ->type_name("MODE");
    table.add_flag("--inexact", request->inexact, "Keep packages that the lock does not name");
    table.add_flag("--reinstall", request->reinstall, "Install anew what is there already");
    table.add_flag("--dry-run", request->dry_run, "Only say what would be done");
    table.add_flag("--no-deps", request->no_deps, "Without what the given ones need");
    table.add_flag("--build", request->build, "Allow sdists to be built, which runs their code");
    table
        .add_option("--rewrite-urls", request->rewrite_urls,
                    "Addresses of the lock that begin with FROM begin with TO")
        ->type_name("FROM=TO")
        ->allow_extra_args(false);
    table.add_flag("--frozen", request->is_frozen, "Take a lock that is out of date, too");
    table.add_flag("--json", request->json, "Print what was done as JSON");
    table.add_option("--report", request->report, "json: the same, and where each file came from")
        ->type_name("FORMAT");
    return [request](ops::Services& services) { return ops::install(*request, services); };
}

/// "list" of `pawl python list` and the like: one of the words, or an error that names them.
Error unknown_action(std::string_view command, std::string_view words) {
    return Error{Error::Kind::usage,
                 "pawl " + std::string(command) + " needs one of: " + std::string(words)};
}

struct ActionWords {
    std::vector<std::string> words;
    bool json = false;
    bool repair = false;
};

Action build_python(CLI::App& table, const CommandLine&) {
    auto given = std::make_shared<ActionWords>();
    table.add_option("ACTION", given->words, "list, or find [REQUEST]")->expected(1, 2);
    table.add_flag("--json", given->json, "Print JSON");
    return [given](ops::Services& services) -> Result<> {
        std::string action = given->words.empty() ? "" : given->words[0];
        if (action == "list" && given->words.size() == 1) {
            return ops::list_pythons(given->json, services);
        }
        if (action == "find") {
            return ops::find_python(given->words.size() > 1 ? given->words[1] : "", services);
        }
        return fail(unknown_action("python", "list, find [REQUEST]"));
    };
}

Action build_cache(CLI::App& table, const CommandLine&) {
    auto given = std::make_shared<ActionWords>();
    table.add_option("ACTION", given->words, "dir, size, verify, prune, clean")->expected(1);
    table.add_flag("--json", given->json, "Print JSON (size)");
    table.add_flag("--repair", given->repair, "Fetch or make anew what is damaged (verify)");
    return [given](ops::Services& services) -> Result<> {
        std::string action = given->words.empty() ? "" : given->words[0];
        if (action == "dir") {
            return ops::show_cache_directory(services);
        }
        if (action == "size") {
            return ops::show_cache_size(given->json, services);
        }
        if (action == "clean") {
            return ops::clean_cache(services);
        }
        if (action == "prune") {
            return ops::prune_cache(services);
        }
        if (action == "verify") {
            return ops::verify_cache(given->repair, services);
        }
        return fail(unknown_action("cache", "dir, size, verify, prune, clean"));
    };
}

constexpr auto all_commands = std::to_array<Command>({
    {"run", "SCRIPT|URL|- [ARGS…]", "Run a script with its locked dependencies", build_run},
    {"lock", "SCRIPT… | -r FILE… | [PROJECT]", "Write the lock of a script or project", build_lock},
    {"add", "SCRIPT REQ…", "Add requirements to a script's metadata and lock", build_add},
    {"remove", "SCRIPT PROJECT…", "Remove requirements from a script's metadata and lock",
     build_remove},
    {"imports", "SCRIPT…", "Show what a script's imports need, and why", build_imports},
    {"install", "LOCK | WHEEL|SDIST|REQ… | -r FILE…", "Install exactly what a lock says",
     build_install},
    {"tree", "[SCRIPT|LOCK|PROJECT]", "Show the graph of a lock", build_tree},
    {"why", "PROJECT [SCRIPT|LOCK|PROJECT]", "Show what leads to a project in a lock", build_why},
    {"diff", "BEFORE AFTER", "Show what changed from one lock to another", build_diff},
    {"validate", "[LOCK…]", "Say what is wrong with a lock", build_validate},
    {"convert", "IN OUT", "Turn any tool's lock into any other tool's", build_convert},
    {"export", "[SCRIPT | LOCK] --format F", "Print a lock in another tool's format", build_export},
    {"merge", "BASE OURS THEIRS", "Merge two changes of one lock (a merge driver for git)",
     build_merge},
    {"python", "list | find [REQUEST]", "Show the interpreters of this machine", build_python},
    {"tool", "install | run | list | upgrade | uninstall | pin | ensure-path | audit",
     "Install applications as their authors tested them", build_group},
    {"wheel", "lock | show", "Put locks into wheels, and show them", build_group},
    {"cache", "dir | size | verify | prune | clean", "Look after pawl's cache", build_cache},
});

} // namespace

std::span<const Command> commands() {
    return all_commands;
}

const Command* find_command(std::string_view name) {
    for (std::span<const Command> list : {commands(), tool_commands(), wheel_commands()}) {
        auto found = std::ranges::find(list, name, &Command::name);
        if (found != list.end()) {
            return &*found;
        }
    }
    return nullptr;
}

void add_common_options(CLI::App& table, ops::Settings& settings) {
    auto text = [&table](const char* names, std::string& into, const char* help, const char* type) {
        table.add_option(names, into, help)->type_name(type)->group("Everywhere");
    };
    auto list = [&table](const char* names, std::vector<std::string>& into, const char* help,
                         const char* type) {
        table.add_option(names, into, help)
            ->type_name(type)
            ->allow_extra_args(false)
            ->group("Everywhere");
    };
    auto flag = [&table](const char* names, bool& into, const char* help) {
        table.add_flag(names, into, help)->group("Everywhere");
    };
    text("--index-url,-i", settings.index_url, "The package index", "URL");
    list("--extra-index-url", settings.extra_index_urls, "An index asked before it", "URL");
    list("--index", settings.indexes, "A named index, asked before it", "NAME=URL");
    flag("--no-index", settings.no_index, "Ask no index, only --find-links");
    list("--find-links,-f", settings.find_links, "A directory or page of files", "DIR|URL");
    text("--index-strategy", settings.index_strategy,
         "first-index, unsafe-first-match, unsafe-best-match", "S");
    list("--trusted-host", settings.trusted_hosts, "A host whose certificate is not checked",
         "HOST");
    list("--allow-host", settings.allowed_hosts,
         "A host that the lock of a tool may take files from", "HOST");
    text("--exclude-newer", settings.exclude_newer, "As if it were this day", "DATE|DURATION");
    if (table.get_option_no_throw("--requirements") == nullptr) {
        text("--requirements,-r", settings.requirements,
             "What scripts need that do not say it themselves: this file, or :nearest:", "FILE");
    }
    text("--python,-p", settings.python, "The Python to use", "X.Y|PATH");
    text("--prerelease", settings.prerelease, "if-necessary, allow, disallow, explicit", "MODE");
    text("--resolution", settings.resolution, "highest, lowest, lowest-direct", "MODE");
    text("--fork-strategy", settings.fork_strategy, "newest, fewest", "MODE");
    flag("--no-build", settings.no_build, "Never build an sdist");
    text("--build-timeout", settings.build_timeout, "How long a build may take (30 minutes)",
         "DURATION");
    text("--network-timeout", settings.network_timeout,
         "How long a server may be silent (30 seconds)", "DURATION");
    flag("--no-guess", settings.no_guess, "Refuse projects whose name is only guessed");
    flag("--all-imports", settings.all_imports, "Count imports inside functions, too");
    flag("--offline", settings.offline, "Use only what is in the cache");
    flag("--refresh", settings.refresh, "Ask the index again for what is in the cache");
    text("--cache-dir", settings.cache_directory, "Where pawl keeps its cache", "DIR");
    flag("--timings", settings.timings, "Show what took how long");
}

} // namespace pawl::cli
