#include "ops/tool_audit.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/fs.h"
#include "base/text.h"
#include "lock/read.h"
#include "ops/tool_state.h"
#include "ops/tool_yanked.h"
#include "ops/vulnerabilities.h"
#include "text/json.h"

namespace pawl::ops {

namespace {

constexpr uint64_t file_bytes_max = uint64_t{1} << 30;
constexpr uint64_t answer_bytes_max = uint64_t{64} << 20;
constexpr uint64_t lock_bytes_max = uint64_t{64} << 20;

struct Finding {
    pep::Name project = pep::Name::of("x");
    std::string version;
    bool is_yanked = false;
    std::string reason; ///< of a yanked one
    Vulnerability vulnerability;
};

/// A tool with what is installed of its lock.
struct Audited {
    InstalledTool tool;
    lock::Lock lock;
    std::vector<const lock::Package*> packages; ///< into the lock
    std::vector<Finding> findings;
};

/// "NAME-VERSION.dist-info" of everything in the tool's environment.
std::vector<std::string> installed_stems(const InstalledTool& tool) {
    constexpr std::string_view suffix = ".dist-info";
    std::vector<std::string> stems;
    std::string lib = tool.environment() + "/lib";
    Result<std::vector<fs::DirectoryEntry>> pythons = fs::list(lib);
    for (const fs::DirectoryEntry& python :
         pythons ? *pythons : std::vector<fs::DirectoryEntry>()) {
        Result<std::vector<fs::DirectoryEntry>> packages =
            fs::list(lib + "/" + python.name + "/site-packages");
        for (const fs::DirectoryEntry& entry :
             packages ? *packages : std::vector<fs::DirectoryEntry>()) {
            if (entry.name.ends_with(suffix)) {
                stems.push_back(entry.name.substr(0, entry.name.size() - suffix.size()));
            }
        }
    }
    return stems;
}

bool is_installed(const lock::Package& package, const std::vector<std::string>& stems) {
    return std::ranges::any_of(stems, [&package](const std::string& stem) {
        size_t dash = stem.rfind('-');
        if (dash == std::string::npos) {
            return false;
        }
        Result<pep::Version> version = pep::Version::parse(stem.substr(dash + 1));
        return pep::normalize_name(stem.substr(0, dash)) == package.name.str() && version &&
               package.version && *version == *package.version;
    });
}

Result<Audited> look_at(InstalledTool tool) {
    std::string path = tool.lock_path();
    std::string text = TRY_IN(tool.name, fs::read(path, lock_bytes_max));
    lock::ReadResult read = TRY_IN(printable(path), lock::read(std::move(text)));
    Audited audited{.tool = std::move(tool), .lock = std::move(read.lock)};
    std::vector<std::string> stems = installed_stems(audited.tool);
    for (const lock::Package& package : audited.lock.packages) {
        if (is_installed(package, stems)) {
            audited.packages.push_back(&package);
        }
    }
    return audited;
}

/// Asks the index's JSON, each release once.
class IndexJson {
  public:
    IndexJson(const Settings& settings, Services& services)
        : settings_(settings), services_(services) {}

    /// Nothing when the index has none.
    Result<const std::vector<Advisory>*> of(const lock::Package& package) {
        std::string key = package.name.str() + "/" + package.version->str();
        auto known = answers_.find(key);
        if (known == answers_.end()) {
            known = answers_.emplace(key, TRY(ask(package))).first;
        }
        return known->second ? &*known->second : nullptr;
    }

  private:
    /// "https://host/simple/" has "https://host/pypi/NAME/VERSION/json" beside it, or only
    /// "…/pypi/NAME/json", which speaks of the newest release.
    Result<std::optional<std::vector<Advisory>>> ask(const lock::Package& package) {
        std::string version = package.version->str();
        index::Client& client = *TRY(services_.index(settings_));
        for (const index::Source& source : client.options().sources) {
            constexpr std::string_view simple = "simple/";
            std::string_view path = source.url.path();
            if (source.kind != index::Source::Kind::simple || !path.ends_with(simple)) {
                continue;
            }
            std::string base = std::string(path.substr(0, path.size() - simple.size())) + "pypi/" +
                               package.name.str() + "/";
            for (const std::string& place : {base + version + "/json", base + "json"}) {
                std::optional<std::string> text =
                    TRY(client.fetch_if_there(source.url.with_path(place), answer_bytes_max));
                Result<text::Value> answer = text::parse_json(text ? *text : "");
                const text::Value* info = answer ? answer->object_at("info") : nullptr;
                bool is_of_it = info != nullptr && info->string_at("version") == version &&
                                answer->array_at("vulnerabilities") != nullptr;
                if (is_of_it) {
                    return std::optional(TRY(parse_advisories(*text)));
                }
            }
        }
        return std::optional<std::vector<Advisory>>();
    }

    const Settings& settings_;
    Services& services_;
    std::map<std::string, std::optional<std::vector<Advisory>>> answers_;
};

void add_findings(Audited& audited, const lock::Package& package,
                  const std::vector<Advisory>& advisories) {
    for (const Advisory& advisory : advisories) {
        if (advisory.project == package.name && advisory.affects(*package.version)) {
            audited.findings.push_back({.project = package.name,
                                        .version = package.version->str(),
                                        .vulnerability = advisory.vulnerability});
        }
    }
}

Result<> add_vulnerabilities(std::vector<Audited>& all, const ToolAuditRequest& request,
                             Services& services) {
    std::vector<Advisory> advisories;
    for (const std::string& path : request.files) {
        std::string text = TRY(fs::read(path, file_bytes_max));
        std::vector<Advisory> more = TRY_IN(printable(path), parse_advisories(text));
        std::ranges::move(more, std::back_inserter(advisories));
    }
    IndexJson index(services.settings(), services);
    std::set<std::string> unknown;
    for (Audited& audited : all) {
        for (const lock::Package* package : audited.packages) {
            if (!request.files.empty()) {
                add_findings(audited, *package, advisories);
                continue;
            }
            const std::vector<Advisory>* known = TRY(index.of(*package));
            if (known != nullptr) {
                add_findings(audited, *package, *known);
            } else {
                unknown.insert(package->name.str());
            }
        }
    }
    if (!unknown.empty()) {
        constexpr size_t named_max = 5;
        std::vector<std::string> names(unknown.begin(), unknown.end());
        services.terminal().warn("the index says nothing of the vulnerabilities of " +
                                 (names.size() > named_max
                                      ? std::to_string(names.size()) + " packages"
                                      : join_words(names)) +
                                 "; --vulnerabilities FILE takes OSV records");
    }
    return {};
}

Result<> add_yanked(std::vector<Audited>& all, Services& services) {
    for (Audited& audited : all) {
        for (const Yanked& yanked :
             TRY(find_yanked(audited.packages, services.settings(), services))) {
            audited.findings.push_back({.project = yanked.package->name,
                                        .version = yanked.package->version->str(),
                                        .is_yanked = true,
                                        .reason = yanked.reason});
        }
    }
    return {};
}

std::string to_text(const Finding& finding) {
    std::string text = "  " + finding.project.str() + " " + finding.version + ": ";
    const Vulnerability& known = finding.vulnerability;
    if (finding.is_yanked) {
        text += "yanked" + (finding.reason.empty() ? "" : ": " + finding.reason);
        return printable(text);
    }
    text += known.id;
    if (!known.aliases.empty()) {
        text += " (" + join(known.aliases, ", ") + ")";
    }
    text += known.summary.empty() ? "" : ": " + known.summary;
    text += known.fixed_in.empty() ? "" : "; fixed in " + join_words(known.fixed_in);
    return printable(text);
}

text::Value to_json(const Audited& audited) {
    auto list_of = [](const std::vector<std::string>& texts) {
        text::Value list = text::Value::array();
        for (const std::string& text : texts) {
            list.push_back(text);
        }
        return list;
    };
    text::Value findings = text::Value::array();
    for (const Finding& finding : audited.findings) {
        text::Value one =
            text::Value::object({{"package", finding.project.str()}, {"version", finding.version}});
        if (finding.is_yanked) {
            one.set("kind", "yanked");
            one.set("reason", finding.reason);
        } else {
            one.set("kind", "vulnerability");
            one.set("id", finding.vulnerability.id);
            one.set("aliases", list_of(finding.vulnerability.aliases));
            one.set("summary", finding.vulnerability.summary);
            one.set("fixed_in", list_of(finding.vulnerability.fixed_in));
        }
        findings.push_back(std::move(one));
    }
    return text::Value::object({{"name", audited.tool.name},
                                {"version", audited.tool.receipt.version},
                                {"packages", audited.packages.size()},
                                {"findings", std::move(findings)}});
}

void print(const std::vector<Audited>& all, bool json, Terminal& terminal) {
    text::Value list = text::Value::array();
    for (const Audited& audited : all) {
        if (json) {
            list.push_back(to_json(audited));
            continue;
        }
        const size_t count = audited.packages.size();
        std::string good =
            " nothing known against " +
            (count == 1 ? "its package" : "its " + std::to_string(count) + " packages");
        terminal.out(audited.tool.name + " " + printable(audited.tool.receipt.version) + ":" +
                     (audited.findings.empty() ? good : "") + "\n");
        for (const Finding& finding : audited.findings) {
            terminal.out(to_text(finding) + "\n");
        }
    }
    if (json) {
        terminal.out(
            text::to_json(text::Value::object({{"tools", std::move(list)}}), {.indent = 2}) + "\n");
    }
}

} // namespace

Result<> audit_tools(const ToolAuditRequest& request, Services& services) {
    ToolPlaces places = TRY(tool_places());
    std::vector<InstalledTool> tools;
    for (const std::string& name : request.names) {
        tools.push_back(TRY(require_tool(places, name)));
    }
    if (request.names.empty()) {
        tools = TRY(list_tools(places));
    }
    std::vector<Audited> all;
    for (InstalledTool& tool : tools) {
        all.push_back(TRY(look_at(std::move(tool))));
    }
    TRY(add_vulnerabilities(all, request, services));
    TRY(add_yanked(all, services));
    print(all, request.json, services.terminal());
    size_t found = 0;
    for (const Audited& audited : all) {
        found += audited.findings.size();
    }
    if (found > 0) {
        return fail(Error::Kind::check_failed,
                    std::to_string(found) + (found == 1 ? " finding" : " findings"));
    }
    return {};
}

} // namespace pawl::ops
