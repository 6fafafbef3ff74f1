// A world that went wrong, made small: what is kept as a scenario.

#include <functional>

#include "test/scenarios/random_world.h"

namespace pawl::scenarios {

namespace {

class Shrinker {
  public:
    explicit Shrinker(World world) : world_(std::move(world)), kind_(kind_of(world_)) {}

    World run() {
        do {
            has_shrunk_ = false;
            for (auto list : {&World::require, &World::constrain, &World::override_with,
                              &World::exclude, &World::prefer, &World::first_split, &World::regions,
                              &World::required_environments}) {
                thin_out([list](World & world) -> auto& { return world.*list; });
            }
            attempt([](World& world) { world.options = {}; });
            attempt([](World& world) {
                world.options.prereleases_of.clear();
                world.prereleases_of.clear();
            });
            for (size_t i = 0; i < world_.projects.size(); ++i) {
                shrink_project(i);
            }
        } while (has_shrunk_);
        return std::move(world_);
    }

  private:
    using Change = std::function<void(World&)>;

    /// What the complaint is about, without its details.
    static std::string kind_of(const World& world) {
        std::string complaint = try_world(world).complaint;
        return complaint.substr(0, complaint.find_first_of(":,"));
    }

    static WorldProject& project(World& world, size_t number) {
        auto found = world.projects.begin();
        std::advance(found, static_cast<long>(number));
        return found->second;
    }

    void attempt(const Change& change) {
        World smaller = world_;
        change(smaller);
        if (smaller.str() != world_.str() && !kind_.empty() && kind_of(smaller) == kind_) {
            world_ = std::move(smaller);
            has_shrunk_ = true;
        }
    }

    /// Leaves out what it can of a list.
    template <class List>
    void thin_out(List list) {
        for (size_t i = list(world_).size(); i-- > 0;) {
            attempt([&](World& world) {
                auto& its = list(world);
                its.erase(its.begin() + static_cast<long>(i));
            });
        }
    }

    void shrink_project(size_t number) {
        thin_out([number](World & world) -> auto& { return project(world, number).releases; });
        for (size_t i = 0; i < project(world_, number).releases.size(); ++i) {
            auto release = [number, i](World& world) -> WorldRelease& {
                return project(world, number).releases[i];
            };
            thin_out([&](World & world) -> auto& { return release(world).needs; });
            thin_out([&](World & world) -> auto& { return release(world).extras; });
            thin_out([&](World & world) -> auto& { return release(world).wheels; });
            attempt([&](World& world) { release(world).requires_python.clear(); });
            attempt([&](World& world) { release(world).broken_metadata.clear(); });
            attempt([&](World& world) { release(world).is_yanked = false; });
            attempt([&](World& world) {
                release(world).has_sdist = true;
                release(world).wheels.clear();
            });
        }
    }

    World world_;
    std::string kind_;
    bool has_shrunk_ = false;
};

} // namespace

World shrunk(World world) {
    return Shrinker(std::move(world)).run();
}

} // namespace pawl::scenarios
