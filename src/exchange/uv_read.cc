// uv.lock (docs.astral.sh, "The lockfile"; the format itself is uv's own and not specified).
//
// It is a graph. Each package has the packages that it needs, with markers; a package's extras and
// a project's groups have lists of their own. The project that the lock is for is a package like
// others, with the source "." (`virtual` when it is not installed itself), and members of its
// workspace are, too. Here projects are no entries: their lists become the roots, and reach() finds
// out what is installed for whom. A script's lock has no project; its requirements stand in
// [manifest].
//
// Where extras or groups of a project conflict, markers compare `extra` with made-up names:
// "extra-3-app-gpu" is extra gpu of app, and the number is the length of "app". In PEP 751's words
// they are `"gpu" in extras`.
//
// `version` counts changes that older readers cannot read, `revision` those that they can.

#include <algorithm>
#include <map>
#include <set>

#include "base/fs.h"
#include "base/text.h"
#include "base/url.h"
#include "exchange/formats.h"
#include "exchange/manifest.h"
#include "exchange/memberships.h"
#include "exchange/toml_reading.h"
#include "exchange/uv_text.h"

namespace pawl::exchange {

namespace {

using text::TomlNode;

/// The kinds of `source`, each with the key that it is named by.
enum class SourceKind : unsigned char { registry, git, url, path, directory, editable, virtual_ };

struct SourceName {
    std::string_view key;
    SourceKind kind;
};
constexpr SourceName source_names[] = {
    {"registry", SourceKind::registry},
    {"git", SourceKind::git},
    {"url", SourceKind::url},
    {"path", SourceKind::path},
    {"directory", SourceKind::directory},
    {"editable", SourceKind::editable},
    {"virtual", SourceKind::virtual_},
};

struct Source {
    SourceKind kind = SourceKind::registry;
    std::string where;
    std::string subdirectory;
    bool is_local_registry() const {
        return kind == SourceKind::registry && where.find("://") == where.npos;
    }
    bool is_tree() const {
        return kind == SourceKind::directory || kind == SourceKind::editable ||
               kind == SourceKind::virtual_;
    }
};

/// "python_full_version < '3.9'" and the like, put into PEP 751's words.
class UvMarkers {
  public:
    explicit UvMarkers(std::string project) : project_(std::move(project)) {}

    Result<pep::Marker> parse(TomlNode node) const {
        if (!node.is_string()) {
            return fail(std::move(node.type_error("a string").value()));
        }
        Result<pep::Marker> marker = pep::Marker::parse(node.string());
        if (!marker) {
            return node.error("marker: " + marker.error().message);
        }
        return translated(*marker);
    }

  private:
    pep::Marker translated(const pep::Marker& marker) const {
        using Operator = pep::Marker::Operator;
        if (marker.kind() != pep::Marker::Kind::comparison) {
            std::vector<pep::Marker> children;
            for (const pep::Marker& child : marker.children()) {
                children.push_back(translated(child));
            }
            return pep::Marker::of(marker.kind(), std::move(children));
        }
        const pep::Marker::Comparison& one = marker.comparison();
        if (one.variable == pep::MarkerVariable::python_full_version) {
            return by_minor_version(one);
        }
        if (one.variable != pep::MarkerVariable::extra) {
            return marker;
        }
        std::optional<Selector> selector = selector_of_uv_extra(one.literal, project_);
        if (!selector) {
            return marker; // another project's, which nobody can ask for here
        }
        bool is_group = selector->kind == Selector::Kind::group;
        return pep::Marker::of(
            {.variable =
                 is_group ? pep::MarkerVariable::dependency_groups : pep::MarkerVariable::extras,
             .op = one.op == Operator::not_equal ? Operator::not_in : Operator::in,
             .literal = selector->name,
             .reversed = true});
    }

    /// uv writes everything with python_full_version, and means minor versions by "3.10" and
    /// "3.10.*": a prerelease of 3.10 counts as 3.10 with it. That is python_version.
    static pep::Marker by_minor_version(pep::Marker::Comparison one) {
        using Operator = pep::Marker::Operator;
        std::string literal = one.literal;
        bool is_wildcard = literal.ends_with(".*");
        if (is_wildcard) {
            literal.resize(literal.size() - 2);
        }
        bool fits = is_wildcard ? one.op == Operator::equal || one.op == Operator::not_equal
                                : one.op == Operator::less || one.op == Operator::greater_equal;
        if (fits && !one.reversed && std::ranges::count(literal, '.') == 1) {
            one.variable = pep::MarkerVariable::python_version;
            one.literal = std::move(literal);
        }
        return pep::Marker::of(std::move(one));
    }

    std::string project_;
};

class UvReader {
  public:
    UvReader(const text::TomlDocument& toml, const Context& context)
        : root_(toml.root()), lines_(toml.text()), context_(context) {}

    Result<Document> read() {
        TRY(read_head());
        TRY(find_projects());
        TRY(read_markers());
        if (auto packages = TRY(root_.get_array("package"))) {
            for (TomlNode table : *packages) {
                TRY(read_package(table));
            }
        }
        TRY(read_manifest());
        TRY(reach(document_, roots_));
        drop_virtual();
        take_metadata();
        return std::move(document_);
    }

  private:
    // --- the head -------------------------------------------------------------------------------

    Result<> read_head() {
        document_.directory = context_.directory;
        document_.lock.created_by = "uv";
        auto version = TRY(root_.get_integer("version"));
        if (!version) {
            return fail(Error::Kind::input, "there is no \"version\": this is no uv.lock");
        }
        if (*version != 1) {
            return fail(Error{Error::Kind::input, "line " + line_text(*root_.find("version")) +
                                                      ": version " + std::to_string(*version) +
                                                      " of uv.lock is not supported (1 is)"}
                            .hint("it needs a newer pawl, or the uv that made it"));
        }
        if (auto pythons = root_.find("requires-python")) {
            document_.lock.requires_python = TRY(specifiers_at(*pythons));
        }
        return {};
    }

    Result<> read_marker_list(std::string_view key, std::vector<pep::Marker>& into) {
        if (auto list = TRY(root_.get_array(key))) {
            for (TomlNode node : *list) {
                into.push_back(TRY(markers_->parse(node)));
            }
        }
        return {};
    }

    Result<> read_markers() {
        markers_.emplace(project_name_);
        TRY(read_marker_list("resolution-markers", document_.regions));
        TRY(read_marker_list("supported-markers", document_.lock.environments));
        TRY(read_marker_list("required-markers", document_.required_environments));
        auto conflicts = TRY(root_.get_array("conflicts"));
        if (!conflicts) {
            return {};
        }
        for (TomlNode set : *conflicts) {
            std::vector<Selector> items;
            for (TomlNode item : set) {
                std::string_view package = TRY(item.require_string("package"));
                auto extra = TRY(item.get_string("extra"));
                auto group = TRY(item.get_string("group"));
                if (package == project_name_ && (extra || group)) {
                    items.push_back({extra ? Selector::Kind::extra : Selector::Kind::group,
                                     pep::normalize_name(extra ? *extra : *group)});
                }
            }
            if (items.size() > 1) {
                document_.conflicts.push_back(std::move(items));
            }
        }
        return {};
    }

    // --- projects -------------------------------------------------------------------------------

    Result<Source> source_of(TomlNode table) const {
        auto node = TRY(table.get_table("source"));
        if (!node) {
            return table.error("\"source\" is missing");
        }
        for (const SourceName& one : source_names) {
            if (auto where = TRY(node->get_string(one.key))) {
                auto subdirectory = TRY(node->get_string("subdirectory"));
                return Source{one.kind, std::string(*where),
                              std::string(subdirectory.value_or(""))};
            }
        }
        return node->error("an unknown kind of source: " + printable(node->source()));
    }

    /// The package that is the lock's own project, and the members beside it.
    Result<> find_projects() {
        auto packages = TRY(root_.get_array("package"));
        std::set<std::string, std::less<>> members;
        if (auto manifest = TRY(root_.get_table("manifest"))) {
            if (auto names = TRY(manifest->get_strings("members"))) {
                members.insert(names->begin(), names->end());
            }
        }
        if (!packages) {
            document_.is_script = true;
            return {};
        }
        for (TomlNode table : *packages) {
            if (!table.is_table()) {
                return fail(std::move(table.type_error("a table").value()));
            }
            Source source = TRY(source_of(table));
            std::string_view name = TRY(table.require_string("name"));
            bool is_own = source.is_tree() && source.where == ".";
            if (is_own || (source.is_tree() && members.contains(name))) {
                TRY(add_project(table, source));
                if (is_own) {
                    project_name_ = std::string(name);
                    std::rotate(document_.projects.begin(), document_.projects.end() - 1,
                                document_.projects.end());
                }
            }
        }
        document_.is_script = document_.projects.empty();
        return {};
    }

    Result<> add_project(TomlNode table, const Source& source) {
        Project project;
        project.name = TRY(name_at(table));
        project.name_as_written = project.name->str();
        project.directory = source.where;
        project.is_package = source.kind != SourceKind::virtual_;
        if (auto version = table.find("version")) {
            project.version = TRY(version_at(*version));
        }
        if (source.where == ".") {
            project.requires_python = document_.lock.requires_python;
        }
        if (auto metadata = TRY(table.get_table("metadata"))) {
            TRY(read_asked(*metadata, project));
        }
        document_.projects.push_back(std::move(project));
        return {};
    }

    /// `[package.metadata]`: requirements as the manifest has them.
    Result<> read_asked(TomlNode metadata, Project& project) {
        if (auto list = TRY(metadata.get_array("requires-dist"))) {
            for (TomlNode node : *list) {
                Root root = TRY(asked_root(node, {}));
                for (const Edge& edge : Edge::from(root.requirement)) {
                    Root plain = root;
                    plain.requirement.marker = edge.marker;
                    if (!edge.extra.empty()) {
                        plain.selector = {Selector::Kind::extra, edge.extra};
                    }
                    project.roots.push_back(std::move(plain));
                }
            }
        }
        if (auto extras = TRY(metadata.get_strings("provides-extras"))) {
            for (std::string_view extra : *extras) {
                project.extras.push_back(TRY(pep::Name::parse(extra)));
            }
        }
        auto groups = TRY(metadata.get_table("requires-dev"));
        if (!groups) {
            return {};
        }
        for (TomlNode group : *groups) {
            std::string name = pep::normalize_name(group.key());
            project.groups.push_back(name);
            for (TomlNode node : group) {
                project.roots.push_back(TRY(asked_root(node, {Selector::Kind::group, name})));
            }
        }
        return {};
    }

    static Result<Root> asked_root(TomlNode node, Selector selector) {
        pep::Requirement requirement = TRY(asked_requirement(node));
        std::string index(TRY(node.get_string("index")).value_or(""));
        return Root{std::move(selector), std::move(requirement), std::move(index),
                    node.find("editable").has_value()};
    }

    /// `{ name = "x", extras = ["a"], marker = "…", specifier = ">=1" }`
    static Result<pep::Requirement> asked_requirement(TomlNode node) {
        if (!node.is_table()) {
            return fail(std::move(node.type_error("a table").value()));
        }
        pep::Name name = TRY(name_at(node));
        pep::Requirement requirement{.name = name,
                                     .name_as_written = name.str(),
                                     .extras = {},
                                     .specifiers = {},
                                     .url = {},
                                     .marker = {}};
        if (auto extras = TRY(node.get_strings("extras"))) {
            requirement.extras = TRY(names_of(*extras));
        }
        if (auto specifier = node.find("specifier")) {
            requirement.specifiers = TRY(specifiers_at(*specifier));
        }
        if (auto marker = node.find("marker")) {
            Result<pep::Marker> parsed = pep::Marker::parse(TRY(node.require_string("marker")));
            if (!parsed) {
                return marker->error("marker: " + parsed.error().message);
            }
            requirement.marker = std::move(*parsed);
        }
        for (std::string_view key : {"url", "path", "directory", "editable", "virtual"}) {
            if (auto where = TRY(node.get_string(key))) {
                requirement.url = std::string(*where);
            }
        }
        if (auto git = TRY(node.get_string("git"))) {
            requirement.url = "git+" + std::string(*git);
        }
        return requirement;
    }

    // --- packages -------------------------------------------------------------------------------

    Result<> read_package(TomlNode table) {
        pep::Name name = TRY(name_at(table));
        Source source = TRY(source_of(table));
        std::string place = "package \"" + name.str() + "\"";
        bool is_own = source.is_tree() && source.where == ".";
        if (is_own) {
            return read_roots(table, true);
        }
        bool is_member = std::ranges::any_of(
            document_.projects, [&name](const Project& one) { return one.name == name; });
        if (is_member && project_name_.empty()) {
            // A workspace without a project of its own: all members are asked for.
            Edge edge{.name = name};
            roots_.push_back({{}, std::move(edge)});
            TRY(read_roots(table, false));
        }
        lock::Package package{.name = name};
        package.line = lines_.of(table);
        Facts facts;
        facts.edge_knowledge = EdgeKnowledge::entries;
        if (auto version = table.find("version")) {
            package.version = TRY_IN(place, version_at(*version));
        }
        TRY_IN(place, read_source(table, source, package, facts));
        TRY_IN(place, read_edges(table, facts));
        if (package.directory || package.archive) {
            TRY_IN(place, read_metadata(table, package.line));
        }
        if (auto regions = TRY(table.get_array("resolution-markers"))) {
            std::vector<pep::Marker> any;
            for (TomlNode node : *regions) {
                any.push_back(TRY_IN(place, markers_->parse(node)));
            }
            if (any.size() == 1) {
                package.marker = any[0];
            } else if (!any.empty()) {
                package.marker = pep::Marker::of(pep::Marker::Kind::any_of, std::move(any));
            }
        }
        std::string id = entry_name(package) + " from " + source.where;
        if (!ids_.insert(id).second) {
            return table.error(place + " is there twice with one version and source");
        }
        if (source.kind == SourceKind::virtual_) {
            virtual_.insert(name);
        }
        document_.add(std::move(package), std::move(facts));
        return {};
    }

    Result<> read_metadata(TomlNode table, uint32_t line) {
        std::vector<Edge>& edges = metadata_[line]; // nothing there: it needs nothing
        auto metadata = TRY(table.get_table("metadata"));
        auto list = metadata ? TRY(metadata->get_array("requires-dist")) : std::nullopt;
        if (!list) {
            return {};
        }
        for (TomlNode node : *list) {
            for (Edge& edge : Edge::from(TRY(asked_requirement(node)))) {
                edges.push_back(std::move(edge));
            }
        }
        return {};
    }

    Result<Edge> edge_of(TomlNode node, std::string_view extra) const {
        if (!node.is_table()) {
            return fail(std::move(node.type_error("a table").value()));
        }
        pep::Name name = TRY(name_at(node));
        Edge edge{.name = std::move(name), .extra = std::string(extra)};
        if (auto extras = TRY(node.get_strings("extra"))) {
            edge.extras = TRY(names_of(*extras));
        }
        if (auto version = node.find("version")) {
            edge.version = TRY(version_at(*version));
        }
        if (auto marker = node.find("marker")) {
            edge.marker = TRY(markers_->parse(*marker));
        }
        return edge;
    }

    template <class Take>
    Result<> each_edge(TomlNode table, std::string_view key, std::string_view extra,
                       const Take& take) const {
        if (auto list = TRY(table.get_array(key))) {
            for (TomlNode node : *list) {
                take(TRY(edge_of(node, extra)));
            }
        }
        return {};
    }

    Result<> read_edges(TomlNode table, Facts& facts) const {
        auto take = [&facts](Edge edge) { facts.edges.push_back(std::move(edge)); };
        TRY(each_edge(table, "dependencies", "", take));
        if (auto extras = TRY(table.get_table("optional-dependencies"))) {
            for (TomlNode extra : *extras) {
                TRY(each_edge(*extras, extra.key(), pep::normalize_name(extra.key()), take));
            }
        }
        return {};
    }

    /// The lists of a project: what is asked for. Of a member only the groups are, by themselves.
    Result<> read_roots(TomlNode table, bool is_own) {
        Selector selector;
        auto take = [this, &selector](Edge edge) {
            edge.extra.clear();
            roots_.push_back({selector, std::move(edge)});
        };
        if (is_own) {
            TRY(each_edge(table, "dependencies", "", take));
            if (auto extras = TRY(table.get_table("optional-dependencies"))) {
                for (TomlNode extra : *extras) {
                    selector = {Selector::Kind::extra, pep::normalize_name(extra.key())};
                    TRY(each_edge(*extras, extra.key(), "", take));
                }
            }
        }
        for (std::string_view key : {"dev-dependencies", "dependency-groups"}) {
            auto groups = TRY(table.get_table(key));
            if (!groups) {
                continue;
            }
            for (TomlNode group : *groups) {
                selector = {Selector::Kind::group, pep::normalize_name(group.key())};
                TRY(each_edge(*groups, group.key(), "", take));
            }
        }
        return {};
    }

    // --- where files are ------------------------------------------------------------------------

    Result<> read_source(TomlNode table, const Source& source, lock::Package& package,
                         Facts& facts) const {
        switch (source.kind) {
        case SourceKind::registry:
            package.index = source.is_local_registry() ? "" : TRY(url_text(source.where));
            return read_files(table, source, package);
        case SourceKind::git:
            return read_git(table, source, package, facts);
        case SourceKind::url:
        case SourceKind::path:
            return read_archive(table, source, package);
        case SourceKind::directory:
        case SourceKind::editable:
        case SourceKind::virtual_:
            package.directory = lock::Directory{.path = source.where,
                                                .editable = source.kind == SourceKind::editable,
                                                .subdirectory = {}};
            return {};
        }
        return {};
    }

    /// Without the credentials that somebody may have left in it.
    static Result<std::string> url_text(std::string_view text) {
        return TRY(Url::parse(text)).without_credentials().text();
    }

    Result<> read_files(TomlNode table, const Source& source, lock::Package& package) const {
        if (auto sdist = TRY(table.get_table("sdist"))) {
            package.sdist = lock::Sdist{};
            TRY(read_file(*sdist, source, package.sdist->name, package.sdist->source));
        }
        if (auto wheels = TRY(table.get_array("wheels"))) {
            for (TomlNode node : *wheels) {
                lock::Wheel wheel;
                TRY(read_file(node, source, wheel.name, wheel.source));
                package.wheels.push_back(std::move(wheel));
            }
        }
        if (package.wheels.empty() && !package.sdist) {
            return table.error("neither wheels nor an sdist");
        }
        return {};
    }

    static Result<> read_file(TomlNode node, const Source& source, std::string& name,
                              lock::FileSource& file) {
        if (!node.is_table()) {
            return fail(std::move(node.type_error("a table").value()));
        }
        if (auto url = TRY(node.get_string("url"))) {
            if (Url parsed = TRY(Url::parse(*url)); parsed.has_credentials()) {
                return fail(Error::Kind::refused,
                            "line " + line_text(node) + ": the URL holds a user name or password");
            }
            file.url = std::string(*url);
        } else if (auto path = TRY(node.get_string("path"))) {
            file.path = fs::join(source.where, *path);
        }
        name = lock::file_name_of(file.path, file.url);
        if (auto given = TRY(node.get_string("filename"))) {
            name = std::string(*given);
        }
        if (name.empty()) {
            return node.error("neither url, path nor filename");
        }
        auto hash = TRY(node.get_string("hash"));
        if (!hash) {
            return fail(Error{Error::Kind::input,
                              "line " + line_text(node) + ": " + printable(name) + " has no hash"}
                            .hint("nothing could be checked; lock again with an index that has "
                                  "hashes"));
        }
        TRY(add_hash(*node.find("hash"), *hash, file));
        if (auto size = TRY(node.get_integer("size"))) {
            if (*size < 0) {
                return node.error("the size is negative");
            }
            file.size_bytes = static_cast<uint64_t>(*size);
        }
        if (auto time = TRY(node.get_string("upload-time"))) {
            Result<Timestamp> parsed = parse_timestamp(*time);
            if (!parsed) {
                return node.error("upload-time: " + parsed.error().message);
            }
            file.upload_time = *parsed;
        }
        return {};
    }

    /// A file that was asked for by its address: its hash stands in the list of files.
    Result<> read_archive(TomlNode table, const Source& source, lock::Package& package) const {
        lock::Archive archive;
        archive.subdirectory = source.subdirectory;
        std::optional<TomlNode> file = TRY(table.get_table("sdist"));
        if (!file) {
            auto wheels = TRY(table.get_array("wheels"));
            if (!wheels || wheels->size() != 1) {
                return table.error("an archive has one file with its hash");
            }
            file = *wheels->begin();
        }
        auto hash = TRY(file->get_string("hash"));
        if (!hash) {
            return file->error("the archive has no hash");
        }
        TRY(add_hash(*file->find("hash"), *hash, archive.source));
        if (auto size = TRY(file->get_integer("size")); size && *size >= 0) {
            archive.source.size_bytes = static_cast<uint64_t>(*size);
        }
        if (source.kind == SourceKind::url) {
            Url url = TRY(Url::parse(source.where));
            if (url.has_credentials()) {
                return fail(Error::Kind::refused, "the URL holds a user name or password");
            }
            archive.source.url = source.where;
        } else {
            archive.source.path = source.where;
        }
        package.archive = std::move(archive);
        return {};
    }

    /// "https://host/repository?subdirectory=x&tag=v1#COMMIT"
    Result<> read_git(TomlNode table, const Source& source, lock::Package& package,
                      Facts& facts) const {
        Result<Url> url = Url::parse(source.where);
        if (!url) {
            return table.error(url.error().message);
        }
        lock::Vcs vcs{.type = "git", .commit_id = std::string(url->fragment())};
        for (std::string_view part : split(url->query(), '&')) {
            std::optional<Halves> halves = split_once(part, '=');
            if (!halves) {
                continue;
            }
            std::string value = percent_decode(halves->after).value_or("");
            if (halves->before == "subdirectory") {
                vcs.subdirectory = std::move(value);
            } else if (halves->before == "rev" || halves->before == "tag" ||
                       halves->before == "branch") {
                vcs.requested_revision = std::move(value);
                facts.vcs_reference = std::string(halves->before);
            }
        }
        std::string plain = url->without_credentials().text_without_fragment();
        vcs.url = plain.substr(0, plain.find('?'));
        TRY(check_commit(table, vcs.commit_id));
        package.vcs = std::move(vcs);
        return {};
    }

    // --- the manifest ---------------------------------------------------------------------------

    /// What is asked for without any project: of a script, or of a workspace's root.
    Result<> read_manifest() {
        auto manifest = TRY(root_.get_table("manifest"));
        if (!manifest) {
            return {};
        }
        Project asked;
        if (auto list = TRY(manifest->get_array("requirements"))) {
            for (TomlNode node : *list) {
                TRY(add_asked(node, {}, asked));
            }
        }
        if (auto groups = TRY(manifest->get_table("dependency-groups"))) {
            for (TomlNode group : *groups) {
                std::string name = pep::normalize_name(group.key());
                asked.groups.push_back(name);
                for (TomlNode node : group) {
                    TRY(add_asked(node, {Selector::Kind::group, name}, asked));
                }
            }
        }
        if (!asked.roots.empty() || document_.projects.empty()) {
            asked.requires_python = document_.lock.requires_python;
            document_.projects.insert(document_.projects.begin(), std::move(asked));
        }
        return {};
    }

    Result<> add_asked(TomlNode node, const Selector& selector, Project& asked) {
        Root root = TRY(asked_root(node, selector));
        for (const Edge& edge : Edge::from(root.requirement)) {
            roots_.push_back({selector, edge});
        }
        asked.roots.push_back(std::move(root));
        return {};
    }

    /// Virtual members have led on to what they need; nothing of them is installed.
    void drop_virtual() {
        std::vector<uint32_t> gone;
        for (size_t i = 0; i < document_.lock.packages.size(); ++i) {
            if (virtual_.contains(document_.lock.packages[i].name)) {
                gone.push_back(static_cast<uint32_t>(i));
            }
        }
        document_.remove(gone);
    }

    /// Of what lies in a directory or at an address uv writes down the metadata itself. It says
    /// more than the edges, but not to which of several entries they lead: so it comes last.
    void take_metadata() {
        for (size_t i = 0; i < document_.facts.size(); ++i) {
            auto found = metadata_.find(document_.lock.packages[i].line);
            if (found != metadata_.end()) {
                document_.facts[i].edges = std::move(found->second);
                document_.facts[i].edge_knowledge = EdgeKnowledge::metadata;
            }
        }
    }

    TomlNode root_;
    LineCounter lines_;
    const Context& context_;
    Document document_;
    std::string project_name_; ///< "" for a script
    std::optional<UvMarkers> markers_;
    std::vector<RootEdge> roots_;
    std::set<std::string> ids_;
    std::set<pep::Name> virtual_;
    std::map<uint32_t, std::vector<Edge>> metadata_; ///< by the line of the package
};

} // namespace

Result<Document> read_uv(std::string text, const Context& context) {
    std::string place = printable(context.file);
    text::TomlDocument toml = TRY_IN(place, text::TomlDocument::parse(std::move(text)));
    return TRY_IN(place, UvReader(toml, context).read());
}

} // namespace pawl::exchange
