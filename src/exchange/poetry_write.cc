// Writing a poetry.lock 2.1 that poetry takes as fresh: `content-hash` is the one that it would
// take of the pyproject.toml beside it.

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "exchange/formats.h"
#include "exchange/losses.h"
#include "exchange/manifest.h"
#include "exchange/manifest_hash.h"
#include "exchange/named_files.h"
#include "pep/marker_space.h"
#include "text/toml_write.h"

namespace pawl::exchange {

namespace {

using text::toml_string;
using text::TomlInlineTable;

constexpr Keeps keeps = {.file_names = true,
                         .index = true,
                         .requires_python = true,
                         .lock_requires_python = true,
                         .extras = true,
                         .groups = true,
                         .edges = true,
                         .specifiers = true,
                         .summaries = true};

/// `"x" in extras` in metadata's words; nothing when the marker speaks of groups, too.
std::optional<pep::Marker> with_extra(const pep::Marker& marker) {
    using Operator = pep::Marker::Operator;
    if (marker.kind() != pep::Marker::Kind::comparison) {
        std::vector<pep::Marker> children;
        for (const pep::Marker& child : marker.children()) {
            std::optional<pep::Marker> one = with_extra(child);
            if (!one) {
                return std::nullopt;
            }
            children.push_back(std::move(*one));
        }
        return pep::Marker::of(marker.kind(), std::move(children));
    }
    const pep::Marker::Comparison& one = marker.comparison();
    if (one.variable == pep::MarkerVariable::dependency_groups) {
        return std::nullopt;
    }
    if (one.variable != pep::MarkerVariable::extras) {
        return marker;
    }
    return pep::Marker::of(
        {.variable = pep::MarkerVariable::extra,
         .op = one.op == Operator::not_in ? Operator::not_equal : Operator::equal,
         .literal = one.literal});
}

class PoetryWriter {
  public:
    PoetryWriter(const Document& document, const Context& context)
        : document_(document), context_(context), index_(document) {}

    Result<Written> write() {
        TRY(find_project());
        out_.comment("Made by pawl, for poetry to install from; not to be changed by hand.");
        std::vector<uint32_t> order = entries_in_order(document_.lock);
        for (uint32_t entry : order) {
            TRY_IN(entry_name(document_.lock.packages[entry]), write_entry(entry));
        }
        if (order.empty()) {
            out_.entry("package", "[]");
        }
        write_extras();
        TRY(write_metadata());
        Written written{out_.take(), losses_of(document_, keeps, "poetry.lock")};
        std::ranges::move(losses_, std::back_inserter(written.losses));
        return written;
    }

  private:
    Result<> find_project() {
        if (std::optional<Project> beside = TRY(project_beside(context_))) {
            project_ = std::move(*beside);
        } else {
            losses_.push_back({"", "project",
                               "there is no pyproject.toml beside it, which poetry would compare "
                               "it with"});
            if (!document_.projects.empty()) {
                project_ = document_.projects[0];
            }
        }
        if (!context_.pyproject) {
            return {};
        }
        text::TomlDocument toml =
            TRY_IN("pyproject.toml", text::TomlDocument::parse(*context_.pyproject));
        constexpr std::string_view path[] = {"tool", "poetry", "source"};
        auto sources = toml.find(path);
        if (!sources || !sources->is_array()) {
            return {};
        }
        for (text::TomlNode source : *sources) {
            auto name = TRY_IN("pyproject.toml", source.get_string("name"));
            auto url = TRY_IN("pyproject.toml", source.get_string("url"));
            auto priority = TRY_IN("pyproject.toml", source.get_string("priority"));
            if (name) {
                sources_.push_back({std::string(*name), std::string(url.value_or(pypi)),
                                    priority.value_or("primary") == "primary"});
            }
        }
        return {};
    }

    // --- entries --------------------------------------------------------------------------------

    Result<> write_entry(uint32_t entry) {
        const lock::Package& package = document_.lock.packages[entry];
        const Facts& facts = document_.facts[entry];
        if (!package.version) {
            return fail(
                Error{Error::Kind::input, "there is no version of it, which poetry.lock "
                                          "cannot do without"}
                    .hint("its metadata would tell: allow builds, or leave --offline away"));
        }
        out_.array_table("package");
        out_.string("name",
                    facts.name_as_written.empty() ? package.name.str() : facts.name_as_written);
        out_.string("version", package.version->str());
        out_.string("description", facts.summary);
        bool is_optional = std::ranges::all_of(facts.memberships, [](const Membership& one) {
            return one.selector.kind == Selector::Kind::extra;
        });
        out_.entry("optional", is_optional ? "true" : "false");
        out_.string("python-versions",
                    package.requires_python ? package.requires_python->str() : std::string("*"));
        write_groups(package, facts);
        TRY(write_files(package));
        if (package.directory && package.directory->editable) {
            out_.entry("develop", "true");
        } else if (package.directory || package.vcs) {
            out_.entry("develop", "false");
        }
        write_edges(facts);
        return write_source(package);
    }

    /// Markers by group, main first; "" for always.
    void write_groups(const lock::Package& package, const Facts& facts) {
        std::map<std::pair<bool, std::string>, pep::MarkerId> where;
        pep::MarkerSpace space;
        for (const Membership& one : facts.memberships) {
            bool is_group = one.selector.kind == Selector::Kind::group;
            pep::MarkerId here = pep::MarkerId::always;
            if (one.marker) {
                std::optional<pep::Marker> said = with_extra(*one.marker);
                if (!said) {
                    losses_.push_back({entry_name(package), "marker",
                                       "poetry.lock cannot say that groups exclude each other"});
                }
                here = said ? space.from(*said) : space.without_extras(space.from(*one.marker));
            }
            if (one.selector.kind == Selector::Kind::extra) {
                here = space.both(
                    here, space.from(pep::Marker::of({.variable = pep::MarkerVariable::extra,
                                                      .op = pep::Marker::Operator::equal,
                                                      .literal = one.selector.name})));
            }
            std::pair<bool, std::string> key = {is_group, is_group ? one.selector.name : "main"};
            auto [at, is_new] = where.try_emplace(key, pep::MarkerId::never);
            at->second = space.either(at->second, here);
        }
        std::vector<std::string> groups;
        std::set<std::string> texts;
        TomlInlineTable table;
        for (const auto& [key, marker] : where) {
            groups.push_back(key.second);
            std::string text = space.text(marker);
            texts.insert(text);
            if (!text.empty()) {
                table.string(key.second, text);
            }
        }
        out_.entry("groups", text::toml_strings(groups));
        if (texts.size() > 1) {
            out_.entry("markers", table.str());
        } else if (!texts.empty() && !texts.begin()->empty()) {
            out_.string("markers", *texts.begin());
        }
    }

    Result<> write_files(const lock::Package& package) {
        std::vector<std::pair<std::string, std::string>> files;
        auto add = [&files](const std::string& name, const lock::FileSource& source) {
            files.emplace_back(name, one_hash(source));
        };
        if (package.archive) {
            add(package.archive->file_name(), package.archive->source);
        }
        if (package.sdist) {
            add(name_on_index(package.sdist->name, package.sdist->source), package.sdist->source);
        }
        for (const lock::Wheel& wheel : package.wheels) {
            add(name_on_index(wheel.name, wheel.source), wheel.source);
        }
        std::ranges::sort(files);
        std::vector<std::string> lines;
        for (const auto& [name, hash] : files) {
            if (hash.empty()) {
                return fail(Error::Kind::input, printable(name) + " has no hash");
            }
            lines.push_back("{file = " + toml_string(name) + ", hash = " + toml_string(hash) + "}");
        }
        out_.lines("files", lines);
        return {};
    }

    // --- edges ----------------------------------------------------------------------------------

    /// `version`, or where else it comes from.
    static void add_address(const Edge& edge, TomlInlineTable& table) {
        if (edge.url.empty()) {
            std::string version = edge.specifiers ? edge.specifiers->str() : "";
            table.string("version", version.empty() ? "*" : version);
        } else if (edge.url.starts_with("git+")) {
            std::string url = edge.url.substr(4);
            std::string fragment;
            if (size_t hash = url.find('#'); hash != url.npos) {
                fragment = url.substr(hash + 1);
                url.resize(hash);
            }
            std::string revision;
            size_t path = url.find('/', url.find("://") == url.npos ? 0 : url.find("://") + 3);
            if (size_t at = url.rfind('@'); at != url.npos && path != url.npos && at > path) {
                revision = url.substr(at + 1);
                url.resize(at);
            }
            table.string("git", url);
            if (!revision.empty()) {
                table.string("rev", revision);
            }
            if (fragment.starts_with("subdirectory=")) {
                table.string("subdirectory", fragment.substr(fragment.find('=') + 1));
            }
        } else {
            table.string(edge.url.find("://") == edge.url.npos ? "path" : "url", edge.url);
        }
    }

    static std::string dependency_text(const Edge& edge) {
        bool is_plain =
            edge.url.empty() && edge.extras.empty() && edge.extra.empty() && !edge.marker;
        if (is_plain) {
            std::string version = edge.specifiers ? edge.specifiers->str() : "";
            return toml_string(version.empty() ? "*" : version);
        }
        TomlInlineTable table;
        add_address(edge, table);
        if (!edge.extras.empty()) {
            std::vector<std::string> extras;
            for (const pep::Name& extra : edge.extras) {
                extras.push_back(extra.str());
            }
            table.entry("extras", text::toml_strings(extras));
        }
        if (!edge.extra.empty()) {
            table.entry("optional", "true");
        }
        std::string marker = edge.marker ? edge.marker->str() : "";
        if (!edge.extra.empty()) {
            bool is_choice = edge.marker && edge.marker->kind() == pep::Marker::Kind::any_of;
            marker = marker.empty() ? "" : (is_choice ? "(" + marker + ")" : marker) + " and ";
            marker += "extra == \"" + edge.extra + "\"";
        }
        if (!marker.empty()) {
            table.string("markers", marker);
        }
        return table.str();
    }

    /// What an extra's edges need is a dependency only when the extra is asked for.
    void write_edges(const Facts& facts) {
        std::map<std::string, std::vector<std::string>> dependencies;
        std::map<std::string, std::vector<std::string>> extras;
        for (const Edge& edge : facts.edges) {
            if (!edge.extra.empty()) {
                Edge plain = edge;
                plain.extra.clear();
                extras[edge.extra].push_back(plain.str());
            }
            bool is_asked = edge.extra.empty() ||
                            std::ranges::any_of(facts.extras, [&edge](const pep::Name& extra) {
                                return extra.str() == edge.extra;
                            });
            if (is_asked && !index_.of(edge.name).empty()) {
                dependencies[edge.name.str()].push_back(dependency_text(edge));
            }
        }
        if (!dependencies.empty()) {
            out_.table("package.dependencies");
        }
        for (auto& [name, texts] : dependencies) {
            texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
            if (texts.size() == 1) {
                out_.entry(text::toml_key(name), texts[0]);
            } else {
                std::vector<std::string> tables;
                for (const std::string& text : texts) {
                    tables.push_back(text.starts_with('{') ? text : "{version = " + text + "}");
                }
                out_.lines(text::toml_key(name), tables);
            }
        }
        if (!extras.empty()) {
            out_.table("package.extras");
        }
        for (auto& [extra, texts] : extras) {
            std::ranges::sort(texts);
            out_.entry(text::toml_key(extra), text::toml_strings(texts));
        }
    }

    // --- where it comes from --------------------------------------------------------------------

    struct PoetrySource {
        std::string name, url;
        bool is_primary = false;
    };

    Result<> write_source(const lock::Package& package) {
        if (package.vcs) {
            if (package.vcs->type != "git" || package.vcs->url.empty()) {
                return fail(Error::Kind::input, "poetry.lock knows no repositories but git's");
            }
            const lock::Vcs& vcs = *package.vcs;
            out_.table("package.source").string("type", "git").string("url", vcs.url);
            out_.string("reference",
                        vcs.requested_revision.empty() ? "HEAD" : vcs.requested_revision);
            out_.string("resolved_reference", vcs.commit_id);
            if (!vcs.subdirectory.empty()) {
                out_.string("subdirectory", vcs.subdirectory);
            }
            return {};
        }
        if (package.directory) {
            out_.table("package.source").string("type", "directory");
            out_.string("url", package.directory->path);
            return {};
        }
        if (package.archive) {
            const lock::FileSource& source = package.archive->source;
            out_.table("package.source").string("type", source.path.empty() ? "url" : "file");
            out_.string("url", source.path.empty() ? source.url : source.path);
            if (!package.archive->subdirectory.empty()) {
                out_.string("subdirectory", package.archive->subdirectory);
            }
            return {};
        }
        if (const PoetrySource* source = declared_source(package)) {
            out_.table("package.source").string("type", "legacy");
            out_.string("url", without_slash(source->url)).string("reference", source->name);
        }
        return {};
    }

    /// poetry asks only sources that pyproject.toml declares; without one it is PyPI.
    const PoetrySource* declared_source(const lock::Package& package) {
        for (const PoetrySource& one : sources_) {
            if (!package.index.empty() && without_slash(one.url) == without_slash(package.index)) {
                return &one;
            }
        }
        bool is_pypi = package.index.empty() || without_slash(package.index) == pypi;
        if (!is_pypi) {
            losses_.push_back({entry_name(package), "packages.index",
                               "pyproject.toml declares no [[tool.poetry.source]] for " +
                                   printable(package.index)});
        }
        auto primary =
            std::ranges::find_if(sources_, [](const PoetrySource& one) { return one.is_primary; });
        return primary == sources_.end() ? nullptr : &*primary;
    }

    // --- the end --------------------------------------------------------------------------------

    void write_extras() {
        std::map<std::string, std::set<std::string>> extras;
        for (const pep::Name& extra : project_.extras) {
            extras[extra.str()];
        }
        for (const Root& root : project_.roots) {
            if (root.selector.kind == Selector::Kind::extra) {
                extras[root.selector.name].insert(root.requirement.name_as_written);
            }
        }
        if (project_.extras.empty()) { // nobody says what they need; that there are some counts
            for (const pep::Name& extra :
                 document_.lock.extras.value_or(std::vector<pep::Name>())) {
                extras[extra.str()];
            }
        }
        if (extras.empty()) {
            return;
        }
        out_.table("extras");
        for (const auto& [extra, names] : extras) {
            out_.entry(text::toml_key(extra),
                       text::toml_strings(std::vector<std::string>(names.begin(), names.end())));
        }
    }

    Result<> write_metadata() {
        std::string pythons = "*";
        if (project_.requires_python && !project_.requires_python->is_empty()) {
            pythons = project_.requires_python->str();
        } else if (document_.lock.requires_python) {
            pythons = document_.lock.requires_python->str();
        }
        out_.table("metadata").string("lock-version", "2.1").string("python-versions", pythons);
        out_.string("content-hash",
                    TRY_IN("pyproject.toml", poetry_content_hash(context_.pyproject.value_or(""))));
        return {};
    }

    const Document& document_;
    const Context& context_;
    EntryIndex index_;
    Project project_;
    std::vector<PoetrySource> sources_;
    text::TomlWriter out_;
    std::vector<Loss> losses_;
};

} // namespace

Result<Written> write_poetry(const Document& document, const Context& context) {
    return TRY_IN(printable(context.file), PoetryWriter(document, context).write());
}

} // namespace pawl::exchange
