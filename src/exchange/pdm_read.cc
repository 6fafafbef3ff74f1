// pdm.lock 4.x (pdm-project.org; the format is pdm's own).
//
// Of each entry it says `groups` ("default" is main; extras of the project count as groups) and one
// marker for all of them. A project with extras stands there a second time, with what the extras
// need and the plain project pinned; here it is one entry with edges under its extras. Locks made
// without the strategy "inherit_metadata" say no groups: the walk over the graph finds them out.

#include <algorithm>
#include <map>

#include "base/text.h"
#include "base/url.h"
#include "exchange/formats.h"
#include "exchange/manifest.h"
#include "exchange/manifest_hash.h"
#include "exchange/memberships.h"
#include "exchange/named_files.h"
#include "exchange/toml_reading.h"
#include "pep/marker_space.h"

namespace pawl::exchange {

namespace {

using text::TomlNode;

/// "manylinux_2_17_x86_64", "windows_amd64", "macos_12_0_arm64" as a marker; nothing for others.
std::optional<pep::Marker> marker_of_platform(std::string_view platform) {
    struct System {
        std::string_view prefix, sys_platform;
    };
    constexpr System systems[] = {{"linux", "linux"},
                                  {"manylinux", "linux"},
                                  {"musllinux", "linux"},
                                  {"windows", "win32"},
                                  {"macos", "darwin"}};
    auto compare = [](pep::MarkerVariable variable, std::string_view value) {
        return pep::Marker::of({.variable = variable,
                                .op = pep::Marker::Operator::equal,
                                .literal = std::string(value)});
    };
    for (const System& system : systems) {
        if (!platform.starts_with(system.prefix)) {
            continue;
        }
        pep::Marker marker = compare(pep::MarkerVariable::sys_platform, system.sys_platform);
        for (std::string_view machine : {"x86_64", "aarch64", "arm64", "amd64", "x86", "i686"}) {
            if (platform.ends_with(machine)) {
                return pep::Marker::of(
                    pep::Marker::Kind::all_of,
                    {std::move(marker), compare(pep::MarkerVariable::platform_machine,
                                                machine == "amd64" ? "AMD64" : machine)});
            }
        }
        return marker;
    }
    return std::nullopt;
}

class PdmReader {
  public:
    PdmReader(const text::TomlDocument& toml, const Context& context)
        : root_(toml.root()), lines_(toml.text()), context_(context) {}

    Result<Document> read() {
        TRY(read_metadata());
        TRY(find_project());
        if (auto packages = TRY(root_.get_array("package"))) {
            for (TomlNode table : *packages) {
                TRY(read_package(table));
            }
        }
        TRY(add_extra_entries());
        TRY(add_memberships());
        return std::move(document_);
    }

  private:
    // --- the head -------------------------------------------------------------------------------

    Result<> read_metadata() {
        document_.directory = context_.directory;
        document_.lock.created_by = "pdm";
        auto metadata = TRY(root_.get_table("metadata"));
        auto version = metadata ? TRY(metadata->get_string("lock_version")) : std::nullopt;
        if (!version) {
            return fail(Error::Kind::input,
                        "there is no \"lock_version\" in [metadata]: this is no "
                        "pdm.lock that can be read");
        }
        TomlNode node = *metadata->find("lock_version");
        pep::Version parsed = TRY(version_at(node));
        if (parsed < pep::Version::of({4}) || parsed >= pep::Version::of({5})) {
            return fail(Error{Error::Kind::input, "line " + line_text(node) + ": lock_version " +
                                                      printable(*version) +
                                                      " of pdm.lock is not supported (4 is)"}
                            .hint("it needs a newer pawl, or the pdm that made it"));
        }
        written_hash_ = std::string(TRY(metadata->get_string("content_hash")).value_or(""));
        has_inputs_ = metadata->find("lock_inputs").has_value();
        auto strategy = TRY(metadata->get_strings("strategy"));
        has_groups_ =
            strategy && std::ranges::find(*strategy, "inherit_metadata") != strategy->end();
        return read_targets(*metadata);
    }

    Result<> read_targets(TomlNode metadata) {
        auto targets = TRY(metadata.get_array("targets"));
        if (!targets) {
            return {};
        }
        std::optional<pep::Specifiers> pythons;
        bool is_one_range = true;
        pep::MarkerSpace space;
        pep::MarkerId anywhere = pep::MarkerId::never;
        for (TomlNode target : *targets) {
            pep::MarkerId where = pep::MarkerId::always;
            if (auto text = target.find("requires_python")) {
                pep::Specifiers range = TRY(specifiers_at(*text));
                is_one_range = is_one_range && (!pythons || *pythons == range);
                where = space.from_requires_python(range);
                pythons = std::move(range);
            }
            if (auto platform = TRY(target.get_string("platform"))) {
                auto marker = marker_of_platform(*platform);
                where = marker ? space.both(where, space.from(*marker)) : where;
            }
            if (auto implementation = TRY(target.get_string("implementation"))) {
                where = space.both(where, space.from(pep::Marker::of(
                                              {.variable = pep::MarkerVariable::implementation_name,
                                               .op = pep::Marker::Operator::equal,
                                               .literal = std::string(*implementation)})));
            }
            anywhere = space.either(anywhere, where);
        }
        if (pep::MarkerSpace::is_never(anywhere)) {
            return {};
        }
        pep::MarkerId given = pep::MarkerId::always;
        if (pythons && is_one_range && !pythons->is_empty()) {
            given = space.from_requires_python(*pythons);
            document_.lock.requires_python = std::move(pythons);
        }
        if (auto marker = space.marker(space.simplify(anywhere, given))) {
            document_.lock.environments.push_back(std::move(*marker));
        }
        return {};
    }

    Result<> find_project() {
        std::optional<Project> project = TRY(project_beside(context_));
        if (!project) {
            return {};
        }
        document_.projects.push_back(std::move(*project));
        if (!context_.pyproject || written_hash_.empty() || has_inputs_) {
            return {};
        }
        if (written_hash_ != "sha256:" + TRY(pdm_content_hash(*context_.pyproject)) &&
            written_hash_.starts_with("sha256:")) {
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
        std::string place = "package \"" + name.str() + "\"";
        lock::Package package{.name = name};
        package.line = lines_.of(table);
        Facts facts;
        if (auto version = table.find("version")) {
            package.version = TRY_IN(place, version_at(*version));
        }
        if (auto pythons = table.find("requires_python")) {
            package.requires_python = TRY_IN(place, specifiers_at(*pythons));
        }
        facts.summary = std::string(TRY_IN(place, table.get_string("summary")).value_or(""));
        TRY_IN(place, read_edges(table, facts));
        TRY_IN(place, read_memberships(table, facts));
        auto extras = TRY_IN(place, table.get_strings("extras"));
        if (extras && !extras->empty()) {
            facts.extras = TRY_IN(place, names_of(*extras));
            extra_entries_.emplace_back(std::move(package), std::move(facts));
            return {};
        }
        TRY_IN(place, read_source(table, package, facts));
        document_.add(std::move(package), std::move(facts));
        return {};
    }

    Result<> read_source(TomlNode table, lock::Package& package, Facts& facts) const {
        std::string subdirectory(TRY(table.get_string("subdirectory")).value_or(""));
        if (auto git = TRY(table.get_string("git"))) {
            lock::Vcs vcs{.type = "git"};
            vcs.url = std::string(*git);
            vcs.requested_revision = std::string(TRY(table.get_string("ref")).value_or(""));
            vcs.commit_id = std::string(TRY(table.get_string("revision")).value_or(""));
            vcs.subdirectory = std::move(subdirectory);
            TRY(check_commit(table, vcs.commit_id));
            facts.vcs_reference = vcs.requested_revision.empty() ? "" : "rev";
            package.vcs = std::move(vcs);
            return {};
        }
        for (std::string_view other : {"hg", "svn", "bzr"}) {
            if (table.find(other)) {
                return fail(Error::Kind::input, "line " + line_text(table) + ": repositories of " +
                                                    std::string(other) + " cannot be read");
            }
        }
        auto path = TRY(table.get_string("path"));
        auto url = TRY(table.get_string("url"));
        auto files = TRY(table.get_array("files"));
        if (path && (!files || files->size() == 0)) {
            bool is_editable = TRY(table.get_bool("editable")).value_or(false);
            package.directory = lock::Directory{.path = std::string(*path),
                                                .editable = is_editable,
                                                .subdirectory = std::move(subdirectory)};
            return {};
        }
        if (path || url) {
            return make_archive(table, path, url, package);
        }
        if (files) {
            for (TomlNode file : *files) {
                TRY(add_named_file(file, OtherReleases::refuse, package));
            }
        }
        return package.wheels.empty() && !package.sdist ? table.error("neither wheels nor an sdist")
                                                        : Result<>();
    }

    static Result<> make_archive(TomlNode table, std::optional<std::string_view> path,
                                 std::optional<std::string_view> url, lock::Package& package) {
        lock::Archive archive;
        TRY(add_archive_hash(table, archive.source));
        if (path) {
            archive.source.path = std::string(*path);
        } else {
            Url parsed = TRY_IN("line " + line_text(table), Url::parse(*url));
            if (parsed.has_credentials()) {
                return fail(Error::Kind::refused,
                            "line " + line_text(table) + ": the URL holds a user name or password");
            }
            archive.source.url = parsed.text_without_fragment();
        }
        archive.subdirectory = std::string(TRY(table.get_string("subdirectory")).value_or(""));
        package.archive = std::move(archive);
        return {};
    }

    static Result<> read_edges(TomlNode table, Facts& facts) {
        facts.edge_knowledge = EdgeKnowledge::requirements;
        auto texts = TRY(table.get_array("dependencies"));
        if (!texts) {
            return {};
        }
        for (TomlNode node : *texts) {
            if (!node.is_string()) {
                return fail(std::move(node.type_error("a string").value()));
            }
            Result<pep::Requirement> one = pep::Requirement::parse(node.string());
            if (!one) {
                if (node.string().starts_with("-e ")) {
                    continue; // of a source tree; its name stands in the fragment only
                }
                return node.error(one.error().message);
            }
            std::ranges::move(Edge::from(*one), std::back_inserter(facts.edges));
        }
        return {};
    }

    // --- who needs it ---------------------------------------------------------------------------

    Result<> read_memberships(TomlNode table, Facts& facts) const {
        std::optional<pep::Marker> marker;
        if (auto node = table.find("marker")) {
            Result<pep::Marker> parsed = pep::Marker::parse(TRY(table.require_string("marker")));
            if (!parsed) {
                return node->error("marker: " + parsed.error().message);
            }
            marker = std::move(*parsed);
        }
        auto groups = TRY(table.get_strings("groups"));
        if (!groups) {
            facts.memberships.push_back({{}, std::move(marker)});
            return {};
        }
        for (std::string_view group : *groups) {
            TRY_IN("line " + line_text(table), pep::Name::parse(group));
            facts.memberships.push_back({selector_of(pep::normalize_name(group)), marker});
        }
        std::ranges::sort(facts.memberships, {}, &Membership::selector);
        return {};
    }

    /// Extras and groups have names of one kind; the project says which is which.
    Selector selector_of(const std::string& group) const {
        if (group == "default") {
            return {};
        }
        bool is_extra =
            !document_.projects.empty() &&
            std::ranges::any_of(document_.projects[0].extras,
                                [&group](const pep::Name& extra) { return extra.str() == group; });
        return {is_extra ? Selector::Kind::extra : Selector::Kind::group, group};
    }

    /// What the second entries of projects with extras say joins the plain ones.
    Result<> add_extra_entries() {
        for (auto& [package, facts] : extra_entries_) {
            bool is_found = false;
            for (size_t i = 0; i < document_.facts.size(); ++i) {
                const lock::Package& plain = document_.lock.packages[i];
                if (plain.name == package.name && plain.version == package.version) {
                    join_extras(facts, document_.lock.packages[i].name, document_.facts[i]);
                    is_found = true;
                }
            }
            if (!is_found) {
                return fail(Error::Kind::input, "line " + std::to_string(package.line) + ": \"" +
                                                    package.name.str() +
                                                    "\" is only there with extras");
            }
        }
        return {};
    }

    static void join_extras(const Facts& with, const pep::Name& name, Facts& plain) {
        for (const pep::Name& extra : with.extras) {
            if (std::ranges::find(plain.extras, extra) == plain.extras.end()) {
                plain.extras.push_back(extra);
            }
            for (const Edge& edge : with.edges) {
                bool is_known = edge.name == name ||
                                std::ranges::any_of(plain.edges, [&edge](const Edge& other) {
                                    return other.extra.empty() && other.str() == edge.str();
                                });
                if (!is_known) {
                    plain.edges.push_back(edge);
                    plain.edges.back().extra = extra.str();
                }
            }
        }
        std::ranges::sort(plain.extras);
        for (const Membership& one : with.memberships) {
            auto same = std::ranges::find(plain.memberships, one.selector, &Membership::selector);
            if (same == plain.memberships.end()) {
                plain.memberships.push_back(one);
            }
        }
        std::ranges::sort(plain.memberships, {}, &Membership::selector);
    }

    Result<> add_memberships() {
        bool knows_roots = !document_.projects.empty() && !document_.projects[0].roots.empty();
        if (has_groups_ || !knows_roots) {
            TRY(join_memberships(document_));
            find_asked_extras(document_);
            return {};
        }
        return reach(document_, document_.projects[0].roots);
    }

    TomlNode root_;
    LineCounter lines_;
    const Context& context_;
    std::string written_hash_;
    bool has_inputs_ = false; ///< then the hash is not what pdm looks at
    bool has_groups_ = false;
    std::vector<std::pair<lock::Package, Facts>> extra_entries_;
    Document document_;
};

} // namespace

Result<Document> read_pdm(std::string text, const Context& context) {
    std::string place = printable(context.file);
    text::TomlDocument toml = TRY_IN(place, text::TomlDocument::parse(std::move(text)));
    return TRY_IN(place, PdmReader(toml, context).read());
}

} // namespace pawl::exchange
