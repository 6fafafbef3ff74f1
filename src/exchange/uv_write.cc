// Writing a uv.lock that uv takes as its own: the graph, the files, and what uv compares with the
// project before it uses a lock (uv_manifest.h).
//
// The revision is 3, which all uv since 0.8 read; what later revisions added is optional.

#include <algorithm>

#include "base/fs.h"
#include "base/text.h"
#include "base/url.h"
#include "exchange/formats.h"
#include "exchange/losses.h"
#include "exchange/manifest.h"
#include "exchange/uv_graph.h"
#include "exchange/uv_manifest.h"
#include "exchange/uv_text.h"
#include "text/toml_write.h"

namespace pawl::exchange {

namespace {

constexpr Keeps keeps = {.file_names = true,
                         .addresses = true,
                         .sizes = true,
                         .upload_times = true,
                         .index = true,
                         .lock_requires_python = true,
                         .environments = true,
                         .required_environments = true,
                         .regions = true,
                         .extras = true,
                         .groups = true,
                         .edges = true,
                         .roots = true,
                         .conflicts = true};

/// The strongest of those that uv knows.
std::string hash_text(const lock::FileSource& source) {
    for (std::string_view algorithm : {"sha256", "sha512", "sha384", "blake2b"}) {
        auto found = std::ranges::find(source.hashes, algorithm, &Hash::algorithm);
        if (found != source.hashes.end()) {
            return found->algorithm + ":" + found->hex;
        }
    }
    return {};
}

bool is_wheel_name(std::string_view name) {
    return name.ends_with(".whl");
}

class UvWriter {
  public:
    UvWriter(const Document& document, const Context& context)
        : document_(document), context_(context) {}

    Result<Written> write() {
        manifest_ = TRY(uv_manifest(document_, context_));
        TRY(find_project());
        graph_ = TRY(uv_graph(document_, project_.roots));
        write_head();
        write_manifest();
        TRY(write_packages());
        Written written{out_.take(), losses_of(document_, keeps, "uv.lock")};
        for (uint32_t entry : graph_.attached) {
            const lock::Package& package = document_.lock.packages[entry];
            written.losses.push_back({entry_name(package), "packages.dependencies",
                                      "nobody says what needs it, so the project itself does"});
        }
        std::ranges::move(losses_, std::back_inserter(written.losses));
        return written;
    }

  private:
    Result<> find_project() {
        if (std::optional<Project> beside = TRY(project_beside(context_))) {
            project_ = std::move(*beside);
            project_.is_package = manifest_.is_package;
        } else if (!document_.projects.empty()) {
            project_ = document_.projects[0];
        }
        is_script_ = !project_.name;
        if (manifest_.is_workspace && document_.projects.size() < 2) {
            losses_.push_back({"", "members",
                               "nobody says what the members of the workspace need, so uv will "
                               "lock again"});
        }
        if (is_script_ && !context_.script && !document_.is_script) {
            losses_.push_back({"", "project",
                               "there is no pyproject.toml beside it, which uv would compare it "
                               "with"});
        }
        return {};
    }

    std::string project_name() const { return is_script_ ? "" : project_.name->str(); }

    // --- the head -------------------------------------------------------------------------------

    void marker_list(std::string_view key, const std::vector<pep::Marker>& markers) {
        std::vector<std::string> texts;
        for (const pep::Marker& marker : markers) {
            texts.push_back(uv_string(uv_marker_text(marker, project_name())));
        }
        if (!texts.empty()) {
            out_.lines(key, texts);
        }
    }

    void write_head() {
        out_.entry("version", "1").entry("revision", "3");
        std::string pythons;
        if (project_.requires_python) {
            pythons = project_.requires_python->str();
        } else if (document_.lock.requires_python) {
            pythons = document_.lock.requires_python->str();
        }
        out_.string("requires-python", pythons.empty() ? ">=3.8" : pythons);
        marker_list("resolution-markers", document_.regions);
        marker_list("supported-markers", manifest_.environments);
        marker_list("required-markers", manifest_.required_environments);
        if (!manifest_.conflicts.empty()) {
            write_conflicts();
        }
    }

    void write_conflicts() {
        std::string text = "[";
        for (const std::vector<Selector>& set : manifest_.conflicts) {
            text += text.size() > 1 ? ", [\n" : "[\n";
            for (const Selector& one : set) {
                UvTable table;
                table.text("package", project_name());
                table.text(one.kind == Selector::Kind::extra ? "extra" : "group", one.name);
                text += "    " + table.str() + ",\n";
            }
            text += "]";
        }
        out_.entry("conflicts", text + "]");
    }

    void write_manifest() {
        if (!manifest_.options.empty()) {
            out_.table("options");
            for (const auto& [key, value] : manifest_.options) {
                out_.entry(key, value);
            }
        }
        if (!manifest_.exclude_newer_of.empty()) {
            out_.table("options.exclude-newer-package");
            for (const auto& [project, limit] : manifest_.exclude_newer_of) {
                out_.entry(project, limit);
            }
        }
        std::vector<std::string> members;
        if (document_.projects.size() > 1 && !is_script_) {
            for (const Project& one : document_.projects) {
                if (one.name) {
                    members.push_back(uv_string(one.name->str()));
                }
            }
            std::ranges::sort(members);
        }
        std::vector<std::string> excludes;
        for (const std::string& name : manifest_.excludes) {
            excludes.push_back(uv_string(name));
        }
        UvRequirements requirements = is_script_ ? manifest_.requires_dist : UvRequirements();
        const std::pair<std::string_view, const std::vector<std::string>*> lists[] = {
            {"members", &members},
            {"requirements", &requirements},
            {"constraints", &manifest_.constraints},
            {"overrides", &manifest_.overrides},
            {"excludes", &excludes},
            {"build-constraints", &manifest_.build_constraints}};
        bool has_header = false;
        for (const auto& [key, values] : lists) {
            if (values->empty()) {
                continue;
            }
            if (!std::exchange(has_header, true)) {
                out_.table("manifest");
            }
            out_.lines(key, *values);
        }
        for (const std::string& section : manifest_.dependency_metadata) {
            out_.array_table("manifest.dependency-metadata").raw(section);
        }
    }

    // --- packages -------------------------------------------------------------------------------

    Result<> write_packages() {
        struct Item {
            std::string name;
            const pep::Version* version = nullptr;
            std::string source;
            std::optional<uint32_t> entry; ///< nothing: the project
            size_t member = 0;
        };
        std::vector<Item> items;
        for (uint32_t i = 0; i < document_.facts.size(); ++i) {
            const lock::Package& package = document_.lock.packages[i];
            std::string source = TRY_IN(entry_name(package), source_text(package, i));
            items.push_back({package.name.str(), package.version ? &*package.version : nullptr,
                             std::move(source), i, 0});
        }
        if (!is_script_) {
            items.push_back({project_.name->str(), nullptr, "", std::nullopt, 0});
            for (size_t i = 1; i < document_.projects.size(); ++i) {
                const Project& member = document_.projects[i];
                if (member.name && !is_entry(*member.name)) {
                    items.push_back({member.name->str(), nullptr, "", std::nullopt, i});
                }
            }
        }
        std::ranges::stable_sort(items, [](const Item& a, const Item& b) {
            if (a.name != b.name) {
                return a.name < b.name;
            }
            if (a.version != nullptr && b.version != nullptr && *a.version != *b.version) {
                return *a.version < *b.version;
            }
            return a.source < b.source;
        });
        for (const Item& item : items) {
            out_.array_table("package");
            if (item.entry) {
                TRY(write_entry(*item.entry, item.source));
            } else if (item.member == 0) {
                write_project();
            } else {
                write_member(document_.projects[item.member]);
            }
        }
        return {};
    }

    bool is_entry(const pep::Name& name) const {
        return std::ranges::find(document_.lock.packages, name, &lock::Package::name) !=
               document_.lock.packages.end();
    }

    bool has_rivals(const lock::Package& package) const {
        return std::ranges::count(document_.lock.packages, package.name, &lock::Package::name) > 1;
    }

    /// The directory that all files of an entry lie in; "" for those with a URL.
    Result<std::string> registry_of(const lock::Package& package) const {
        std::string directory;
        bool is_first = true;
        auto look = [&](const lock::FileSource& source) -> Result<> {
            std::string here = source.path.empty() ? "" : std::string(fs::parent(source.path));
            if (!is_first && here != directory) {
                return fail(Error::Kind::input,
                            "its files lie in several places, and uv.lock has one for all");
            }
            is_first = false;
            directory = here;
            return {};
        };
        if (package.sdist) {
            TRY(look(package.sdist->source));
        }
        for (const lock::Wheel& wheel : package.wheels) {
            TRY(look(wheel.source));
        }
        return directory;
    }

    Result<std::string> source_text(const lock::Package& package, uint32_t entry) {
        UvTable table;
        if (package.vcs) {
            if (package.vcs->type != "git" || package.vcs->url.empty()) {
                return fail(Error::Kind::input, "uv.lock knows no repositories but git's");
            }
            return table.text("git", git_text(*package.vcs, document_.facts[entry])).str();
        }
        if (package.directory) {
            return table
                .text(package.directory->editable ? "editable" : "directory",
                      package.directory->path)
                .str();
        }
        if (package.archive) {
            const lock::FileSource& source = package.archive->source;
            table.text(source.path.empty() ? "url" : "path",
                       source.path.empty() ? source.url : source.path);
            if (!package.archive->subdirectory.empty()) {
                table.text("subdirectory", package.archive->subdirectory);
            }
            return table.str();
        }
        std::string directory = TRY(registry_of(package));
        if (!directory.empty()) { // of a wheelhouse, whatever index the lock once came from
            return table.text("registry", directory).str();
        }
        if (!package.index.empty()) { // uv writes no slash at the end, and compares texts
            return table.text("registry", without_slash(package.index)).str();
        }
        return table
            .text("registry",
                  document_.indexes.empty() ? std::string(pypi) : document_.indexes[0].url)
            .str();
    }

    static std::string git_text(const lock::Vcs& vcs, const Facts& facts) {
        std::string text = vcs.url;
        char separator = '?';
        if (!vcs.subdirectory.empty()) {
            text += "?subdirectory=" + percent_encode(vcs.subdirectory, "/");
            separator = '&';
        }
        if (!vcs.requested_revision.empty()) {
            text += separator + (facts.vcs_reference.empty() ? "rev" : facts.vcs_reference) + "=" +
                    percent_encode(vcs.requested_revision, "/");
        }
        return text + "#" + vcs.commit_id;
    }

    Result<> write_entry(uint32_t entry, const std::string& source) {
        const lock::Package& package = document_.lock.packages[entry];
        out_.string("name", package.name.str());
        if (package.version) {
            out_.string("version", package.version->str());
        }
        out_.entry("source", source);
        if (has_rivals(package)) {
            write_regions(entry);
        }
        const auto& edges = graph_.entries[entry];
        if (auto always = edges.find(""); always != edges.end()) {
            out_.lines("dependencies", TRY(edge_texts(always->second)));
        }
        TRY(write_files(package));
        bool has_extras = edges.size() > edges.count("");
        if (has_extras) {
            out_.table("package.optional-dependencies");
            for (const auto& [extra, list] : edges) {
                if (!extra.empty()) {
                    out_.lines(extra, TRY(edge_texts(list)));
                }
            }
        }
        if (package.directory || package.archive) {
            write_metadata_of(document_.facts[entry]);
        }
        return {};
    }

    /// Where an entry is used that has rivals of its name.
    void write_regions(uint32_t entry) {
        std::vector<pep::Marker> markers;
        for (const Membership& one : document_.facts[entry].memberships) {
            if (!one.marker) {
                return;
            }
            if (std::ranges::find(markers, *one.marker) == markers.end()) {
                markers.push_back(*one.marker);
            }
        }
        marker_list("resolution-markers", markers);
    }

    Result<std::vector<std::string>> edge_texts(const std::vector<UvEdge>& edges) {
        std::vector<std::string> texts;
        for (const UvEdge& edge : edges) {
            const lock::Package& target = document_.lock.packages[edge.target];
            UvTable table;
            table.text("name", target.name.str());
            if (has_rivals(target)) {
                if (target.version) {
                    table.text("version", target.version->str());
                }
                table.toml("source", TRY(source_text(target, edge.target)));
            }
            if (!edge.extras.empty()) {
                table.names("extra", edge.extras);
            }
            if (edge.marker) {
                table.text("marker", uv_marker_text(*edge.marker, project_name()));
            }
            texts.push_back(table.str());
        }
        std::ranges::sort(texts);
        return texts;
    }

    Result<std::string> file_text(const std::string& name, const lock::FileSource& source,
                                  bool is_by_name) const {
        UvTable table;
        if (is_by_name) {
            table.text("filename", name);
        } else if (!source.path.empty()) {
            table.text("path", fs::base_name(source.path));
        } else {
            table.text("url", source.url);
        }
        std::string hash = hash_text(source);
        if (hash.empty()) {
            return fail(Error::Kind::input, printable(name) + " has no hash that uv knows");
        }
        table.text("hash", hash);
        if (source.size_bytes) {
            table.toml("size", std::to_string(*source.size_bytes));
        }
        if (source.upload_time) {
            table.text("upload-time", format_timestamp(*source.upload_time));
        }
        return table.str();
    }

    Result<> write_files(const lock::Package& package) {
        if (package.archive) {
            const lock::FileSource& source = package.archive->source;
            std::string name = package.archive->file_name();
            if (is_wheel_name(name)) {
                out_.lines("wheels", std::vector<std::string>{
                                         TRY(file_text(name, source, !source.path.empty()))});
            } else {
                UvTable table;
                table.text("hash", hash_text(source));
                out_.entry("sdist", table.str());
            }
            return {};
        }
        if (package.sdist) {
            out_.entry("sdist", TRY(file_text(package.sdist->name, package.sdist->source, false)));
        }
        std::vector<std::string> wheels;
        for (const lock::Wheel& wheel : package.wheels) {
            wheels.push_back(TRY(file_text(wheel.name, wheel.source, false)));
        }
        if (!wheels.empty()) {
            out_.lines("wheels", wheels);
        }
        return {};
    }

    /// uv reads what lies in a directory again and compares.
    void write_metadata_of(const Facts& facts) {
        if (facts.edge_knowledge != EdgeKnowledge::metadata) {
            return;
        }
        UvRequirements requirements;
        std::vector<std::string> extras;
        for (const Edge& edge : facts.edges) {
            requirements.push_back(uv_requirement(edge));
            if (!edge.extra.empty() && std::ranges::find(extras, edge.extra) == extras.end()) {
                extras.push_back(edge.extra);
            }
        }
        std::ranges::sort(requirements);
        std::ranges::sort(extras);
        write_metadata(requirements, extras);
    }

    void write_metadata(const UvRequirements& requirements,
                        const std::vector<std::string>& extras) {
        if (requirements.empty() && extras.empty()) {
            return;
        }
        out_.table("package.metadata");
        if (!requirements.empty()) {
            out_.lines("requires-dist", requirements);
        }
        if (!extras.empty()) {
            out_.entry("provides-extras", text::toml_strings(extras));
        }
    }

    // --- projects -------------------------------------------------------------------------------

    void write_project() {
        out_.string("name", project_.name->str());
        if (project_.version) {
            out_.string("version", project_.version->str());
        }
        UvTable source;
        source.text(project_.is_package ? "editable" : "virtual", ".");
        out_.entry("source", source.str());
        std::map<Selector::Kind, std::map<std::string, std::vector<std::string>>> lists;
        for (const std::string& extra : manifest_.provides_extras) {
            lists[Selector::Kind::extra][extra];
        }
        for (const auto& group : manifest_.requires_dev) {
            lists[Selector::Kind::group][group.first];
        }
        for (const auto& [selector, edges] : graph_.roots) {
            Result<std::vector<std::string>> texts = edge_texts(edges);
            if (texts) { // an error would have come before, at the entry
                lists[selector.kind][selector.name] = std::move(*texts);
            }
        }
        if (auto main = lists.find(Selector::Kind::main); main != lists.end()) {
            out_.lines("dependencies", main->second[""]);
        }
        auto table = [&](Selector::Kind kind, std::string_view header) {
            bool is_any = std::ranges::any_of(
                lists[kind], [](const auto& list) { return !list.second.empty(); });
            if (is_any) {
                out_.table(header);
            }
            for (const auto& [name, texts] : lists[kind]) {
                if (!texts.empty()) {
                    out_.lines(name, texts);
                }
            }
        };
        table(Selector::Kind::extra, "package.optional-dependencies");
        table(Selector::Kind::group, "package.dev-dependencies");
        write_metadata(manifest_.requires_dist, manifest_.provides_extras);
        if (!manifest_.requires_dev.empty()) {
            out_.table("package.metadata.requires-dev");
            for (const auto& [group, requirements] : manifest_.requires_dev) {
                out_.lines(group, requirements);
            }
        }
    }

    /// A member of the workspace that nothing needs.
    void write_member(const Project& member) {
        out_.string("name", member.name->str());
        if (member.version) {
            out_.string("version", member.version->str());
        }
        UvTable source;
        source.text(member.is_package ? "editable" : "virtual", member.directory);
        out_.entry("source", source.str());
    }

    const Document& document_;
    const Context& context_;
    UvManifest manifest_;
    Project project_;
    bool is_script_ = false;
    UvGraph graph_;
    text::TomlWriter out_;
    std::vector<Loss> losses_;
};

} // namespace

Result<Written> write_uv(const Document& document, const Context& context) {
    return TRY_IN(printable(context.file), UvWriter(document, context).write());
}

} // namespace pawl::exchange
