// A project that asks for itself: `all = ["spam[a,b]"]` in spam's own pyproject.toml.
#include <algorithm>

#include "base/text.h"
#include "project/pyproject.h"

namespace pawl::project {

namespace {

constexpr size_t requirements_max = 100'000;

std::optional<pep::Marker> joined(const std::optional<pep::Marker>& a,
                                  const std::optional<pep::Marker>& b) {
    if (!a || !b || *a == *b) {
        return a ? a : b;
    }
    return pep::Marker::of(pep::Marker::Kind::all_of, {*a, *b});
}

class OwnExtras {
  public:
    explicit OwnExtras(const Pyproject& pyproject) : pyproject_(pyproject) {}

    /// `given` is what leads here.
    Result<> add(const std::vector<ProjectRequirement>& requirements,
                 const std::optional<pep::Marker>& given) {
        for (const ProjectRequirement& one : requirements) {
            if (++steps_ > requirements_max) {
                return error(one, "the project's extras come to more than " +
                                      std::to_string(requirements_max) + " requirements");
            }
            std::optional<pep::Marker> marker = joined(given, one.requirement.marker);
            if (one.requirement.name == pyproject_.project->name) {
                TRY(follow(one, marker));
                continue;
            }
            ProjectRequirement added = one;
            added.requirement.marker = std::move(marker);
            found_.push_back(std::move(added));
        }
        return {};
    }

    std::vector<ProjectRequirement> take() { return std::move(found_); }

  private:
    tl::unexpected<Error> error(const ProjectRequirement& at, std::string what) const {
        return fail(Error::Kind::input, printable(pyproject_.file) + ":" + std::to_string(at.line) +
                                            ": " + std::move(what));
    }

    Result<> follow(const ProjectRequirement& one, const std::optional<pep::Marker>& marker) {
        const ProjectTable& project = *pyproject_.project;
        const pep::Requirement& requirement = one.requirement;
        std::string name = printable(project.name_as_written);
        if (!requirement.url.empty()) {
            return error(one, name + " asks for itself from an address");
        }
        if (project.version &&
            !requirement.specifiers.contains(*project.version, pep::Prereleases::yes)) {
            return error(one, name + " " + project.version->str() + " asks for itself as " +
                                  requirement.specifiers.str());
        }
        for (const pep::Name& extra : requirement.extras) {
            auto known =
                std::ranges::find_if(project.optional_dependencies,
                                     [&extra](const auto& entry) { return entry.first == extra; });
            if (known == project.optional_dependencies.end()) {
                return error(one, name + " has no extra \"" + extra.str() + "\"");
            }
            // An extra that leads here is asked for already, and under weaker markers.
            if (std::ranges::find(chain_, extra) == chain_.end()) {
                chain_.push_back(extra);
                TRY(add(known->second, marker));
                chain_.pop_back();
            }
        }
        return {};
    }

    const Pyproject& pyproject_;
    std::vector<pep::Name> chain_; // as long as there are extras, at most
    std::vector<ProjectRequirement> found_;
    size_t steps_ = 0;
};

} // namespace

Result<std::vector<ProjectRequirement>>
without_own_name(const Pyproject& pyproject, const std::vector<ProjectRequirement>& requirements) {
    if (!pyproject.project) {
        return requirements;
    }
    OwnExtras own(pyproject);
    TRY(own.add(requirements, std::nullopt));
    return own.take();
}

} // namespace pawl::project
