#include "ops/project_input.h"

#include <algorithm>

#include "base/fs.h"
#include "base/text.h"
#include "index/options.h"
#include "ops/lock_steps.h"
#include "ops/source_tree.h"
#include "pep/marker_space.h"
#include "pep/metadata.h"
#include "project/pyproject.h"
#include "project/requirement_address.h"
#include "project/static_metadata.h"

namespace pawl::ops {

namespace {

/// For those who come from uv.
std::string own_word_for(std::string_view key) {
    constexpr std::string_view dependencies = "-dependencies";
    for (std::string_view own : {"constraints", "overrides", "excludes"}) {
        if (key.ends_with(dependencies) &&
            own.substr(0, own.size() - 1) == key.substr(0, key.size() - dependencies.size())) {
            return ": " + std::string(own) + " is what you want";
        }
    }
    return "";
}

using pep::Marker;
using project::ProjectRequirement;
using project::Pyproject;

constexpr uint64_t pyproject_bytes_max = uint64_t{16} << 20;

/// `"name" in extras`, `"name" in dependency_groups`.
Marker is_in(pep::MarkerVariable variable, const std::string& name) {
    return Marker::of(Marker::Comparison{
        .variable = variable, .op = Marker::Operator::in, .literal = name, .reversed = true});
}

Marker both(const std::optional<Marker>& a, const Marker& b) {
    return a ? Marker::of(Marker::Kind::all_of, {*a, b}) : b;
}

/// A distribution's metadata in the form of [project]: what holds without extras, and what each
/// extra adds.
void set_dependencies(project::ProjectTable& project, const pep::CoreMetadata& metadata) {
    pep::MarkerSpace space;
    auto requirements_with = [&](const std::vector<std::string>& extras) {
        std::vector<ProjectRequirement> list;
        for (const pep::Requirement& one : metadata.requires_dist) {
            pep::MarkerId marker = one.marker ? space.from(*one.marker) : pep::MarkerId::always;
            pep::MarkerId where = space.with_extras(marker, extras);
            bool is_of_extra = space.mentions_extras(marker);
            if (where == pep::MarkerId::never || (!extras.empty() && !is_of_extra)) {
                continue;
            }
            pep::Requirement requirement = one;
            requirement.marker = space.marker(where);
            std::string text = requirement.str();
            list.push_back({std::move(requirement), std::move(text), 0});
        }
        return list;
    };
    project.dependencies = requirements_with({});
    project.optional_dependencies.clear();
    for (const pep::Name& extra : metadata.provides_extra) {
        project.optional_dependencies.emplace_back(extra, requirements_with({extra.str()}));
    }
}

class ProjectInput {
  public:
    ProjectInput(Pyproject pyproject, std::string directory, Services& services)
        : pyproject_(std::move(pyproject)), directory_(std::move(directory)), services_(services) {}

    Result<> read(LockInput& input) {
        input_ = &input;
        if (!pyproject_.project && pyproject_.groups.empty() &&
            pyproject_.settings.workspace_members.empty()) {
            return fail(Error{Error::Kind::input,
                              printable(pyproject_.file) + " says nothing of what it needs"}
                            .hint("give it [project] with dependencies, or [dependency-groups]"));
        }
        for (const auto& [key, line] : pyproject_.settings.unknown_keys) {
            services_.terminal().warn(printable(pyproject_.file + ":" + std::to_string(line) +
                                                ": [tool.pawl] has no key \"" + key + "\"") +
                                      own_word_for(key));
        }
        TRY(check_indexes());
        TRY(set_pythons());
        set_settings(input.resolution.settings);
        set_settings(input.declared);
        TRY(set_sources());
        TRY(add_project());
        TRY(add_groups());
        TRY(add_narrowing());
        add_conflicts();
        std::ranges::sort(input.extras);
        input.input_digest = digest();
        return {};
    }

  private:
    /// What only the metadata says stands in no line.
    std::string origin(uint32_t line) const {
        return pyproject_.file + (line == 0 ? "" : ":" + std::to_string(line));
    }

    Result<> set_pythons() {
        std::string_view pythons = default_requires_python;
        if (pyproject_.project && pyproject_.project->requires_python) {
            input_->resolution.requires_python = *pyproject_.project->requires_python;
            return {};
        }
        input_->resolution.requires_python = TRY(pep::Specifiers::parse(pythons));
        return {};
    }

    Result<> check_indexes() const {
        for (const project::ProjectIndex& index : pyproject_.settings.indexes) {
            Result<index::Source> source =
                index::parse_source(place_of(index.url), index::Source::Kind::simple);
            if (!source || (!source->url.is_http() && source->url.scheme() != "file")) {
                return fail(Error::Kind::input, printable(origin(index.line)) + ": the index \"" +
                                                    printable(index.name) +
                                                    "\" has an address that is none");
            }
        }
        return {};
    }

    /// Paths are below the project.
    std::string place_of(const std::string& address) const {
        return address.empty() || address.find("://") != std::string::npos
                   ? address
                   : fs::normalize(fs::join(directory_, address));
    }

    /// [tool.pawl] counts where the command line is silent.
    void set_settings(Settings& settings) const {
        const project::ProjectSettings& table = pyproject_.settings;
        set_from_table(settings, &Settings::index_url, place_of(table.index_url));
        set_from_table(settings, &Settings::exclude_newer, table.exclude_newer);
        set_from_table(settings, &Settings::prerelease, table.prerelease);
        set_from_table(settings, &Settings::resolution, table.resolution);
        set_from_table(settings, &Settings::fork_strategy, table.fork_strategy);
        set_from_table(settings, &Settings::index_strategy, table.index_strategy);
        set_from_table(settings, &Settings::python, table.python);
        set_from_table(settings, &Settings::extra_index_urls, table.extra_index_urls);
        std::vector<std::string> links;
        for (const std::string& place : table.find_links) {
            links.push_back(place_of(place));
        }
        set_from_table(settings, &Settings::find_links, links);
        settings.no_index = settings.no_index || table.no_index.value_or(false);
        settings.no_build = settings.no_build || table.no_build.value_or(false);
        bool has_indexes = !settings.indexes.empty() && !settings.weak.contains("index");
        std::vector<std::string> indexes;
        for (const project::ProjectIndex& index : table.indexes) {
            std::string named = (index.name.empty() ? "" : index.name + "=") + place_of(index.url);
            if (index.is_default) {
                set_from_table(settings, &Settings::index_url, place_of(index.url));
            } else if (index.is_explicit) {
                settings.explicit_indexes.push_back(index.name);
            }
            if (!index.is_default && index.is_explicit && has_indexes) {
                settings.indexes.push_back(named); // its projects come from nowhere else
            } else if (!index.is_default) {
                indexes.push_back(named);
            }
        }
        set_from_table(settings, &Settings::indexes, indexes);
        settings.exclude_newer_of = table.exclude_newer_of;
        for (const auto& [name, source] : table.sources) {
            if (!source.index.empty()) {
                settings.index_pins.insert_or_assign(name, source.index);
            }
        }
    }

    /// Projects that come from a directory, whoever requires them.
    Result<> set_sources() {
        for (const auto& [name, source] : pyproject_.settings.sources) {
            if (source.path.empty()) {
                continue;
            }
            std::string path = fs::normalize(fs::join(directory_, source.path));
            if (!fs::exists(path)) {
                return fail(Error::Kind::input, printable(origin(source.line)) + ": " + name.str() +
                                                    " comes from " + printable(source.path) +
                                                    ", and nothing is there");
            }
            TRY(add_source(name, path, source.editable));
            input_->resolution.constraints.push_back(
                {from_directory(name, path), origin(source.line)});
        }
        members_ = TRY_IN(printable(pyproject_.file),
                          project::workspace_members(pyproject_.settings, directory_));
        for (const std::string& path : members_) {
            pep::Name name = TRY(project::name_of_directory(path));
            if (path == directory_ || (pyproject_.project && name == pyproject_.project->name)) {
                continue;
            }
            TRY(add_source(name, path, true));
            input_->resolution.requirements.push_back(
                {from_directory(name, path), pyproject_.file + " (workspace)"});
        }
        return {};
    }

    Result<> add_source(const pep::Name& name, const std::string& path, bool editable) {
        auto [place, is_new] = directories_.try_emplace(name, path);
        if (!is_new && place->second != path) {
            return fail(Error::Kind::input, printable(pyproject_.file) + ": two directories hold " +
                                                name.str() + ": " + printable(place->second) +
                                                " and " + printable(path));
        }
        if (editable) {
            input_->editable.insert(name);
        }
        return {};
    }

    static pep::Requirement from_directory(const pep::Name& name, const std::string& path) {
        pep::Requirement requirement{.name = name, .name_as_written = name.str()};
        requirement.url = Url::from_path(path).text();
        return requirement;
    }

    /// A requirement with its own address made absolute, or with the address that its project has.
    Result<pep::Requirement> addressed(const ProjectRequirement& one) {
        pep::Requirement requirement = one.requirement;
        if (!requirement.url.empty()) {
            project::AddressedRequirement found =
                TRY_IN(printable(origin(one.line)),
                       project::parse_address(one.text, {.directory = directory_}));
            requirement.url = found.requirement.url;
            if (found.login && !found.is_vcs_login) {
                input_->resolution.settings.logins.push_back(*found.login);
            }
            return requirement;
        }
        auto directory = directories_.find(requirement.name);
        if (directory != directories_.end()) {
            requirement.url = Url::from_path(directory->second).text();
            requirement.specifiers = {};
        }
        return requirement;
    }

    Result<> add(const std::vector<ProjectRequirement>& requirements,
                 const std::optional<Marker>& given) {
        for (const ProjectRequirement& one :
             TRY(project::without_own_name(pyproject_, requirements))) {
            pep::Requirement requirement = TRY(addressed(one));
            if (given) {
                requirement.marker = both(requirement.marker, *given);
            }
            input_->resolution.requirements.push_back({std::move(requirement), origin(one.line)});
        }
        return {};
    }

    Result<> add_project() {
        if (!pyproject_.project) {
            return {};
        }
        project::ProjectTable& project = *pyproject_.project;
        if (project.is_dynamic("dependencies") || project.is_dynamic("optional-dependencies")) {
            TRY_IN(printable(pyproject_.file), ask_backend(project));
        }
        TRY(add(project.dependencies, std::nullopt));
        for (const auto& [extra, requirements] : project.optional_dependencies) {
            input_->extras.push_back(extra);
            TRY(add(requirements, is_in(pep::MarkerVariable::extras, extra.str())));
        }
        return {};
    }

    /// Dependencies that only the project's build backend knows.
    Result<> ask_backend(project::ProjectTable& project) {
        SourceTrees trees(services_, input_->resolution);
        std::string text = TRY(trees.of_source(project.name, Url::from_path(directory_).text()));
        set_dependencies(project, TRY(pep::CoreMetadata::parse(text)));
        return {};
    }

    Result<> add_groups() {
        for (const project::ProjectGroup& group : pyproject_.groups) {
            TRY(add(group.requirements, is_in(pep::MarkerVariable::dependency_groups, group.name)));
            const std::vector<std::string>& defaults = pyproject_.settings.default_groups;
            bool is_default = std::ranges::find(defaults, group.name) != defaults.end();
            (is_default ? input_->default_groups : input_->groups).push_back(group.name);
        }
        return {};
    }

    Result<> declared_formats(const project::ProjectSettings& table) {
        Result<> added =
            add_format_rules(input_->resolution.formats, table.no_binary, table.only_binary);
        if (!added) {
            added.error().kind = Error::Kind::input; // it stands in a file
        }
        return added;
    }

    Result<> add_narrowing() {
        const project::ProjectSettings& table = pyproject_.settings;
        ResolutionRequest& resolution = input_->resolution;
        for (const ProjectRequirement& one : table.constraints) {
            resolution.constraints.push_back({TRY(addressed(one)), origin(one.line)});
        }
        for (const ProjectRequirement& one : table.overrides) {
            resolution.overrides.push_back({TRY(addressed(one)), origin(one.line)});
        }
        resolution.excludes = table.excludes;
        resolution.environments = table.environments;
        resolution.required_environments = table.required_environments;
        resolution.prereleases_of = table.prerelease_of;
        TRY_IN(printable(input_->name) + ": [tool.pawl]", declared_formats(table));
        return {};
    }

    void add_conflicts() {
        for (const project::ConflictSet& set : pyproject_.settings.conflicts) {
            std::vector<std::string> words;
            for (const project::ConflictItem& item : set.items) {
                bool is_extra = item.kind == project::ConflictItem::Kind::extra;
                words.push_back((is_extra ? "extra " : "group ") + item.name);
            }
            input_->conflicts.push_back(join(words, ", "));
        }
        input_->resolution.left_out = left_out_by(input_->conflicts);
    }

    // --- the digest -----------------------------------------------------------------------------

    void add_roots(InputDigest& digest, std::string_view key,
                   const std::vector<RootRequirement>& roots) const {
        std::vector<std::string> texts;
        for (const RootRequirement& root : roots) {
            texts.push_back(portable_text(root.requirement, directory_));
        }
        std::ranges::sort(texts);
        for (const std::string& text : texts) {
            digest.add(key, text);
        }
    }

    /// Addresses as they are written, so that the digest is the same wherever the project lies.
    static void add_settings(InputDigest& digest, const Settings& declared,
                             const project::ProjectSettings& table) {
        digest.add("index-url", table.index_url);
        for (const std::string& url : table.extra_index_urls) {
            digest.add("extra-index-url", url);
        }
        for (const project::ProjectIndex& index : table.indexes) {
            digest.add("index",
                       index.name + " " + index.url + (index.is_default ? " default" : ""));
        }
        for (const std::string& place : table.find_links) {
            digest.add("find-links", place);
        }
        for (const std::string& text : table.only_binary) {
            digest.add("only-binary", text);
        }
        for (const std::string& text : table.no_binary) {
            digest.add("no-binary", text);
        }
        for (const std::string& name : declared.explicit_indexes) {
            digest.add("explicit-index", name);
        }
        for (const auto& [name, index] : declared.index_pins) {
            digest.add("index-of " + name.str(), index);
        }
        digest.add("no-index", declared.no_index ? "true" : "");
        digest.add("no-build", declared.no_build ? "true" : "");
        digest.add("exclude-newer", declared.exclude_newer);
        for (const auto& [name, limit] : declared.exclude_newer_of) {
            digest.add("exclude-newer " + name.str(), limit.empty() ? "never" : limit);
        }
        digest.add("prerelease", declared.prerelease);
        digest.add("resolution", declared.resolution);
        digest.add("fork-strategy", declared.fork_strategy);
        digest.add("index-strategy", declared.index_strategy);
    }

    std::string digest() const {
        const ResolutionRequest& resolution = input_->resolution;
        InputDigest digest("project");
        digest.add("variant", input_->variant);
        digest.add("requires-python", resolution.requires_python.str());
        add_roots(digest, "requirement", resolution.requirements);
        add_roots(digest, "constraint", resolution.constraints);
        add_roots(digest, "override", resolution.overrides);
        for (const pep::Name& name : resolution.excludes) {
            digest.add("exclude", name.str());
        }
        for (const pep::Name& extra : input_->extras) {
            digest.add("extra", extra.str());
        }
        for (const std::string& group : input_->groups) {
            digest.add("group", group);
        }
        for (const std::string& group : input_->default_groups) {
            digest.add("default-group", group);
        }
        for (const std::string& conflict : input_->conflicts) {
            digest.add("conflict", conflict);
        }
        for (const Marker& marker : resolution.environments) {
            digest.add("environment", marker.str());
        }
        for (const Marker& marker : resolution.required_environments) {
            digest.add("required-environment", marker.str());
        }
        for (const auto& [name, mode] : resolution.prereleases_of) {
            digest.add("prerelease " + name.str(), mode);
        }
        for (const pep::Name& name : input_->editable) {
            digest.add("editable", name.str());
        }
        add_settings(digest, input_->declared, pyproject_.settings);
        for (const auto& [name, path] : directories_) {
            Result<std::optional<std::string>> metadata = project::static_metadata(path);
            digest.add("directory " + name.str(),
                       metadata && *metadata ? **metadata : "only a build can tell");
        }
        return digest.str();
    }

    Pyproject pyproject_;
    std::string directory_; // absolute
    Services& services_;
    LockInput* input_ = nullptr;
    std::map<pep::Name, std::string> directories_; // absolute
    std::vector<std::string> members_;
};

Result<Pyproject> read_pyproject(std::string_view path, std::string_view name) {
    return project::parse_pyproject(TRY(fs::read(path, pyproject_bytes_max)), name);
}

/// The pyproject.toml that the request names: as the user would, and absolute.
struct ProjectFile {
    std::string name, path;
};
Result<ProjectFile> project_file(const LockRequest& request) {
    std::string name = request.scripts.empty() ? "pyproject.toml" : request.scripts[0];
    if (fs::is_directory(name)) {
        name = fs::join(name == "." ? "" : name, "pyproject.toml");
    }
    std::string path = TRY(fs::absolute(name));
    if (!fs::exists(path)) {
        return fail(Error::Kind::usage, "there is no " + printable(name));
    }
    return ProjectFile{std::move(name), std::move(path)};
}

} // namespace

Result<std::vector<hardware::Variant>> variants_of_project(std::string_view path,
                                                           std::string_view name) {
    Pyproject pyproject = TRY(read_pyproject(path, name));
    std::vector<hardware::Variant> variants;
    for (project::ProjectVariant& one : pyproject.variants) {
        variants.push_back(std::move(one.variant));
    }
    return variants;
}

Result<std::vector<hardware::Variant>> project_variants(const LockRequest& request) {
    ProjectFile file = TRY(project_file(request));
    return variants_of_project(file.path, file.name);
}

Result<LockInput> project_input(const LockRequest& request, std::string_view variant,
                                Services& services) {
    ProjectFile file = TRY(project_file(request));
    const std::string& path = file.path;
    LockInput input{.name = file.name,
                    .what = file.name,
                    .command =
                        request.scripts.empty() ? "pawl lock" : "pawl lock " + request.scripts[0],
                    .variant = std::string(variant)};
    if (!variant.empty()) {
        input.name += " (" + input.variant + ")";
        input.command += " --variant " + input.variant;
    }
    input.lock_path = TRY(lock_path_of(request.output, fs::parent(path), variant));
    input.resolution.directory = fs::parent(input.lock_path);
    input.resolution.settings = services.settings();
    Pyproject pyproject = TRY(read_pyproject(path, file.name));
    for (project::ProjectVariant& one : pyproject.variants) {
        if (one.variant.name == variant) {
            pyproject.settings = std::move(one.settings);
        }
    }
    ProjectInput reader(std::move(pyproject), std::string(fs::parent(path)), services);
    TRY(reader.read(input));
    return input;
}

Result<LockInput> metadata_input(const pep::CoreMetadata& metadata, std::string_view file,
                                 Services& services) {
    std::string directory = TRY(fs::current_directory());
    Pyproject pyproject;
    pyproject.file = file;
    pyproject.project = project::ProjectTable{.name = metadata.name,
                                              .name_as_written = metadata.name.str(),
                                              .version = metadata.version,
                                              .requires_python = metadata.requires_python};
    set_dependencies(*pyproject.project, metadata);
    LockInput input{.name = std::string(file), .what = std::string(file)};
    input.resolution.settings = services.settings();
    ProjectInput reader(std::move(pyproject), std::move(directory), services);
    TRY(reader.read(input));
    return input;
}

} // namespace pawl::ops
