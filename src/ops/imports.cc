#include "ops/imports.h"

#include <algorithm>
#include <set>

#include "base/fs.h"
#include "base/text.h"
#include "ops/script_source.h"
#include "ops/script_state.h"
#include "script/inline_metadata.h"
#include "text/json.h"

namespace pawl::ops {

namespace {

using script::NeededRequirement;
using script::UncountedImport;

void print_text(const ScriptState& script, Terminal& terminal) {
    std::string text;
    for (const NeededRequirement& need : script.needs.requirements) {
        text += printable(need.origin.str()) + ": " +
                (need.module.empty() ? std::string() : printable(need.module) + " -> ") +
                printable(need.requirement.str()) + " (" + std::string(why_name(need.why)) + ")\n";
    }
    for (const UncountedImport& import : script.needs.uncounted) {
        if (import.reason == UncountedImport::Reason::standard_library) {
            continue;
        }
        text += printable(import.origin.str()) + ": " + printable(import.module) +
                " not counted (" + std::string(uncounted_reason(import.reason)) + ")\n";
    }
    terminal.out(text);
}

void add_place(text::Value& object, const script::Origin& origin, const script::Position& end) {
    object.set("file", origin.file);
    object.set("line", origin.at.line);
    object.set("column", origin.at.column);
    if (end.line != 0) {
        object.set("end_line", end.line);
        object.set("end_column", end.column);
    }
}

text::Value json_of(const NeededRequirement& need) {
    text::Value one = text::Value::object();
    one.set("module", need.module.empty() ? text::Value() : text::Value(need.module));
    one.set("project", need.requirement.name.str());
    one.set("requirement", need.requirement.str());
    one.set("why", std::string(why_name(need.why)));
    add_place(one, need.origin, need.end);
    return one;
}

text::Value json_of(const script::FoundImport& found) {
    text::Value one = text::Value::object();
    one.set("module", found.module);
    one.set("project", found.project);
    one.set("requirement", found.requirement);
    one.set("why", std::string(why_name(found.why)));
    add_place(one, found.origin, found.end);
    return one;
}

/// Every counted import, also those that share a project, so that an editor can underline each;
/// then what was asked for in so many words.
text::Value json_of_imports(const script::Needs& needs) {
    text::Value imports = text::Value::array();
    for (const script::FoundImport& found : needs.imports) {
        imports.push_back(json_of(found));
    }
    for (const NeededRequirement& need : needs.requirements) {
        if (need.module.empty()) {
            imports.push_back(json_of(need));
        }
    }
    return imports;
}

text::Value json_of(const ScriptState& script) {
    text::Value imports = json_of_imports(script.needs);
    text::Value uncounted = text::Value::array();
    for (const UncountedImport& import : script.needs.uncounted) {
        text::Value one = text::Value::object();
        one.set("module", import.module);
        one.set("reason", std::string(uncounted_reason(import.reason)));
        add_place(one, import.origin, import.end);
        uncounted.push_back(std::move(one));
    }
    text::Value document = text::Value::object();
    document.set("script", script.name);
    document.set("imports", std::move(imports));
    document.set("not_counted", std::move(uncounted));
    document.set("requires_python", script.requires_python.str());
    text::Value local = text::Value::array();
    for (const script::LocalModule& module : script.needs.local_modules) {
        local.push_back(text::Value::object({{"module", module.module}, {"path", module.path}}));
    }
    document.set("local_modules", std::move(local));
    return document;
}

/// Puts what imports and directives said into the script's metadata, each requirement once.
Result<> write_metadata(const ScriptState& script, Terminal& terminal) {
    const std::vector<std::string> requirements = needed_texts(script);
    std::string changed = TRY(script::add_dependencies(script.bytes, script.name, requirements));
    Result<std::optional<script::InlineMetadata>> metadata =
        script::read_inline_metadata(changed, script.name);
    bool says_python = metadata && *metadata && (*metadata)->requires_python;
    if (!script.needs.requires_python.empty() && !says_python) { // of a "# py:" directive
        changed =
            TRY(script::set_requires_python(changed, script.name, script.needs.requires_python));
    }
    if (changed == script.bytes) {
        terminal.note(printable(script.name) + ": unchanged");
        return {};
    }
    TRY(rewrite_script(script, changed));
    terminal.note("wrote " + std::to_string(requirements.size()) + " requirements into " +
                  printable(script.name));
    return {};
}

} // namespace

Result<> show_imports(const ImportsRequest& request, Services& services) {
    text::Value all = text::Value::array();
    for (const std::string& path : request.scripts) {
        ScriptState script = TRY(load_needs(path, services));
        if (request.write) {
            TRY(write_metadata(script, services.terminal()));
        } else if (request.json) {
            all.push_back(json_of(script));
        } else {
            print_text(script, services.terminal());
        }
    }
    if (request.json && !request.write) {
        // One script is one object; several are a list of such objects.
        const text::Value& shown = request.scripts.size() == 1 ? all.as_array()[0] : all;
        services.terminal().out(text::to_json(shown, {.indent = 2}) + "\n");
    }
    return {};
}

} // namespace pawl::ops
