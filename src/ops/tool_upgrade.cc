#include "ops/tool_upgrade.h"

#include <algorithm>

#include "base/fs.h"
#include "base/text.h"
#include "lock/read.h"
#include "ops/tool_make.h"

namespace pawl::ops {

namespace {

constexpr uint64_t lock_bytes_max = uint64_t{64} << 20;

/// As the tool was asked for, under what the user says now.
ToolRequest request_of(const ToolReceipt& receipt, const Settings& now) {
    ToolRequest request{
        .source = receipt.source,
        .with = receipt.with,
        .lock = {.name = receipt.lock_name, .no_lock = receipt.no_lock, .locked = receipt.locked},
        .build = receipt.build,
        .allowed_hosts = {},
        .settings = now};
    for (const std::string& host : receipt.allowed_hosts) {
        // As somebody wrote it, before that was looked at. What is no host allows none.
        if (Result<std::string> plain = plain_host(host)) {
            request.allowed_hosts.push_back(std::move(*plain));
        }
    }
    const Settings& then = receipt.settings;
    for (auto member : {&Settings::index_url, &Settings::index_strategy, &Settings::exclude_newer,
                        &Settings::prerelease, &Settings::resolution, &Settings::fork_strategy}) {
        set_from_table(request.settings, member, then.*member);
    }
    for (auto member : {&Settings::extra_index_urls, &Settings::indexes, &Settings::find_links}) {
        set_from_table(request.settings, member, then.*member);
    }
    request.settings.no_index = now.no_index || then.no_index;
    return request;
}

/// Which Pythons to try: the one that it has as long as that is there, then what was asked for. Who
/// asked for one that is gone gets its like when the tool is made anew.
std::vector<std::string> pythons_for(const ToolReceipt& receipt, bool reinstall) {
    std::vector<std::string> pythons;
    if (fs::exists(receipt.interpreter)) {
        pythons.push_back(receipt.interpreter);
    }
    bool is_path = receipt.python.find('/') != std::string::npos;
    bool was_asked = !receipt.python.empty() && (!is_path || fs::exists(receipt.python));
    if (was_asked) {
        pythons.push_back(receipt.python);
    }
    if (receipt.python.empty() || reinstall) {
        std::vector<std::string_view> parts = split(receipt.interpreter_version, '.');
        if (parts.size() > 1) {
            pythons.push_back(std::string(parts[0]) + "." + std::string(parts[1]));
        }
        pythons.emplace_back();
    }
    if (pythons.empty()) {
        pythons.push_back(receipt.python);
    }
    return pythons;
}

Result<ToolPlan> plan_with_its_python(ToolRequest& request, const ToolReceipt& receipt,
                                      bool reinstall, Services& services) {
    if (!request.settings.python.empty()) {
        return plan_tool(request, services);
    }
    std::optional<Error> last;
    for (const std::string& python : pythons_for(receipt, reinstall)) {
        request.settings.python = python;
        Result<ToolPlan> plan = plan_tool(request, services);
        if (plan || plan.error().kind != Error::Kind::environment) {
            return plan;
        }
        last = std::move(plan.error());
    }
    return fail(std::move(*last));
}

/// Exactly what it is now, from its own lock: for one that is broken while nothing newer can be
/// looked for.
Result<ToolPlan> plan_as_it_is(const InstalledTool& tool, ToolRequest& request,
                               Services& services) {
    std::string text = TRY(fs::read(tool.lock_path(), lock_bytes_max));
    lock::ReadResult read = TRY_IN(printable(tool.lock_path()), lock::read(std::move(text)));
    ToolSource source = TRY(parse_tool_source(tool.receipt.source));
    pep::Specifiers pythons = read.lock.requires_python.value_or(pep::Specifiers());
    python::Interpreter interpreter = TRY(python::find(
        TRY(python::Request::parse(request.settings.python)), pythons, services.surroundings()));
    ToolPlan plan{.source = std::move(source), .interpreter = std::move(interpreter)};
    plan.version = tool.receipt.version;
    for (const pep::Name& extra : plan.source.requirement.extras) {
        if (request.with.empty() && tool.receipt.is_locked()) {
            plan.environment.wanted.extras.insert(extra.str());
        }
    }
    plan.lock = std::move(read.lock);
    plan.environment.settings = request.settings;
    plan.environment.lock_directory = "/";
    plan.environment.requested.insert(plan.name().str());
    return plan;
}

ToolReceipt receipt_of(const ToolReceipt& before, const ToolRequest& request,
                       const ToolPlan& plan) {
    ToolReceipt receipt = receipt_of(request, plan);
    receipt.source = before.source;
    receipt.pinned = before.pinned;
    receipt.python = before.python;
    receipt.settings = before.settings;
    return receipt;
}

bool may_be_remade(const Error& error) {
    using enum Error::Kind;
    return error.kind == network || error.kind == input || error.kind == no_solution ||
           error.kind == usage; // a --find-links of then that is no longer there
}

/// "newest" within what was asked for, which may hold it back.
std::string newest_of(const ToolReceipt& receipt) {
    Result<ToolSource> source = parse_tool_source(receipt.source);
    bool is_bound = source && !source->requirement.specifiers.clauses().empty();
    return is_bound ? "is the newest that " + printable(receipt.source) + " allows"
                    : "is the newest already";
}

/// A pinned tool is made anew in its own version.
void pin_source(const InstalledTool& tool, ToolRequest& request) {
    Result<ToolSource> source = parse_tool_source(request.source);
    if (source && source->kind == ToolSource::Kind::index) {
        pep::Requirement requirement = source->requirement;
        requirement.specifiers =
            pep::Specifiers::parse("==" + tool.receipt.version).value_or(pep::Specifiers());
        request.source = requirement.str();
    }
}

class Upgrade {
  public:
    Upgrade(const ToolPlaces& places, bool reinstall, Services& services)
        : places_(places), reinstall_(reinstall), services_(services) {}

    Result<> run(const InstalledTool& tool) {
        if (tool.receipt.name.empty()) {
            return fail(Error{Error::Kind::input, tool.name + ": " + tool.problems.at(0)}.hint(
                "pawl tool uninstall " + tool.name + ", then install it again"));
        }
        Terminal& terminal = services_.terminal();
        std::string before = tool.name + " " + printable(tool.receipt.version);
        if (tool.receipt.pinned && !reinstall_) {
            terminal.note(before + ": pinned, left alone");
            return {};
        }
        ToolRequest request = request_of(tool.receipt, services_.settings());
        if (tool.receipt.pinned) {
            pin_source(tool, request);
        }
        ToolPlan plan = TRY_IN(tool.name, find_plan(tool, request));
        ToolMaking making{.places = &places_, .before = &tool, .reinstall = reinstall_};
        std::optional<InstalledTool> made =
            TRY_IN(tool.name, make_tool(plan, receipt_, making, services_));
        if (!made) {
            terminal.note(before + ": " + newest_of(tool.receipt));
            return {};
        }
        bool is_newer = made->receipt.version != tool.receipt.version;
        terminal.note((is_newer ? "upgraded " + before + " to " : "made anew: ") +
                      described(*made));
        return {};
    }

  private:
    Result<ToolPlan> find_plan(const InstalledTool& tool, ToolRequest& request) {
        Result<ToolPlan> plan = plan_with_its_python(request, tool.receipt, reinstall_, services_);
        if (plan) {
            receipt_ = receipt_of(tool.receipt, request, *plan);
            return plan;
        }
        if (!reinstall_ || !may_be_remade(plan.error())) {
            return plan;
        }
        services_.terminal().warn(tool.name + " is made as it was, for nothing newer can be " +
                                  "looked for: " + plan.error().message);
        receipt_ = tool.receipt;
        return plan_as_it_is(tool, request, services_);
    }

    const ToolPlaces& places_;
    bool reinstall_;
    Services& services_;
    ToolReceipt receipt_; // of the plan
};

Result<std::vector<InstalledTool>> wanted_tools(const ToolUpgradeRequest& request,
                                                const ToolPlaces& places) {
    if (request.all == !request.names.empty()) {
        return fail(Error::Kind::usage, "name the tools to upgrade, or say --all");
    }
    if (request.all) {
        return list_tools(places);
    }
    std::vector<InstalledTool> tools;
    for (const std::string& text : request.names) {
        tools.push_back(TRY(require_tool(places, text)));
    }
    return tools;
}

} // namespace

Result<> upgrade_tools(const ToolUpgradeRequest& request, Services& services) {
    ToolPlaces places = TRY(tool_places());
    fs::FileLock lock = TRY(lock_tools(places));
    Upgrade upgrade(places, request.reinstall, services);
    std::optional<Error> first;
    for (const InstalledTool& tool : TRY(wanted_tools(request, places))) {
        Result<> done = upgrade.run(tool);
        if (done) {
            continue;
        }
        if (first) {
            services.terminal().error(*first);
        }
        first = std::move(done.error());
    }
    return first ? fail(std::move(*first)) : Result<>();
}

} // namespace pawl::ops
