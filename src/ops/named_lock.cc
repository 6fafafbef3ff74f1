#include "ops/named_lock.h"

#include "base/fs.h"
#include "base/text.h"
#include "exchange/exchange.h"
#include "ops/lock_document.h"
#include "script/lock_block.h"
#include "script/place.h"

namespace pawl::ops {

namespace {

constexpr uint64_t lock_bytes_max = uint64_t{256} << 20;

/// Whether the text is a lock and no script, should the name not say so.
bool looks_like_lock(std::string_view text) {
    constexpr std::string_view key = "lock-version";
    return text.starts_with(key) || text.find("\nlock-version") != std::string_view::npos;
}

/// A file beside what the user named, in the user's words.
std::string beside(std::string_view what, std::string_view file) {
    const std::string_view folder = fs::parent(what);
    return folder == "." ? std::string(file) : fs::join(folder, file);
}

/// Locks of variants: files of the directory whose names begin so.
std::vector<std::string> named_locks(std::string_view directory, std::string_view begin) {
    std::vector<std::string> names;
    for (const fs::DirectoryEntry& entry :
         fs::list(directory).value_or(std::vector<fs::DirectoryEntry>())) {
        if (entry.name.starts_with(begin) && lock::is_lock_file_name(entry.name)) {
            names.push_back(printable(entry.name));
        }
    }
    return names;
}

Error no_lock(std::string_view what, std::string_view command,
              const std::vector<std::string>& variants) {
    Error error{Error::Kind::check_failed, printable(what) + " has no lock"};
    return std::move(error).hint(
        variants.empty() ? "make one with: pawl lock" + std::string(command)
                         : "there are locks of variants; name one: " + join_words(variants));
}

Result<NamedLock> lock_of_project(std::string_view what, std::string_view directory) {
    const std::string path = fs::join(directory, "pylock.toml");
    if (!fs::exists(path)) {
        return fail(no_lock(what.empty() ? "the project here" : what,
                            what.empty() ? "" : " " + printable(what),
                            named_locks(directory, "pylock.")));
    }
    NamedLock named{.name = fs::base_name(what) == "pyproject.toml" ? beside(what, "pylock.toml")
                            : what.empty() || what == "."           ? "pylock.toml"
                                                                    : fs::join(what, "pylock.toml"),
                    .directory = std::string(directory),
                    .file_name = "pylock.toml",
                    .text = {}};
    named.text = TRY(fs::read(path, lock_bytes_max));
    return named;
}

Result<NamedLock> lock_of_script(std::string_view what, std::string_view path,
                                 std::string_view text) {
    const std::string real = TRY(fs::real_path(path));
    script::LockPlace place = TRY_IN(printable(what), script::find_lock(real, text));
    if (place.kind == script::LockPlace::Kind::none) {
        const std::string own(fs::base_name(script::lock_path_beside(real)));
        const std::string begin =
            "pylock." + std::string(lock::lock_name_of(own).value_or("")) + "-";
        return fail(no_lock(what, " " + printable(what), named_locks(fs::parent(real), begin)));
    }
    NamedLock named{.name = place.path, .directory = {}, .file_name = {}, .text = {}};
    named.directory = fs::parent(place.path);
    if (named.directory == fs::parent(path)) {
        named.name = beside(what, fs::base_name(place.path)); // no link led elsewhere
    }
    if (place.kind == script::LockPlace::Kind::embedded) {
        named.name = std::string(what) + " (embedded lock)";
        named.text = script::lock_block_content(text, *place.block);
        return named;
    }
    named.file_name = fs::base_name(place.path);
    named.text = TRY(fs::read(place.path, lock_bytes_max));
    return named;
}

/// Another tool's format; nothing for a pylock, and for what nothing is known of: then the
/// standard's reader says what is wrong with it.
std::optional<exchange::Format> foreign_format(const NamedLock& named) {
    std::optional<exchange::Format> format = exchange::format_of_name(named.file_name);
    if (!format) {
        format = exchange::format_of_content(named.text);
    }
    bool is_pylock = !format || *format == exchange::Format::pylock;
    return is_pylock || !exchange::info(*format).can_read ? std::nullopt : format;
}

/// With PEP 751's marker of whom it is for.
std::string text_of(const exchange::Root& root) {
    using Kind = exchange::Selector::Kind;
    pep::Requirement requirement = root.requirement;
    if (root.selector.kind != Kind::main) {
        pep::Marker asked = pep::Marker::of(pep::Marker::Comparison{
            .variable = root.selector.kind == Kind::extra ? pep::MarkerVariable::extras
                                                          : pep::MarkerVariable::dependency_groups,
            .op = pep::Marker::Operator::in,
            .literal = root.selector.name,
            .reversed = true});
        requirement.marker = requirement.marker
                                 ? pep::Marker::of(pep::Marker::Kind::all_of,
                                                   {*requirement.marker, std::move(asked)})
                                 : std::move(asked);
    }
    return requirement.str();
}

Result<ReadLock> read_lock_of(const exchange::Document& document) {
    ReadLock result{.lock = exchange::pylock_of(document), .record = {}};
    result.record = TRY(read_record(result.lock));
    if (!document.projects.empty()) {
        for (const exchange::Root& root : document.projects.front().roots) {
            result.record.requirements.push_back(text_of(root));
        }
    }
    return result;
}

} // namespace

Result<NamedLock> find_named_lock(std::string_view what) {
    if (what.empty()) {
        return lock_of_project(what, TRY(fs::current_directory()));
    }
    if (what == "-") {
        NamedLock named{.name = "standard input", .directory = {}, .file_name = {}, .text = {}};
        named.directory = TRY(fs::current_directory());
        named.text = TRY_IN("standard input", fs::read("/dev/stdin", lock_bytes_max));
        return named;
    }
    const std::string path = TRY(fs::absolute(what));
    if (fs::is_directory(path)) {
        return lock_of_project(what, path);
    }
    if (fs::base_name(path) == "pyproject.toml") {
        return lock_of_project(what, fs::parent(path));
    }
    if (!fs::exists(path)) {
        return fail(Error::Kind::usage, "there is no " + printable(what));
    }
    std::string text = TRY(fs::read(path, lock_bytes_max));
    const bool is_lock = what.ends_with(".toml") || what.ends_with(".lock") ||
                         exchange::format_of_name(fs::base_name(path));
    if (!is_lock && !looks_like_lock(text)) {
        return lock_of_script(what, path, text);
    }
    return NamedLock{.name = std::string(what),
                     .directory = std::string(fs::parent(path)),
                     .file_name = std::string(fs::base_name(path)),
                     .text = std::move(text)};
}

bool is_foreign(const NamedLock& named) {
    return foreign_format(named).has_value();
}

Result<ReadLock> read_named_lock(const NamedLock& named) {
    const std::string place = printable(named.name);
    if (auto format = foreign_format(named)) {
        exchange::Context context = TRY(context_of(fs::join(named.directory, named.file_name)));
        context.file = named.name;
        return read_lock_of(TRY(exchange::read(named.text, *format, context)));
    }
    lock::ReadResult read = TRY_IN(place, lock::read(named.text, lock::Rules::standard));
    ReadLock result{.lock = std::move(read.lock), .record = {}};
    result.record = TRY_IN(place, read_record(result.lock));
    return result;
}

Result<std::vector<pep::Requirement>> requirements_of(std::span<const std::string> texts) {
    std::vector<pep::Requirement> list;
    for (const std::string& text : texts) {
        list.push_back(TRY_IN("[tool.pawl] of the lock", pep::Requirement::parse(text)));
    }
    return list;
}

} // namespace pawl::ops
