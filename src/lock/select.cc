// The specification's "Installation", step by step. Everything is decided from the lock and the
// target; whether a file can be had is found out later, and never changes the choice.

#include "lock/select.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "base/text.h"
#include "pep/wheel_name.h"

namespace pawl::lock {

namespace {

class Selector {
  public:
    Selector(const Lock& lock, const Target& target, const Request& request)
        : lock_(lock), target_(target), request_(request) {}

    Result<std::vector<Selection>> select() {
        check(target_.tags != nullptr);
        TRY(prepare());
        TRY(check_python(lock_.requires_python, "the lock"));
        TRY(check_environments());
        std::vector<Selection> chosen;
        std::map<std::string_view, uint32_t> by_name;
        for (uint32_t i = 0; i < lock_.packages.size(); ++i) {
            const Package& package = lock_.packages[i];
            if (!TRY_IN(place(package), applies(package))) {
                continue;
            }
            TRY(check_python(package.requires_python, place(package)));
            auto [before, is_new] = by_name.emplace(package.name.str(), i);
            if (!is_new) {
                return ambiguous(lock_.packages[before->second], package);
            }
            chosen.push_back(TRY(choose_source(i)));
        }
        return chosen;
    }

  private:
    static std::string place(const Package& package) {
        const std::string name =
            package.name.str() + (package.version ? " " + package.version->str() : "");
        return package.line > 0 ? "line " + std::to_string(package.line) + ": " + name : name;
    }

    Result<> prepare() {
        std::string python = target_.environment.python_full_version;
        if (python.ends_with('+')) {
            python.pop_back(); // a Python built from a checkout: "3.15.0a1+"
        }
        python_ = TRY_IN("the target's Python version", pep::Version::parse(python));
        auto normalized = [](const auto& names) {
            std::set<std::string> out;
            for (const std::string& name : names) {
                out.insert(pep::normalize_name(name));
            }
            return out;
        };
        context_.extras = normalized(request_.extras);
        context_.dependency_groups = request_.dependency_groups
                                         ? normalized(*request_.dependency_groups)
                                         : normalized(lock_.default_groups);
        return request_.refuse_undeclared ? check_declared() : Result<>();
    }

    Result<> check_declared() const {
        std::set<std::string> groups;
        for (const std::string& group :
             lock_.dependency_groups.value_or(std::vector<std::string>())) {
            groups.insert(pep::normalize_name(group));
        }
        for (const std::string& group : lock_.default_groups) {
            groups.insert(pep::normalize_name(group));
        }
        std::set<std::string> extras;
        for (const pep::Name& extra : lock_.extras.value_or(std::vector<pep::Name>())) {
            extras.insert(extra.str());
        }
        auto undeclared = [](std::string_view what, const std::string& name,
                             const std::set<std::string>& declared) {
            const std::vector<std::string> words(declared.begin(), declared.end());
            return fail(Error{Error::Kind::usage, "the lock has no " + std::string(what) + " \"" +
                                                      printable(name) + "\""}
                            .hint(words.empty() ? "it has none at all"
                                                : "it has " + printable(join_words(words))));
        };
        for (const std::string& extra : *context_.extras) {
            if (!extras.contains(extra)) {
                return undeclared("extra", extra, extras);
            }
        }
        for (const std::string& group : *context_.dependency_groups) {
            if (!groups.contains(group)) {
                return undeclared("dependency group", group, groups);
            }
        }
        return {};
    }

    /// With the full version: a 3.15.0b1 is not ">=3.15".
    Result<> check_python(const std::optional<pep::Specifiers>& wanted,
                          std::string_view who) const {
        if (!wanted || wanted->contains(*python_, pep::Prereleases::yes)) {
            return {};
        }
        return fail(Error::Kind::environment, std::string(who) + " needs Python " + wanted->str() +
                                                  ", and this is " + python_->str());
    }

    /// These are about the environment alone: extras and groups have no value here.
    Result<> check_environments() const {
        if (lock_.environments.empty()) {
            return {};
        }
        std::vector<std::string> texts;
        for (const pep::Marker& marker : lock_.environments) {
            if (TRY_IN("environments", marker.evaluate(target_.environment))) {
                return {};
            }
            texts.push_back(marker.str());
        }
        constexpr size_t shown_max = 8;
        const size_t all = texts.size();
        texts.resize(std::min(all, shown_max));
        if (all > shown_max) {
            texts.push_back(std::to_string(all - shown_max) + " more");
        }
        return fail(Error{Error::Kind::environment,
                          "this environment is not one of those that the lock is for"}
                        .hint("it is for " + printable(join(texts, "; "))));
    }

    Result<bool> applies(const Package& package) const {
        return package.marker ? package.marker->evaluate(target_.environment, context_) : true;
    }

    static tl::unexpected<Error> ambiguous(const Package& first, const Package& second) {
        return fail(Error{Error::Kind::input, "the lock is ambiguous: " + place(first) + " and " +
                                                  place(second) + " both apply to this environment"}
                        .hint("its markers must leave one entry of a name; lock again"));
    }

    Result<Selection> choose_source(uint32_t index) const {
        const Package& package = lock_.packages[index];
        if (package.vcs) {
            return Selection{.kind = Selection::Kind::vcs, .package = index};
        }
        if (package.directory) {
            return Selection{.kind = Selection::Kind::directory, .package = index};
        }
        if (package.archive) {
            return Selection{.kind = Selection::Kind::archive, .package = index};
        }
        if (auto wheel = best_wheel(package.wheels, *target_.tags, request_.ignore_build_numbers)) {
            return Selection{.kind = Selection::Kind::wheel, .package = index, .wheel = *wheel};
        }
        if (package.sdist) {
            return Selection{.kind = Selection::Kind::sdist, .package = index};
        }
        return fail(Error{Error::Kind::environment,
                          place(package) + ": this platform is not supported by this lock"}
                        .hint(supported(package)));
    }

    /// For which interpreters and platforms there are wheels.
    static std::string supported(const Package& package) {
        std::set<std::string> pythons;
        std::set<std::string> platforms;
        for (const Wheel& wheel : package.wheels) {
            auto name = pep::WheelName::parse(wheel.name);
            if (!name) {
                continue;
            }
            for (const pep::Tag& tag : name->tags) {
                pythons.insert(tag.python + "-" + tag.abi);
                platforms.insert(tag.platform);
            }
        }
        auto shown = [](const std::set<std::string>& names) {
            constexpr size_t shown_max = 12;
            std::vector<std::string> words(names.begin(), names.end());
            const size_t all = words.size();
            words.resize(std::min(all, shown_max));
            if (all > shown_max) {
                words.push_back(std::to_string(all - shown_max) + " more");
            }
            return printable(join_words(words));
        };
        return "it has wheels for " + shown(platforms) + " (" + shown(pythons) +
               ") and no source distribution";
    }

    const Lock& lock_;
    const Target& target_;
    const Request& request_;
    std::optional<pep::Version> python_;
    pep::MarkerContext context_;
};

} // namespace

std::optional<uint32_t> best_wheel(std::span<const Wheel> wheels, const pep::TagSet& tags,
                                   bool ignore_build_numbers) {
    std::optional<uint32_t> best;
    uint32_t best_rank = 0;
    std::optional<pep::BuildTag> best_build;
    for (uint32_t i = 0; i < wheels.size(); ++i) {
        if (!tags.may_fit(wheels[i].name)) {
            continue;
        }
        auto name = pep::WheelName::parse(wheels[i].name);
        if (!name) {
            continue;
        }
        const auto rank = tags.rank(name->tags);
        if (!rank) {
            continue;
        }
        // No build tag is before every build tag.
        const bool higher_build =
            !ignore_build_numbers && best && *rank == best_rank && name->build > best_build;
        if (!best || *rank < best_rank || higher_build) {
            best = i;
            best_rank = *rank;
            best_build = std::move(name->build);
        }
    }
    return best;
}

Result<std::vector<Selection>> select(const Lock& lock, const Target& target,
                                      const Request& request) {
    return Selector(lock, target, request).select();
}

} // namespace pawl::lock
