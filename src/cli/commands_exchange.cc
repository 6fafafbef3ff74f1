#include <memory>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/builders.h"
#include "ops/ops.h"

namespace pawl::cli {

namespace {

using Request = std::shared_ptr<ops::ConvertRequest>;

void add_list(CLI::App& table, const char* names, std::vector<std::string>& into, const char* type,
              const char* help) {
    table.add_option(names, into, help)->type_name(type)->allow_extra_args(false);
}

void add_shared_options(CLI::App& table, const Request& request) {
    add_list(table, "--extra", request->extras, "E", "Of a flat format: this extra, too");
    add_list(table, "--group", request->groups, "G", "Of a flat format: this group, too");
    table.add_flag("--all-extras", request->all_extras, "Of a flat format: all extras");
    table.add_flag("--all-groups", request->all_groups, "Of a flat format: all groups");
    add_list(table, "--rewrite-urls", request->rewrite_urls, "FROM=TO",
             "Addresses that begin with FROM begin with TO");
    table.add_flag("--strict", request->is_strict, "Fail when something cannot be kept");
    table.add_flag("--frozen", request->is_frozen, "Take a lock that is out of date, too");
}

} // namespace

Action build_convert(CLI::App& table, const CommandLine&) {
    auto request = std::make_shared<ops::ConvertRequest>();
    table.add_option("IN", request->input, "A lock of any tool")->required();
    table.add_option("OUT", request->output, "The lock to write (-: stdout)")->required();
    table.add_option("--from", request->from, "Its format, where the name does not say")
        ->type_name("FORMAT");
    table.add_option("--to", request->to, "The format to write, where the name does not say")
        ->type_name("FORMAT");
    add_shared_options(table, request);
    table.add_flag("--json", request->json, "Print what could not be kept as JSON");
    return [request](ops::Services& services) { return ops::convert(*request, services); };
}

Action build_export(CLI::App& table, const CommandLine&) {
    auto request = std::make_shared<ops::ConvertRequest>();
    table.add_option("WHAT,--script", request->input,
                     "A script, a lock, a project (nothing: the one here)");
    table.add_option("--format,--to", request->to, "The format to write")->type_name("FORMAT");
    table.add_option("--output,-o", request->output, "Write to this file instead of stdout")
        ->type_name("FILE");
    add_shared_options(table, request);
    return [request](ops::Services& services) { return ops::export_lock(*request, services); };
}

Action build_merge(CLI::App& table, const CommandLine&) {
    auto request = std::make_shared<ops::MergeRequest>();
    table.add_option("BASE", request->base, "The lock before both changes")->required();
    table.add_option("OURS", request->ours, "The lock that becomes the merged one")->required();
    table.add_option("THEIRS", request->theirs, "The other lock")->required();
    table.add_option("PATH", request->path, "What it is called, for messages");
    return [request](ops::Services& services) { return ops::merge_locks(*request, services); };
}

} // namespace pawl::cli
