// poetry.lock (python-poetry.org; the format is poetry's own). 2.1 says of each entry for which
// groups it is and where (`groups`, `markers`); older versions do not, and there the walk over the
// graph from what pyproject.toml asks for finds it out, as poetry itself does.
//
// Extras are those of the project: `extra == "x"` in a marker of an entry is what PEP 751 calls
// `"x" in extras`. Files have names and hashes, no addresses.

#include <algorithm>
#include <map>

#include "base/text.h"
#include "base/url.h"
#include "exchange/formats.h"
#include "exchange/manifest.h"
#include "exchange/manifest_hash.h"
#include "exchange/memberships.h"
#include "exchange/named_files.h"
#include "exchange/poetry_constraint.h"
#include "exchange/poetry_manifest.h"
#include "exchange/toml_reading.h"

namespace pawl::exchange {

namespace {

using text::TomlNode;

/// `extra == "x"` in PEP 751's words.
pep::Marker with_extras_set(const pep::Marker& marker) {
    using Operator = pep::Marker::Operator;
    if (marker.kind() != pep::Marker::Kind::comparison) {
        std::vector<pep::Marker> children;
        for (const pep::Marker& child : marker.children()) {
            children.push_back(with_extras_set(child));
        }
        return pep::Marker::of(marker.kind(), std::move(children));
    }
    const pep::Marker::Comparison& one = marker.comparison();
    if (one.variable != pep::MarkerVariable::extra) {
        return marker;
    }
    return pep::Marker::of({.variable = pep::MarkerVariable::extras,
                            .op = one.op == Operator::not_equal ? Operator::not_in : Operator::in,
                            .literal = pep::normalize_name(one.literal),
                            .reversed = true});
}

class PoetryReader {
  public:
    PoetryReader(const text::TomlDocument& toml, const Context& context)
        : root_(toml.root()), lines_(toml.text()), context_(context) {}

    Result<Document> read() {
        TRY(read_metadata());
        TRY(find_project());
        if (auto packages = TRY(root_.get_array("package"))) {
            for (TomlNode table : *packages) {
                TRY(read_package(table));
            }
        }
        TRY(add_memberships());
        return std::move(document_);
    }

  private:
    // --- the head -------------------------------------------------------------------------------

    Result<> read_metadata() {
        document_.directory = context_.directory;
        document_.lock.created_by = "poetry";
        auto metadata = TRY(root_.get_table("metadata"));
        auto version = metadata ? TRY(metadata->get_string("lock-version")) : std::nullopt;
        if (!version) {
            return fail(Error::Kind::input,
                        "there is no \"lock-version\" in [metadata]: this is no poetry.lock that "
                        "can be read");
        }
        metadata_ = *metadata;
        TomlNode node = *metadata->find("lock-version");
        pep::Version parsed = TRY(version_at(node));
        if (parsed < pep::Version::of({1}) || parsed >= pep::Version::of({3})) {
            return fail(Error{Error::Kind::input, "line " + line_text(node) + ": lock-version " +
                                                      printable(*version) +
                                                      " of poetry.lock is not supported (1 and 2 "
                                                      "are)"}
                            .hint("it needs a newer pawl, or the poetry that made it"));
        }
        has_groups_ = parsed >= pep::Version::of({2, 1});
        if (auto pythons = TRY(metadata->get_string("python-versions"));
            pythons && *pythons != "*") {
            PoetryConstraint constraint = TRY(constraint_at(*metadata->find("python-versions")));
            document_.lock.requires_python = constraint.specifiers();
            if (!constraint.is_exact()) {
                document_.warnings.push_back(printable(context_.file) + ": \"" +
                                             printable(*pythons) +
                                             "\" leaves out Pythons that cannot be left out here");
            }
        }
        return {};
    }

    static Result<PoetryConstraint> constraint_at(TomlNode node) {
        if (!node.is_string()) {
            return fail(std::move(node.type_error("a string").value()));
        }
        return TRY_IN("line " + line_text(node), PoetryConstraint::parse(node.string()));
    }

    Result<> find_project() {
        std::optional<Project> project = TRY(project_beside(context_));
        if (!project) {
            return {};
        }
        document_.projects.push_back(std::move(*project));
        auto written = TRY(metadata_->get_string("content-hash"));
        if (!context_.pyproject || !written) {
            return {};
        }
        bool is_fresh = *written == TRY(poetry_content_hash(*context_.pyproject)) ||
                        *written == TRY(poetry_content_hash(*context_.pyproject, false));
        if (!is_fresh) {
            document_.stale_reason = "pyproject.toml has changed since it was made";
        }
        return {};
    }

    // --- packages -------------------------------------------------------------------------------

    Result<> read_package(TomlNode table) {
        if (!table.is_table()) {
            return fail(std::move(table.type_error("a table").value()));
        }
        pep::Name name = TRY(name_at(table));
        std::string written(TRY(table.require_string("name")));
        std::string place = "package \"" + name.str() + "\"";
        lock::Package package{.name = name};
        package.line = lines_.of(table);
        Facts facts;
        facts.name_as_written = written == name.str() ? "" : std::move(written);
        auto version = table.find("version");
        if (!version) {
            return table.error("\"version\" is missing");
        }
        package.version = TRY_IN(place, version_at(*version));
        facts.summary = std::string(TRY_IN(place, table.get_string("description")).value_or(""));
        if (auto pythons = table.find("python-versions")) {
            pep::Specifiers specifiers = TRY_IN(place, constraint_at(*pythons)).specifiers();
            if (!specifiers.is_empty()) {
                package.requires_python = std::move(specifiers);
            }
        }
        TRY_IN(place, read_source(table, package, facts));
        TRY_IN(place, read_edges(table, facts));
        TRY_IN(place, read_memberships(table, facts));
        document_.add(std::move(package), std::move(facts));
        return {};
    }

    Result<> read_source(TomlNode table, lock::Package& package, Facts& facts) {
        auto source = TRY(table.get_table("source"));
        std::string type(source ? TRY(source->get_string("type")).value_or("legacy") : "");
        std::string url(source ? TRY(source->require_string("url")) : "");
        if (type == "directory") {
            bool is_editable = TRY(table.get_bool("develop")).value_or(false);
            package.directory =
                lock::Directory{.path = url, .editable = is_editable, .subdirectory = {}};
            return {};
        }
        if (type == "git") {
            return read_git(*source, std::move(url), package, facts);
        }
        if (type == "url" || type == "file") {
            return make_archive(table, *source, url, package);
        }
        TRY(read_files(table, package, facts));
        if (type == "legacy") {
            Url index = TRY_IN("line " + line_text(*source), Url::parse(url));
            add_index(index, TRY(source->get_string("reference")).value_or(""));
            package.index = index.without_credentials().text();
        } else if (!type.empty() && type != "pypi") {
            return source->error("an unknown kind of source: \"" + printable(type) + "\"");
        }
        if (package.wheels.empty() && !package.sdist && facts.unplaced_hashes.empty()) {
            return table.error("neither wheels nor an sdist");
        }
        return {};
    }

    void add_index(const Url& url, std::string_view name) {
        Index index{std::string(name), url.without_credentials().text()};
        if (std::ranges::find(document_.indexes, index) == document_.indexes.end()) {
            document_.indexes.push_back(std::move(index));
            if (url.has_credentials()) {
                document_.logins.push_back(url);
            }
        }
    }

    static Result<> read_git(TomlNode source, std::string url, lock::Package& package,
                             Facts& facts) {
        lock::Vcs vcs{.type = "git"};
        vcs.url = std::move(url);
        vcs.requested_revision = std::string(TRY(source.get_string("reference")).value_or(""));
        vcs.commit_id = std::string(TRY(source.require_string("resolved_reference")));
        vcs.subdirectory = std::string(TRY(source.get_string("subdirectory")).value_or(""));
        TRY(check_commit(source, vcs.commit_id));
        facts.vcs_reference = vcs.requested_revision.empty() ? "" : "rev";
        package.vcs = std::move(vcs);
        return {};
    }

    /// Names stand at the entry; in locks of poetry 1.1 and 1.2 in [metadata.files], of all
    /// versions together; before, only hashes are known.
    Result<> read_files(TomlNode table, lock::Package& package, Facts& facts) const {
        if (auto files = TRY(table.get_array("files"))) {
            for (TomlNode file : *files) {
                TRY(add_named_file(file, OtherReleases::refuse, package));
            }
            return {};
        }
        std::string_view name = TRY(table.require_string("name"));
        if (auto all = TRY(metadata_->get_table("files"))) {
            if (auto files = TRY(all->get_array(name))) {
                for (TomlNode file : *files) {
                    TRY(add_named_file(file, OtherReleases::skip, package));
                }
            }
        } else if (auto hashes = TRY(metadata_->get_table("hashes"))) {
            for (std::string_view hash :
                 TRY(hashes->get_strings(name)).value_or(std::vector<std::string_view>())) {
                facts.unplaced_hashes.push_back(TRY(parse_hash("sha256:" + std::string(hash))));
            }
        }
        return {};
    }

    /// A file that was asked for by its address.
    static Result<> make_archive(TomlNode table, TomlNode source, const std::string& where,
                                 lock::Package& package) {
        lock::Archive archive;
        TRY(add_archive_hash(table, archive.source));
        if (TRY(source.require_string("type")) == "url") {
            Url url = TRY_IN("line " + line_text(source), Url::parse(where));
            if (url.has_credentials()) {
                return fail(Error::Kind::refused, "line " + line_text(source) +
                                                      ": the URL holds a user name or password");
            }
            archive.source.url = where;
        } else {
            archive.source.path = where;
        }
        archive.subdirectory = std::string(TRY(source.get_string("subdirectory")).value_or(""));
        package.archive = std::move(archive);
        return {};
    }

    // --- edges ----------------------------------------------------------------------------------

    static Result<> read_edges(TomlNode table, Facts& facts) {
        facts.edge_knowledge = EdgeKnowledge::requirements;
        std::vector<PoetryDependency> optional;
        if (auto list = TRY(table.get_table("dependencies"))) {
            for (TomlNode node : *list) {
                for (PoetryDependency& one : TRY(poetry_dependencies(node))) {
                    if (one.is_optional) {
                        optional.push_back(std::move(one));
                        continue;
                    }
                    std::ranges::move(Edge::from(one.requirement), std::back_inserter(facts.edges));
                }
            }
        }
        auto extras = TRY(table.get_table("extras"));
        if (!extras) {
            return {};
        }
        for (TomlNode extra : *extras) {
            TRY_IN("line " + line_text(extra), pep::Name::parse(extra.key()));
            for (std::string_view text :
                 TRY(extras->get_strings(extra.key())).value_or(std::vector<std::string_view>())) {
                add_extra_edges(text, pep::normalize_name(extra.key()), optional, facts.edges);
            }
        }
        return {};
    }

    /// "socksio (==1.*)"; should it be unreadable, the dependency of that name says it.
    static void add_extra_edges(std::string_view text, const std::string& extra,
                                const std::vector<PoetryDependency>& optional,
                                std::vector<Edge>& edges) {
        auto add = [&](const pep::Requirement& requirement) {
            for (Edge& edge : Edge::from(requirement)) {
                edge.extra = extra;
                if (std::ranges::none_of(
                        edges, [&edge](const Edge& other) { return other.str() == edge.str(); })) {
                    edges.push_back(std::move(edge));
                }
            }
        };
        if (Result<pep::Requirement> requirement = pep::Requirement::parse(text)) {
            add(*requirement);
            return;
        }
        std::string_view name = text.substr(0, text.find_first_of(" ([;"));
        for (const PoetryDependency& one : optional) {
            if (one.requirement.name.str() == pep::normalize_name(name)) {
                add(one.requirement);
            }
        }
    }

    // --- who needs it ---------------------------------------------------------------------------

    Result<> read_memberships(TomlNode table, Facts& facts) const {
        if (!has_groups_) {
            return read_category(table, facts);
        }
        auto groups = TRY(table.get_strings("groups"));
        if (!groups) {
            return table.error("\"groups\" is missing");
        }
        auto markers = table.find("markers");
        for (std::string_view group : *groups) {
            std::string name = pep::normalize_name(group);
            TRY_IN("line " + line_text(table), pep::Name::parse(group));
            std::optional<pep::Marker> marker;
            if (markers && !markers->is_table()) {
                marker = TRY(marker_at(*markers));
            } else if (auto own = markers ? markers->find(group) : std::nullopt) {
                marker = TRY(marker_at(*own));
            }
            if (name != "main") {
                facts.memberships.push_back({{Selector::Kind::group, name}, std::move(marker)});
                continue;
            }
            for (Membership& one :
                 split_marker(marker ? std::optional(with_extras_set(*marker)) : std::nullopt)) {
                facts.memberships.push_back(std::move(one));
            }
        }
        std::ranges::sort(facts.memberships, {}, &Membership::selector);
        return {};
    }

    static Result<pep::Marker> marker_at(TomlNode node) {
        if (!node.is_string()) {
            return fail(std::move(node.type_error("a string").value()));
        }
        Result<pep::Marker> marker = pep::Marker::parse(node.string());
        return marker ? std::move(marker)
                      : Result<pep::Marker>(node.error("marker: " + marker.error().message));
    }

    /// Of old locks: "main" or "dev". It counts only where no pyproject.toml tells more.
    static Result<> read_category(TomlNode table, Facts& facts) {
        std::string_view category = TRY(table.get_string("category")).value_or("main");
        Selector selector;
        if (category != "main") {
            selector = {Selector::Kind::group, pep::normalize_name(category)};
        }
        facts.memberships.push_back({std::move(selector), {}});
        return {};
    }

    Result<> add_memberships() {
        bool knows_roots = !document_.projects.empty() && !document_.projects[0].roots.empty();
        if (has_groups_ || !knows_roots) {
            if (!has_groups_) {
                document_.warnings.push_back(
                    printable(context_.file) +
                    ": without pyproject.toml nothing says which extras need what");
            }
            TRY(join_memberships(document_));
            find_asked_extras(document_);
            return {};
        }
        return reach(document_, document_.projects[0].roots);
    }

    TomlNode root_;
    LineCounter lines_;
    std::optional<TomlNode> metadata_;
    const Context& context_;
    bool has_groups_ = false;
    Document document_;
};

} // namespace

Result<Document> read_poetry(std::string text, const Context& context) {
    std::string place = printable(context.file);
    text::TomlDocument toml = TRY_IN(place, text::TomlDocument::parse(std::move(text)));
    return TRY_IN(place, PoetryReader(toml, context).read());
}

} // namespace pawl::exchange
