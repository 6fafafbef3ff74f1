#include "ops/tool_state.h"

#include <algorithm>

#include <unistd.h>

#include "base/text.h"
#include "pep/name.h"

namespace pawl::ops {

namespace {

constexpr int lock_wait_ms = 60'000;
constexpr uint64_t receipt_bytes_max = uint64_t{1} << 20;
constexpr std::string_view revision_prefix = "r-";
constexpr std::string_view link_prefix = ".new-"; ///< of what becomes `current` by a rename

/// What this file makes beside `current`, and removes again; nothing else is touched.
bool is_ours(std::string_view name) {
    return name.starts_with(revision_prefix) || name.starts_with(link_prefix);
}

/// The revision that `current` leads to, "" when there is none.
std::string current_revision(const std::string& directory) {
    Result<std::string> target = fs::read_link(fs::join(directory, current_name));
    return target ? std::string(fs::base_name(*target)) : "";
}

void look_for_problems(InstalledTool& tool) {
    const ToolReceipt& receipt = tool.receipt;
    if (!receipt.interpreter.empty() && !fs::exists(receipt.interpreter)) {
        tool.problems.push_back("its Python " + printable(receipt.interpreter) + " is gone");
    }
    for (const std::string& command : receipt.commands) {
        if (!fs::exists(tool.program(command))) {
            tool.problems.push_back("its program " + printable(command) + " is gone");
        }
    }
}

} // namespace

std::string InstalledTool::environment() const {
    return fs::join(directory, tool_environment_name);
}

std::string InstalledTool::program(std::string_view command) const {
    return environment() + "/bin/" + std::string(command);
}

std::string InstalledTool::lock_path() const {
    return fs::join(directory, tool_lock_name);
}

Result<fs::FileLock> lock_tools(const ToolPlaces& places) {
    TRY(fs::make_directories(places.tools, 0700));
    Result<fs::FileLock> lock = fs::FileLock::acquire(fs::join(places.tools, ".lock"),
                                                      fs::FileLock::Mode::exclusive, lock_wait_ms);
    if (!lock && lock.error().kind == Error::Kind::busy) {
        return fail(std::move(lock.error()).hint("another pawl is changing tools; try again"));
    }
    return lock;
}

Result<std::optional<InstalledTool>> find_tool(const ToolPlaces& places, std::string_view name) {
    InstalledTool tool{.name = std::string(name), .directory = {}, .receipt = {}, .problems = {}};
    std::string directory = places.directory_of(name);
    tool.directory = fs::join(directory, current_name);
    if (!TRY(fs::lstat(tool.directory))) {
        return std::optional<InstalledTool>();
    }
    std::string path = fs::join(tool.directory, receipt_name);
    Result<std::string> text = fs::read(path, receipt_bytes_max);
    Result<ToolReceipt> receipt =
        text ? read_receipt(std::move(*text)) : fail(std::move(text.error()));
    if (receipt && receipt->name == name) {
        tool.receipt = std::move(*receipt);
        look_for_problems(tool);
    } else {
        tool.problems.push_back(printable(path) + " cannot be read: " +
                                (receipt ? "it is another tool's" : receipt.error().message));
    }
    return std::optional(std::move(tool));
}

Result<std::vector<InstalledTool>> list_tools(const ToolPlaces& places) {
    std::vector<InstalledTool> tools;
    if (!fs::is_directory(places.tools)) {
        return tools;
    }
    for (const fs::DirectoryEntry& entry : TRY(fs::list(places.tools))) {
        bool is_tool =
            entry.type == fs::FileStat::Type::directory && pep::is_normal_name(entry.name);
        std::optional<InstalledTool> tool;
        if (is_tool) {
            tool = TRY(find_tool(places, entry.name));
        }
        if (tool) {
            tools.push_back(std::move(*tool));
        }
    }
    return tools;
}

Result<InstalledTool> require_tool(const ToolPlaces& places, std::string_view name) {
    std::string normal = pep::normalize_name(name);
    std::optional<InstalledTool> tool;
    if (pep::is_normal_name(normal)) {
        tool = TRY(find_tool(places, normal));
    }
    if (tool) {
        return std::move(*tool);
    }
    return fail(Error{Error::Kind::usage, "there is no tool " + printable(name)}.hint(
        "pawl tool list shows those that are installed"));
}

Result<fs::TemporaryDirectory> begin_revision(const ToolPlaces& places, std::string_view name) {
    std::string directory = places.directory_of(name);
    std::optional<fs::FileStat> found = TRY(fs::lstat(directory));
    if (found && found->type == fs::FileStat::Type::symlink) {
        return fail(Error::Kind::refused,
                    printable(directory) + " is a symbolic link, which is not followed");
    }
    TRY(fs::make_directories(directory, 0700));
    return fs::TemporaryDirectory::create(directory, revision_prefix);
}

Result<> publish_revision(const ToolPlaces& places, std::string_view name,
                          fs::TemporaryDirectory revision) {
    std::string directory = places.directory_of(name);
    std::string before = current_revision(directory);
    std::string now(fs::base_name(revision.path()));
    std::string aside = fs::join(directory, std::string(link_prefix) + fs::random_name());
    TRY(fs::symlink(now, aside));
    Result<> renamed = fs::rename(aside, fs::join(directory, current_name));
    if (!renamed) {
        static_cast<void>(fs::remove_file(aside));
        return renamed;
    }
    revision.release();
    // What cannot be removed now is removed by the next change.
    for (const fs::DirectoryEntry& entry : TRY(fs::list(directory))) {
        if (entry.name != now && entry.name != before && is_ours(entry.name)) {
            static_cast<void>(fs::remove_tree(fs::join(directory, entry.name)));
        }
    }
    return {};
}

void forget_failed(const ToolPlaces& places, std::string_view name) {
    std::string directory = places.directory_of(name);
    Result<std::optional<fs::FileStat>> current = fs::lstat(fs::join(directory, current_name));
    Result<std::vector<fs::DirectoryEntry>> left = fs::list(directory);
    if (!current || *current || !left) {
        return;
    }
    for (const fs::DirectoryEntry& entry : *left) {
        if (is_ours(entry.name)) {
            static_cast<void>(fs::remove_tree(fs::join(directory, entry.name)));
        }
    }
    ::rmdir(directory.c_str()); // unless something is in it that is not ours
}

Result<> remove_revisions(const ToolPlaces& places, std::string_view name) {
    // First the link, so that half a removal is no tool.
    TRY(fs::remove_file(fs::join(places.directory_of(name), current_name)));
    return fs::remove_tree(places.directory_of(name));
}

} // namespace pawl::ops
