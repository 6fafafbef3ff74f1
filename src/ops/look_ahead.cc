#include "ops/look_ahead.h"

#include <algorithm>

#include "base/text.h"
#include "pep/marker.h"
#include "pep/specifier.h"

namespace pawl::ops {

/// One requirement on its way: its page, then the metadata of what it would choose.
struct LookAhead::Link {
    index::ProjectId project{};
    pep::Name name;
    pep::VersionSet versions;
    std::string extra; ///< whose requirements are followed; "": those that need no extra
    std::vector<index::FileId> files; ///< whose metadata is under way; none: the page is
};

LookAhead::LookAhead(index::Client& client, LookAheadHints hints)
    : client_(client), hints_(std::move(hints)) {}

LookAhead::~LookAhead() = default;

void LookAhead::add_link(const pep::Name& name, const pep::VersionSet& versions,
                         std::string extra) {
    constexpr size_t links_max = 10'000;
    index::ProjectId project = client_.project(name);
    if (known_.size() >= links_max || !known_.insert({project, extra}).second) {
        return;
    }
    auto allowed = hints_.allowed.find(name);
    links_.push_back({.project = project,
                      .name = name,
                      .versions = allowed == hints_.allowed.end()
                                      ? versions
                                      : versions.intersect(allowed->second),
                      .extra = std::move(extra),
                      .files = {}});
    client_.request_project(project);
}

void LookAhead::follow(const pep::Name& name, const pep::VersionSet& versions,
                       std::span<const pep::Name> extras) {
    if (hints_.excluded.contains(name)) {
        return;
    }
    add_link(name, versions, "");
    for (const pep::Name& extra : extras) {
        add_link(name, versions, extra.str());
    }
}

void LookAhead::advance() {
    for (size_t i = 0; i < links_.size();) {
        Link link = std::move(links_[i]); // step() may add links
        bool is_done = step(link);
        if (!is_done) {
            links_[i++] = std::move(link);
            continue;
        }
        links_[i] = std::move(links_.back());
        links_.pop_back();
    }
}

/// True at the end of the link, whether it led somewhere or not.
bool LookAhead::step(Link& link) {
    if (link.files.empty()) {
        if (!client_.is_project_ready(link.project)) {
            return false;
        }
        link.files = likely_files(link);
        for (index::FileId file : link.files) {
            client_.request_metadata(file);
        }
    }
    std::erase_if(link.files, [&](index::FileId file) {
        if (!client_.is_metadata_ready(file)) {
            return false;
        }
        Result<index::MetadataAnswer> answer = client_.wait_metadata(file);
        if (answer && answer->outcome == index::MetadataAnswer::Outcome::found) {
            follow_requirements(link, answer->metadata);
        }
        return true;
    });
    return link.files.empty();
}

/// Of the releases that the requirement would choose, if only it counted: those of a lock that is
/// there, else downwards until one is for all Pythons. What can only be built is left to the
/// resolver: an sdist is much to fetch for a guess.
std::vector<index::FileId> LookAhead::likely_files(const Link& link) {
    constexpr uint32_t rows_max = 200;
    constexpr size_t files_max = 6;
    Result<index::ProjectAnswer> answer = client_.wait_project(link.project);
    if (!answer || answer->outcome != index::ProjectAnswer::Outcome::found) {
        return {};
    }
    const index::ProjectFiles& files = answer->files;
    auto found = hints_.preferred.find(link.name);
    std::span<const pep::Version> preferred;
    if (found != hints_.preferred.end()) {
        preferred = found->second;
    }
    std::vector<index::FileId> locked, likely;
    std::set<std::string_view> pythons; // that a release further up is for, too
    bool is_enough = false;
    uint32_t count = std::min(files.version_count(), rows_max);
    for (uint32_t i = 0; i < count && !(is_enough && locked.size() == preferred.size()); ++i) {
        uint32_t row = hints_.is_lowest ? i : files.version_count() - 1 - i;
        index::VersionView view = files.version(row);
        if (view.is_prerelease || view.is_yanked || !view.has_wheel) {
            continue;
        }
        Result<pep::Version> version = pep::Version::parse(view.text);
        std::optional<uint32_t> file = files.metadata_file(row);
        if (!version || !file || !link.versions.contains(*version)) {
            continue;
        }
        index::FileId id{link.project, *file};
        if (std::ranges::find(preferred, *version) != preferred.end()) {
            locked.push_back(id);
        }
        std::string_view requires_python = files.file(*file).requires_python;
        if (!is_enough && pythons.insert(requires_python).second) {
            likely.push_back(id);
        }
        is_enough = is_enough || likely.size() == files_max || is_for_all(requires_python);
    }
    return locked.empty() ? likely : locked;
}

bool LookAhead::is_for_all(std::string_view requires_python) {
    if (requires_python.empty()) {
        return true;
    }
    auto [place, is_new] = for_all_.try_emplace(std::string(requires_python), true);
    if (is_new) {
        Result<pep::Specifiers> pythons = pep::Specifiers::parse(requires_python);
        place->second = !pythons || space_.implies(region(), space_.from_requires_python(*pythons));
    }
    return place->second;
}

void LookAhead::follow_requirements(const Link& link, const index::MetadataView& metadata) {
    for (uint32_t row = 0; row < metadata.requirement_count(); ++row) {
        index::RequirementView requirement = metadata.requirement(row);
        if (requirement.extra != link.extra || !requirement.url.empty() ||
            !is_possible(requirement.marker)) {
            continue;
        }
        Result<pep::Specifiers> specifiers = pep::Specifiers::parse(requirement.specifiers);
        std::vector<pep::Name> extras;
        for (std::string_view extra : split(requirement.extras, ',')) {
            if (!extra.empty()) {
                extras.push_back(pep::Name::of(extra));
            }
        }
        follow(pep::Name::of(requirement.name),
               specifiers ? specifiers->set() : pep::VersionSet::all(), extras);
    }
}

pep::MarkerId LookAhead::region() {
    if (!region_) {
        region_ = hints_.region(space_);
    }
    return *region_;
}

bool LookAhead::is_possible(std::string_view marker) {
    if (marker.empty()) {
        return true;
    }
    auto [place, is_new] = possible_.try_emplace(std::string(marker), true);
    if (is_new) {
        Result<pep::Marker> parsed = pep::Marker::parse(marker);
        place->second =
            parsed && !space_.are_disjoint(space_.without_extras(space_.from(*parsed)), region());
    }
    return place->second;
}

} // namespace pawl::ops
