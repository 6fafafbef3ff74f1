#include "pep/dependency_groups.h"

#include <algorithm>

#include "base/text.h"

namespace pawl::pep {

namespace {

/// Includes of includes multiply; nobody means this many.
constexpr size_t requirements_max = 100'000;
constexpr size_t depth_max = 200;

using Groups = std::map<std::string, DependencyGroup, std::less<>>;

class GroupResolver {
  public:
    explicit GroupResolver(const Groups& groups) : groups_(groups) {}

    Result<> add(const std::string& name) {
        auto found = groups_.find(name);
        if (found == groups_.end()) {
            return fail(Error::Kind::input,
                        "there is no dependency group \"" + printable(name) + "\"");
        }
        if (std::ranges::find(path_, name) != path_.end()) {
            path_.push_back(name);
            return fail(Error::Kind::input, "dependency groups include each other in a circle: " +
                                                printable(join(path_, " → ")));
        }
        if (path_.size() >= depth_max) {
            return fail(Error::Kind::input, "dependency groups include each other too deeply");
        }
        path_.push_back(name);
        TRY_IN("dependency group \"" + printable(name) + "\"", add_items(found->second));
        path_.pop_back();
        return {};
    }

    std::vector<Requirement> take() { return std::move(requirements_); }

  private:
    Result<> add_items(const DependencyGroup& group) {
        if (!group.problem.empty()) {
            return fail(Error::Kind::input, "is no list but " + group.problem);
        }
        for (const DependencyGroupItem& item : group.items) {
            switch (item.kind) {
            case DependencyGroupItem::Kind::requirement:
                requirements_.push_back(TRY(Requirement::parse(item.text)));
                break;
            case DependencyGroupItem::Kind::include:
                TRY(add(normalize_name(item.text)));
                break;
            case DependencyGroupItem::Kind::invalid:
                return fail(Error::Kind::input,
                            "holds " + printable(item.text) +
                                ", which is neither a requirement nor {include-group = \"…\"}");
            }
            if (++steps_ > requirements_max) {
                return fail(Error::Kind::input, "comes to more than " +
                                                    std::to_string(requirements_max) +
                                                    " requirements");
            }
        }
        return {};
    }

    const Groups& groups_;
    std::vector<std::string> path_; // the groups that are being resolved, outermost first
    std::vector<Requirement> requirements_;
    size_t steps_ = 0;
};

} // namespace

Result<DependencyGroups> DependencyGroups::create(std::vector<DependencyGroup> groups) {
    DependencyGroups result;
    for (DependencyGroup& group : groups) {
        std::string name = normalize_name(group.name);
        std::string written = group.name;
        auto [at, is_new] = result.groups_.emplace(std::move(name), std::move(group));
        if (!is_new) {
            return fail(Error::Kind::input, "the dependency groups \"" +
                                                printable(at->second.name) + "\" and \"" +
                                                printable(written) + "\" have the same name");
        }
    }
    return result;
}

std::vector<std::string> DependencyGroups::names() const {
    std::vector<std::string> names;
    for (const auto& entry : groups_) {
        names.push_back(entry.first);
    }
    return names;
}

bool DependencyGroups::contains(std::string_view name) const {
    return groups_.contains(normalize_name(name));
}

Result<std::vector<Requirement>> DependencyGroups::resolve(std::string_view name) const {
    GroupResolver resolver(groups_);
    TRY(resolver.add(normalize_name(name)));
    return resolver.take();
}

} // namespace pawl::pep
