#include "ops/tool_make.h"

#include <algorithm>

#include <unistd.h>

#include "base/fs.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "install/environment.h"
#include "lock/write.h"
#include "ops/tool_links.h"
#include "store/durability.h"
#include "store/environments.h"

namespace pawl::ops {

namespace {

constexpr uint64_t lock_bytes_max = uint64_t{64} << 20;

/// What the user said for this tool; what the machine says of itself may change until an upgrade.
Settings said(const Settings& settings) {
    Settings kept = settings;
    auto forget = [&](std::string_view name, auto Settings::*member) {
        if (settings.weak.contains(name)) {
            (kept.*member).clear();
        }
    };
    forget("index-url", &Settings::index_url);
    forget("extra-index-url", &Settings::extra_index_urls);
    forget("index", &Settings::indexes);
    forget("find-links", &Settings::find_links);
    forget("index-strategy", &Settings::index_strategy);
    forget("exclude-newer", &Settings::exclude_newer);
    forget("prerelease", &Settings::prerelease);
    forget("resolution", &Settings::resolution);
    forget("fork-strategy", &Settings::fork_strategy);
    return kept;
}

/// The wheel of the tool itself among all that it consists of.
Result<const store::WheelEntry*> own_wheel(const WheelSet& set, const ToolPlan& plan) {
    auto found = std::ranges::find_if(set.wheels, [&](const store::WheelEntry& wheel) {
        return wheel.manifest.name == plan.name().str();
    });
    if (found == set.wheels.end()) {
        return fail(Error::Kind::environment, plan.name().str() + " is not for this environment");
    }
    return &*found;
}

/// Commands that it has and did not have before.
ToolLinks new_links(const ToolLinks& links, const InstalledTool* before) {
    ToolLinks fresh = links;
    if (before != nullptr) {
        std::erase_if(fresh.commands, [before](const std::string& command) {
            return std::ranges::find(before->receipt.commands, command) !=
                   before->receipt.commands.end();
        });
    }
    return fresh;
}

bool is_same(const InstalledTool& before, const ToolReceipt& receipt, const std::string& lock) {
    Result<std::string> old_receipt = fs::read(fs::join(before.directory, receipt_name));
    Result<std::string> old_lock = fs::read(before.lock_path(), lock_bytes_max);
    return before.problems.empty() && old_receipt && *old_receipt == write_receipt(receipt) &&
           old_lock && *old_lock == lock;
}

/// On the disk before it counts where that costs nothing we wait for: see store/durability.h.
Result<> mark_durable(const ToolPlaces& places, const std::string& revision, Services& services) {
    store::Store& store = *TRY(services.store());
    std::optional<fs::FileStat> here = TRY(fs::stat(places.tools));
    std::optional<fs::FileStat> cache = TRY(fs::stat(store.directory()));
    if (!here || !cache || here->device != cache->device) {
        fs::Fd directory = TRY(fs::open_directory(places.tools));
        static_cast<void>(::syncfs(directory.get()));
    }
    return store::mark_published(revision);
}

/// All that a revision holds, where nobody sees it yet.
struct Content {
    const WheelSet* set = nullptr;
    const ToolReceipt* receipt = nullptr;
    const std::string* lock = nullptr;
};
Result<> fill(const std::string& revision, const Content& content, const ToolPlan& plan,
              Terminal& terminal) {
    std::string environment = fs::join(revision, tool_environment_name);
    TRY(fs::make_directories(environment));
    for (const std::string& warning :
         TRY(install::make_own_environment(environment, plan.interpreter, content.set->items))) {
        terminal.warn(warning);
    }
    TRY(fs::write_new(fs::join(revision, tool_lock_name), *content.lock));
    return fs::write_new(fs::join(revision, receipt_name), write_receipt(*content.receipt));
}

Result<> put_in_place(const ToolPlan& plan, const Content& content, const ToolMaking& making,
                      Services& services) {
    const ToolPlaces& places = *making.places;
    fs::TemporaryDirectory revision = TRY(begin_revision(places, plan.name().str()));
    TRY(fill(revision.path(), content, plan, services.terminal()));
    TRY(mark_durable(places, revision.path(), services));
    std::vector<std::string> entries = {revision.path()};
    TRY(publish_revision(places, plan.name().str(), std::move(revision)));
    store::settle_later(*TRY(services.store()), entries);
    return {};
}

} // namespace

ToolReceipt receipt_of(const ToolRequest& request, const ToolPlan& plan) {
    ToolReceipt receipt{.source = plan.source.text,
                        .with = request.with,
                        .lock_name = request.lock.name,
                        .no_lock = request.lock.no_lock,
                        .locked = request.lock.locked,
                        .build = request.build,
                        .python = request.settings.python,
                        .allowed_hosts = request.allowed_hosts,
                        .settings = said(request.settings),
                        .name = plan.name().str(),
                        .version = plan.version};
    if (plan.wheel) {
        receipt.wheel_sha256 = plan.wheel->entry.sha256;
    }
    if (plan.carried) {
        receipt.lock_place = wheel::lock_place_name(plan.carried->member.place);
        receipt.lock_path = plan.carried->member.path;
    }
    return receipt;
}

Result<std::optional<InstalledTool>> make_tool(ToolPlan& plan, ToolReceipt receipt,
                                               const ToolMaking& making, Services& services) {
    const std::string name = plan.name().str();
    store::UseLease use = TRY(store::UseLease::acquire(*TRY(services.store())));
    WheelSet set = TRY(wheels_of(plan.lock, plan.request(), services));
    ToolLinks links = TRY(links_of(*TRY(own_wheel(set, plan))));
    if (links.commands.empty()) {
        return fail(Error::Kind::usage,
                    name + " has no commands: it is a library, not an application");
    }
    TRY(check_links(*making.places, name, new_links(links, making.before), making.force));
    receipt.version = (*TRY(own_wheel(set, plan))).manifest.version;
    receipt.interpreter = plan.interpreter.base_executable;
    receipt.interpreter_version = plan.interpreter.version.str();
    receipt.packages = static_cast<int64_t>(set.items.size());
    receipt.commands = links.commands;
    receipt.shared = links.shared;
    std::string lock = lock::write(plan.lock);
    if (making.before != nullptr && !making.reinstall && is_same(*making.before, receipt, lock)) {
        TRY(set_links(*making.places, name, links, making.force));
        return std::optional<InstalledTool>();
    }
    Timings::Scope scope(services.timings(), "tool");
    Result<> made =
        put_in_place(plan, {.set = &set, .receipt = &receipt, .lock = &lock}, making, services);
    if (!made) {
        forget_failed(*making.places, name);
        return fail(std::move(made.error()));
    }
    TRY(set_links(*making.places, name, links, making.force));
    return find_tool(*making.places, name);
}

std::string described(const InstalledTool& tool) {
    const ToolReceipt& receipt = tool.receipt;
    return receipt.name + " " + printable(receipt.version) + " (" +
           (receipt.is_locked() ? "locked by its " + receipt.lock_place : "no lock") + ", " +
           std::to_string(receipt.packages) + (receipt.packages == 1 ? " package" : " packages") +
           ", Python " + printable(receipt.interpreter_version) +
           "): " + printable(join_words(receipt.commands));
}

bool is_on_path(const ToolPlaces& places) {
    std::string path = environment_variable("PATH").value_or("");
    std::vector<std::string_view> parts = split(path, ':');
    return std::ranges::any_of(parts, [&places](std::string_view part) {
        return !part.empty() && fs::normalize(part) == places.programs;
    });
}

void warn_of_path(const ToolPlaces& places, Terminal& terminal) {
    if (!is_on_path(places)) {
        terminal.warn(printable(places.programs) +
                      " is not on your PATH: pawl tool ensure-path puts it there");
    }
}

} // namespace pawl::ops
