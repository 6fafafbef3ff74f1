// The resolver names projects and releases; the index has pages, rows and files. This file joins
// them, and keeps what was parsed: a resolution of 300 projects meets the same specifiers, markers
// and sets of tags thousands of times, so each text is parsed once.

#include "ops/index_provider.h"

#include <algorithm>
#include <unordered_map>

#include "base/check.h"
#include "base/text.h"
#include "pep/metadata.h"

namespace pawl::ops {

struct IndexProvider::Project {
    pep::Name name;
    std::string source;
    std::optional<index::ProjectId> id;
    bool loaded = false;
    index::ProjectFiles files;
    std::vector<uint32_t> rows; // release → row of its version on the page
    resolve::Releases releases;
    std::vector<std::unique_ptr<resolve::ReleaseMetadata>> metadata; // by release
};

struct IndexProvider::Memory {
    std::map<std::pair<std::string, std::string>, std::unique_ptr<Project>> projects;
    std::unordered_map<std::string, resolve::Dependency> requirements; // by text
    std::unordered_map<std::string, pep::MarkerId> pythons;            // Requires-Python → where
    std::unordered_map<std::string, bool> fits;                        // tags → whether they fit
    std::map<pep::Name, std::string> limits;                           // see limit_text
};

IndexProvider::IndexProvider(index::Client& client, pep::MarkerSpace& space,
                             SourceMetadata& sources, ProviderOptions options)
    : client_(client), space_(space), sources_(sources), options_(std::move(options)),
      tag_environments_(space), memory_(std::make_unique<Memory>()),
      ahead_(client, std::move(options_.hints)) {}

IndexProvider::~IndexProvider() = default;

IndexProvider::Project& IndexProvider::project(const pep::Name& name, std::string_view source) {
    auto& slot = memory_->projects[{name.str(), std::string(source)}];
    if (!slot) {
        slot = std::make_unique<Project>(Project{.name = name, .source = std::string(source)});
    }
    return *slot;
}

/// Where a Requires-Python holds. One that cannot be read is as if it were not there, as the field
/// does: such releases are old, and refusing them helps nobody.
pep::MarkerId IndexProvider::python_support(std::string_view text) {
    if (text.empty()) {
        return pep::MarkerId::always;
    }
    auto [place, is_new] = memory_->pythons.try_emplace(std::string(text), pep::MarkerId::always);
    Result<pep::Specifiers> specifiers;
    if (is_new && (specifiers = pep::Specifiers::parse(text))) {
        if (options_.python == nullptr) {
            place->second = resolve::python_support(space_, *specifiers, options_.region);
        } else if (!specifiers->contains(*options_.python, pep::Prereleases::yes)) {
            place->second = pep::MarkerId::never;
        }
    }
    return place->second;
}

/// Where a wheel with these tags can be installed, as far as this resolution asks.
pep::MarkerId IndexProvider::coverage_of(std::string_view tags) {
    if (options_.tags == nullptr) {
        return tag_environments_.of(tags);
    }
    auto [place, is_new] = memory_->fits.try_emplace(std::string(tags), false);
    if (is_new) {
        Result<std::vector<pep::Tag>> parsed = pep::parse_tag(tags);
        place->second = parsed && options_.tags->rank(*parsed).has_value();
    }
    return place->second ? pep::MarkerId::always : pep::MarkerId::never;
}

/// What is said of a release that is too new; the same view for each of a project.
std::string_view IndexProvider::limit_text(const pep::Name& name) {
    const index::Options& options = client_.options();
    auto own = options.exclude_newer_project.find(name);
    std::optional<Timestamp> limit =
        own == options.exclude_newer_project.end() ? options.exclude_newer : own->second;
    std::string& text = memory_->limits[name];
    if (text.empty() && limit) {
        text = "was uploaded after " + format_timestamp(*limit) + " (--exclude-newer)";
    }
    return text;
}

/// Sets where an installable file of the release exists, or why there is none.
void IndexProvider::set_files(const Project& project, const index::VersionView& version,
                              resolve::Release& release) {
    FormatRule rule = options_.formats.rule(project.name);
    uint32_t too_new = 0;
    uint32_t undated = 0;
    uint32_t ruled_out = 0;
    uint32_t unbuilt = 0;
    release.files = pep::MarkerId::never;
    for (uint32_t i = 0; i < version.file_count && release.files != pep::MarkerId::always; ++i) {
        index::FileView file = project.files.file(version.file_first + i);
        bool is_sdist = file.kind == index::FileKind::sdist;
        if (file.is_too_new) {
            ++(file.upload_time ? too_new : undated);
        } else if (is_sdist ? !rule.sdists : !rule.wheels) {
            ++ruled_out;
        } else if (is_sdist && options_.no_build) {
            ++unbuilt;
        } else if (is_sdist) {
            release.files = pep::MarkerId::always;
        } else {
            release.files = space_.either(release.files, coverage_of(file.tags));
        }
    }
    if (release.files != pep::MarkerId::never) {
        return;
    }
    if (too_new + undated == version.file_count) {
        release.unusable = too_new > 0 ? limit_text(project.name)
                                       : "has no upload time for --exclude-newer to look at";
        release.advice = "name a later day with --exclude-newer (its setting: exclude-newer), or "
                         "leave it out";
    } else if (unbuilt > 0) {
        release.unusable = "can only be built (which is not allowed here)";
        release.advice = options_.build_advice;
    } else if (ruled_out > 0) {
        release.unusable = "has no file that --no-binary and --only-binary leave";
        release.advice = "leave the project out of --only-binary and --no-binary (their settings: "
                         "only-binary, no-binary)";
    } else {
        release.unusable =
            options_.tags != nullptr
                ? "has neither a wheel that fits this Python on this platform nor an sdist"
                : "has neither a wheel that any environment of the lock can take nor an sdist";
    }
}

/// While one answer is waited for, the others are made use of.
template <class IsReady>
void IndexProvider::wait(const pep::Name& name, const IsReady& is_ready) {
    if (!is_ready()) {
        is_asking_ = true;
        ask_ahead();
    }
    while (!is_ready()) {
        ahead_.advance();
        options_.waiting(name);
        client_.wait_for_more();
    }
}

Result<> IndexProvider::load_page(Project& project) {
    if (!project.id) {
        project.id = client_.project(project.name);
    }
    client_.request_project(*project.id);
    wait(project.name, [&] { return client_.is_project_ready(*project.id); });
    index::ProjectAnswer answer = TRY(client_.wait_project(*project.id));
    project.files = answer.files;
    if (answer.outcome == index::ProjectAnswer::Outcome::unknown) {
        const index::Options& options = client_.options();
        bool has_index = std::ranges::any_of(options.sources, [](const index::Source& source) {
            return source.kind == index::Source::Kind::simple;
        });
        project.releases.unavailable = options.offline ? "is not in the cache, and pawl is offline"
                                       : has_index     ? "was not found on the index"
                                       : options.sources.empty()
                                           ? "cannot be looked for: --no-index asks no index, and "
                                             "there is no --find-links"
                                           : "is in no place of --find-links, and --no-index asks "
                                             "no index";
        return {};
    }
    if (answer.files.status() == index::ProjectStatus::quarantined) {
        project.releases.unavailable = "is in quarantine on its index";
        return {};
    }
    const index::ProjectFiles& files = project.files;
    for (uint32_t row = 0; row < files.version_count(); ++row) {
        index::VersionView view = files.version(row);
        Result<pep::Version> version = pep::Version::parse(view.text);
        if (!version || view.file_count == 0) {
            continue;
        }
        resolve::Release release{.version = std::move(*version)};
        set_files(project, view, release);
        release.requires_python = files.file(view.file_first).requires_python;
        release.pythons = python_support(release.requires_python);
        release.is_yanked = view.is_yanked;
        project.releases.releases.push_back(std::move(release));
        project.rows.push_back(row);
    }
    if (project.releases.releases.empty()) {
        project.releases.unavailable = "has no releases on its index";
    }
    project.metadata.resize(project.releases.releases.size());
    return {};
}

/// A direct URL, a path or a VCS revision: one release, known once its metadata is.
Result<> IndexProvider::load_source(Project& project) {
    std::string text = TRY(sources_.of_source(project.name, project.source));
    pep::CoreMetadata core = TRY_IN(project.source, pep::CoreMetadata::parse(text));
    if (core.name != project.name) {
        return fail(Error::Kind::integrity, printable(project.source) + " is the project " +
                                                core.name.str() + ", not " + project.name.str());
    }
    resolve::Release release{.version = core.version};
    auto metadata = std::make_unique<resolve::ReleaseMetadata>();
    for (const pep::Requirement& requirement : core.requires_dist) {
        metadata->dependencies.push_back(resolve::Dependency::from(requirement, space_));
    }
    metadata->extras = core.provides_extra;
    if (core.requires_python) {
        metadata->requires_python = core.requires_python->str();
        metadata->pythons = python_support(metadata->requires_python);
        release.pythons = metadata->pythons;
    }
    project.releases.releases.push_back(std::move(release));
    project.metadata.push_back(std::move(metadata));
    return {};
}

Result<const resolve::Releases*> IndexProvider::releases(const pep::Name& name,
                                                         std::string_view source) {
    Project& found = project(name, source);
    if (!found.loaded) {
        found.loaded = true;
        TRY(source.empty() ? load_page(found) : load_source(found));
    }
    return &found.releases;
}

resolve::Dependency IndexProvider::convert(const index::RequirementView& view) {
    auto [place, is_new] = memory_->requirements.try_emplace(
        std::string(view.text), resolve::Dependency{.name = pep::Name::of(view.name)});
    if (is_new) {
        // The record holds requirements that were parsed once already.
        Result<pep::Requirement> requirement = pep::Requirement::parse(view.text);
        check(requirement.has_value());
        place->second = resolve::Dependency::from(*requirement, space_);
    }
    return place->second;
}

resolve::ReleaseMetadata IndexProvider::convert(index::MetadataView view) {
    resolve::ReleaseMetadata metadata;
    metadata.dependencies.reserve(view.requirement_count());
    for (uint32_t row = 0; row < view.requirement_count(); ++row) {
        metadata.dependencies.push_back(convert(view.requirement(row)));
    }
    for (uint32_t row = 0; row < view.extra_count(); ++row) {
        metadata.extras.push_back(pep::Name::of(view.extra(row)));
    }
    metadata.requires_python = view.requires_python();
    metadata.pythons = python_support(metadata.requires_python);
    return metadata;
}

/// Whether another release may do better; the network or the disk are no better for it.
static bool is_about_the_source(Error::Kind kind) {
    return kind == Error::Kind::input || kind == Error::Kind::no_solution ||
           kind == Error::Kind::integrity || kind == Error::Kind::refused ||
           kind == Error::Kind::permission;
}

void IndexProvider::warn_of(const resolve::ReleaseMetadata& metadata) {
    constexpr size_t warnings_max = 5;
    if (warnings_.size() < warnings_max) {
        warnings_.push_back("passed over " + printable(metadata.unavailable));
    }
}

Result<resolve::ReleaseMetadata> IndexProvider::read_metadata(Project& project, size_t release) {
    resolve::ReleaseMetadata none;
    std::optional<uint32_t> row = project.files.metadata_file(project.rows[release]);
    if (!row) {
        none.unavailable = "there is no usable file";
        return none;
    }
    index::FileId file{*project.id, *row};
    client_.request_metadata(file);
    wait(project.name, [&] { return client_.is_metadata_ready(file); });
    index::MetadataAnswer answer = TRY(client_.wait_metadata(file));
    if (answer.outcome == index::MetadataAnswer::Outcome::must_build) {
        if (options_.no_build) {
            none.unavailable = "it would have to be built, which is not allowed here";
            return none;
        }
        Result<std::string> text = sources_.of_sdist(client_.file(file));
        if (!text && !is_about_the_source(text.error().kind)) {
            return fail(std::move(text.error()));
        }
        if (!text) {
            none.unavailable = "building it failed: " + text.error().message;
            return none;
        }
        Result<index::MetadataAnswer> built = client_.put_built_metadata(file, *text);
        if (!built) {
            none.is_foreign = built.error().kind == Error::Kind::integrity;
            none.unavailable = std::move(built.error().message);
            warn_of(none);
            return none;
        }
        answer = *built;
    }
    if (answer.outcome != index::MetadataAnswer::Outcome::found) {
        none.unavailable = answer.reason;
        none.is_foreign = answer.outcome == index::MetadataAnswer::Outcome::foreign;
        warn_of(none);
        return none;
    }
    return convert(answer.metadata);
}

Result<const resolve::ReleaseMetadata*>
IndexProvider::metadata(const pep::Name& name, std::string_view source, size_t release) {
    Project& found = project(name, source);
    check(found.loaded && release < found.metadata.size());
    if (!found.metadata[release]) {
        found.metadata[release] =
            std::make_unique<resolve::ReleaseMetadata>(TRY(read_metadata(found, release)));
    }
    return found.metadata[release].get();
}

void IndexProvider::prefetch(std::span<const resolve::Wanted> wanted) {
    for (const resolve::Wanted& want : wanted) {
        if (!want.source.empty()) {
            continue;
        }
        Project& found = project(*want.name, want.source);
        if (want.version == nullptr) {
            later_.push_back({.project = &found, .release = {}, .dependency = want.dependency});
            continue;
        }
        auto at = std::lower_bound(
            found.releases.releases.begin(), found.releases.releases.end(), *want.version,
            [](const resolve::Release& release, const pep::Version& version) {
                return release.version < version;
            });
        if (at != found.releases.releases.end() && at->version == *want.version) {
            auto release = static_cast<size_t>(at - found.releases.releases.begin());
            later_.push_back({.project = &found, .release = release, .dependency = nullptr});
        }
    }
    if (is_asking_) {
        ask_ahead();
    }
}

void IndexProvider::ask_ahead() {
    for (const Later& later : std::exchange(later_, {})) {
        Project& found = *later.project;
        if (!found.id) {
            found.id = client_.project(found.name);
        }
        if (!later.release) {
            client_.request_project(*found.id);
            if (later.dependency != nullptr && !client_.is_project_ready(*found.id)) {
                ahead_.follow(found.name, later.dependency->versions, later.dependency->extras);
            }
        } else if (!found.metadata[*later.release]) {
            if (auto row = found.files.metadata_file(found.rows[*later.release])) {
                client_.request_metadata(index::FileId{*found.id, *row});
            }
        }
    }
    if (!ahead_.is_idle()) {
        client_.poll();
        ahead_.advance();
    }
}

IndexProvider::PageRow IndexProvider::page_row(const pep::Name& name, size_t release) const {
    auto found = memory_->projects.find({name.str(), std::string()});
    check(found != memory_->projects.end() && release < found->second->rows.size());
    return {found->second->files, found->second->rows[release]};
}

} // namespace pawl::ops
