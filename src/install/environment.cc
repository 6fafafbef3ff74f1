// Making an environment.
//
// The digest is over what decides its content: the hashes of the files that the lock selects, how
// each is recorded, and the interpreter. The directory is built under tmp/ in the store and gets
// its name by one rename (store::publish_environment), so whoever finds the name finds all of it;
// two makers of one environment both build, one wins, and the other takes the winner's. Programs
// in bin/ name the interpreter by the final path, which is known before.

#include "install/environment.h"

#include <algorithm>

#include "base/check.h"
#include "base/fs.h"
#include "base/sha256.h"
#include "base/text.h"
#include "install/dist_info.h"
#include "install/plan.h"
#include "install/tree.h"

namespace pawl::install {

namespace {

/// Changes when the layout does, so that an older pawl's environments are not taken for ours.
constexpr std::string_view layout_version = "pawl environment 2";
constexpr size_t digest_digits = 40;

/// Lower-case base 32 (0-9, a-v): 200 bits of the hash in 40 characters, for first lines are short.
std::string to_base32(std::span<const unsigned char> bytes) {
    constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuv";
    std::string text;
    uint32_t pending = 0, bits = 0;
    for (unsigned char byte : bytes) {
        pending = (pending << 8) | byte;
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            text += digits[(pending >> bits) & 31];
        }
    }
    return text;
}

/// Parts cannot run into each other: each has its length in front.
void add_part(Sha256& hash, std::string_view text) {
    hash.update(std::to_string(text.size()) + ":");
    hash.update(text);
}

std::string pyvenv_text(const python::Interpreter& interpreter) {
    return "home = " + std::string(fs::parent(interpreter.base_executable)) +
           "\ninclude-system-site-packages = false\nversion = " + interpreter.version.str() +
           "\nexecutable = " + interpreter.base_executable + "\npawl = " PAWL_VERSION "\n";
}

/// The directories, links and texts that every environment has.
std::vector<Action> frame_of(const python::Interpreter& interpreter) {
    const python::Scheme& scheme = interpreter.scheme;
    std::vector<Action> frame;
    for (const std::string& directory : {scheme.purelib, scheme.platlib, scheme.scripts}) {
        frame.push_back(Action{.path = directory});
    }
    std::string minor = std::to_string(interpreter.major) + "." + std::to_string(interpreter.minor);
    std::vector<std::string> links{"python", "python" + std::to_string(interpreter.major),
                                   "python" + minor};
    if (interpreter.implementation == "pypy") {
        // PyPy looks for its library from the name that it was started by.
        links.emplace_back("pypy");
        links.push_back("pypy" + std::to_string(interpreter.major));
    }
    for (const std::string& name : links) {
        frame.push_back(
            Action{.kind = Action::Kind::symlink,
                   .path = scheme.scripts + "/" + name,
                   .source = &name == links.data() ? interpreter.base_executable : "python"});
    }
    frame.push_back(Action{
        .kind = Action::Kind::text, .path = "pyvenv.cfg", .source = pyvenv_text(interpreter)});
    return frame;
}

/// What `pawl cache verify` asks about afterwards.
void list_contents(std::span<const Action> actions, store::EnvironmentContents& contents) {
    for (const Action& action : actions) {
        bool is_entry = action.kind != Action::Kind::directory &&
                        fs::base_name(fs::parent(action.path)) != "__pycache__";
        contents.entries += is_entry ? 1U : 0U;
        if (action.kind == Action::Kind::text) {
            contents.own_files.push_back({action.path, Sha256::hex_of(action.source)});
        }
    }
}

Result<> check_interpreter(const python::Interpreter& interpreter) {
    if (interpreter.base_executable.find_first_of("\n\r") != std::string::npos) {
        return fail(Error::Kind::environment, "the interpreter's path holds a line end: " +
                                                  printable(interpreter.base_executable));
    }
    if (!fs::exists(interpreter.base_executable)) {
        return fail(Error{Error::Kind::environment,
                          "the interpreter " + printable(interpreter.base_executable) + " is gone"}
                        .hint("choose another one with --python (pawl python list shows them)"));
    }
    return {};
}

Environment to_environment(store::EnvironmentEntry entry, const python::Interpreter& interpreter,
                           bool is_new) {
    std::string executable = entry.directory + "/" + interpreter.scheme.scripts + "/python";
    return Environment{.digest = std::move(entry.digest),
                       .path = std::move(entry.directory),
                       .executable = std::move(executable),
                       .lease = std::move(entry.lease),
                       .is_new = is_new};
}

std::vector<std::string> warnings_of(std::span<const Item> items) {
    std::vector<std::string> warnings;
    for (const Item& item : items) {
        const store::WheelManifest& wheel = item.wheel->manifest;
        for (const std::string& warning : wheel.warnings) {
            warnings.push_back(printable(wheel.name) + ": " + printable(warning));
        }
    }
    return warnings;
}

/// In order of project, so that the same items give the same tree whatever their order.
std::vector<Item> sorted_items(std::span<const Item> items) {
    std::vector<Item> sorted(items.begin(), items.end());
    std::ranges::stable_sort(sorted, [](const Item& a, const Item& b) {
        return a.wheel->manifest.name < b.wheel->manifest.name;
    });
    return sorted;
}

} // namespace

std::string environment_digest(const python::Interpreter& interpreter,
                               std::span<const Item> items) {
    std::vector<std::string> lines;
    for (const Item& item : items) {
        lines.push_back(item.sha256 + (item.requested ? " requested " : " ") + item.direct_url);
    }
    std::ranges::sort(lines);
    Sha256 hash;
    add_part(hash, layout_version);
    add_part(hash, interpreter.identity());
    for (const std::string& line : lines) {
        add_part(hash, line);
    }
    return to_base32(hash.finish()).substr(0, digest_digits);
}

Result<std::optional<Environment>> find_environment(const store::Store& store,
                                                    const python::Interpreter& interpreter,
                                                    std::span<const Item> items) {
    std::string digest = environment_digest(interpreter, items);
    std::optional<store::EnvironmentEntry> entry = TRY(store::find_environment(store, digest));
    if (!entry || !fs::exists(interpreter.base_executable)) {
        return std::optional<Environment>();
    }
    return std::optional(to_environment(std::move(*entry), interpreter, false));
}

Result<Environment> make_environment(const store::Store& store,
                                     const python::Interpreter& interpreter,
                                     std::span<const Item> items, const std::string& sibling) {
    TRY(check_interpreter(interpreter));
    std::string digest = environment_digest(interpreter, items);
    if (std::optional<store::EnvironmentEntry> entry =
            TRY(store::find_environment(store, digest))) {
        return to_environment(std::move(*entry), interpreter, false);
    }
    std::vector<Item> sorted = sorted_items(items);
    std::string path = TRY(store::environment_path(store, digest));
    const std::string scripts = interpreter.scheme.scripts;
    PlanOptions options{.places = Places::of_environment(interpreter.scheme),
                        .executable = path + "/" + scripts + "/python",
                        .link_directories = true,
                        .cache_tag = interpreter.cache_tag,
                        .reserved = {"pyvenv.cfg", ".pawl-wheels", ".pawl-state"}};
    Plan plan = TRY(make_plan(sorted, options));
    store::EnvironmentContents contents;
    for (uint32_t i = 0; i < sorted.size(); ++i) {
        std::vector<Action> texts = dist_info_texts(i, sorted, plan, options.places);
        std::ranges::move(texts, std::back_inserter(plan.actions));
        contents.wheels.push_back(sorted[i].wheel->sha256);
    }
    store::Staging staging = TRY(store.begin());
    Linker linker(LinkMode::hardlink);
    const std::vector<Action> frame = frame_of(interpreter);
    for (std::span<const Action> actions :
         {std::span(frame), std::span<const Action>(plan.actions)}) {
        list_contents(actions, contents);
        TRY(make_tree(staging.path(), actions, linker, {.threads_max = 0, .sibling = sibling}));
    }
    Environment environment =
        to_environment(TRY(store::publish_environment(store, std::move(staging), digest, contents)),
                       interpreter, true);
    environment.warnings = warnings_of(sorted);
    std::ranges::move(plan.warnings, std::back_inserter(environment.warnings));
    return environment;
}

Result<std::vector<std::string>> make_own_environment(const std::string& directory,
                                                      const python::Interpreter& interpreter,
                                                      std::span<const Item> items) {
    TRY(check_interpreter(interpreter));
    std::vector<Item> sorted = sorted_items(items);
    PlanOptions options{.places = Places::of_environment(interpreter.scheme),
                        .executable = directory + "/" + interpreter.scheme.scripts + "/python",
                        .reserved = {"pyvenv.cfg"}};
    Plan plan = TRY(make_plan(sorted, options));
    for (uint32_t i = 0; i < sorted.size(); ++i) {
        std::vector<Action> texts = dist_info_files(i, sorted, plan, options.places);
        std::ranges::move(texts, std::back_inserter(plan.actions));
    }
    Linker linker(LinkMode::automatic);
    TRY(make_tree(directory, frame_of(interpreter), linker));
    TRY(make_tree(directory, plan.actions, linker));
    std::vector<std::string> warnings = warnings_of(sorted);
    std::ranges::move(plan.warnings, std::back_inserter(warnings));
    return warnings;
}

} // namespace pawl::install
