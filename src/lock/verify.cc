#include "lock/verify.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/check.h"
#include "base/text.h"
#include "lock/grid.h"
#include "pep/wheel_name.h"

namespace pawl::lock {

namespace {

using Severity = Problem::Severity;

/// The lower bound of a Requires-Python alone counts, as the field has learnt (see
/// resolve::python_support).
bool is_too_old(const pep::Specifiers& requires_python, const pep::Version& python) {
    const auto intervals = requires_python.set().intervals();
    if (intervals.empty()) {
        return true;
    }
    return !pep::VersionSet::between(intervals.front().begin, std::nullopt).contains(python);
}

/// The same thing found on several machines is said once.
class Findings {
  public:
    explicit Findings(const Lock& lock) : lock_(lock) {}

    void add(Severity severity, std::optional<uint32_t> entry, const std::string& what,
             const std::string& where) {
        Places& places = found_[{entry.value_or(UINT32_MAX), severity, what}];
        if (places.names.insert(where).second) {
            places.in_order.push_back(where);
        }
    }

    std::vector<Problem> take() const {
        std::vector<Problem> problems;
        for (const auto& [key, places] : found_) {
            const auto& [entry, severity, what] = key;
            Problem problem{.severity = severity, .rules = Rules::deep};
            std::string message = what + " (" + shown(places.in_order) + ")";
            if (entry != UINT32_MAX) {
                const Package& package = lock_.packages[entry];
                problem.line = package.line;
                problem.where = "packages[" + std::to_string(entry) + "]";
                message = "line " + std::to_string(package.line) + ": " + problem.where + " (" +
                          package.name.str() + "): " + message;
            }
            problem.message = std::move(message);
            problems.push_back(std::move(problem));
        }
        std::ranges::stable_sort(problems, {}, &Problem::line);
        return problems;
    }

  private:
    struct Places {
        std::set<std::string> names;
        std::vector<std::string> in_order;
    };

    static std::string shown(const std::vector<std::string>& places) {
        constexpr size_t shown_max = 3;
        std::vector<std::string> few(
            places.begin(),
            places.begin() + static_cast<std::ptrdiff_t>(std::min(shown_max, places.size())));
        std::string text = join(few, "; ");
        if (places.size() > shown_max) {
            text += "; and " + std::to_string(places.size() - shown_max) + " more";
        }
        return text;
    }

    const Lock& lock_;
    std::map<std::tuple<uint32_t, Severity, std::string>, Places> found_;
};

class Verifier {
  public:
    explicit Verifier(const VerifyInput& input)
        : input_(input), lock_(*input.lock), findings_(lock_) {
        check(input.metadata.size() == lock_.packages.size() &&
              input.sources.size() == lock_.packages.size());
        for (size_t i = 0; i < lock_.packages.size(); ++i) {
            const Package& package = lock_.packages[i];
            distributions_.push_back(
                {package.name, package.version, input.sources[i], input.metadata[i].needs});
            if (!input.metadata[i].unknown.empty()) {
                findings_.add(Severity::warning, static_cast<uint32_t>(i),
                              "what it needs is not known", input.metadata[i].unknown);
            }
        }
        read_wheels();
    }

    Verification run() {
        const pep::Specifiers any;
        const Grid grid =
            grid_of(lock_.requires_python ? *lock_.requires_python : any, all_markers());
        const std::vector<pep::MarkerContext> contexts = contexts_of(lock_, input_.left_out);
        fits_.assign(grid.tags.size(), {});
        Verification result;
        for (const Machine& machine : grid.machines) {
            if (!is_covered(machine)) {
                continue;
            }
            ++result.machines;
            python_ = *pep::Version::parse(machine.environment.python_full_version);
            for (const pep::MarkerContext& context : contexts) {
                Point point{machine.environment, context};
                if (!is_left_out(point)) {
                    ++result.points;
                    judge(machine, grid.tags[machine.tags], point);
                }
            }
        }
        if (result.machines == 0) {
            findings_.add(Severity::warning, std::nullopt,
                          "none of the machines that are tried is one that the lock is for",
                          "CPython 3.8 to 3.15 and PyPy on Linux, macOS, Windows and FreeBSD");
        }
        result.problems = findings_.take();
        return result;
    }

  private:
    void read_wheels() {
        for (const Package& package : lock_.packages) {
            std::vector<std::vector<pep::Tag>>& wheels = wheels_.emplace_back();
            for (const Wheel& wheel : package.wheels) {
                if (auto name = pep::WheelName::parse(wheel.name)) {
                    wheels.push_back(std::move(name->tags));
                }
            }
            if (package.archive) {
                if (auto name = pep::WheelName::parse(package.archive->file_name())) {
                    wheels.push_back(std::move(name->tags));
                }
            }
        }
    }

    std::vector<const pep::Marker*> all_markers() const {
        std::vector<const pep::Marker*> markers;
        auto add = [&markers](const std::optional<pep::Marker>& marker) {
            if (marker) {
                markers.push_back(&*marker);
            }
        };
        for (const pep::Marker& marker : lock_.environments) {
            markers.push_back(&marker);
        }
        for (const Package& package : lock_.packages) {
            add(package.marker);
        }
        for (const pep::Requirement& root : input_.question.roots) {
            add(root.marker);
        }
        for (const EntryMetadata& metadata : input_.metadata) {
            for (const pep::Requirement& need : metadata.needs) {
                add(need.marker);
            }
        }
        return markers;
    }

    bool is_covered(const Machine& machine) const {
        return lock_.environments.empty() ||
               std::ranges::any_of(lock_.environments, [&machine](const pep::Marker& marker) {
                   return marker.evaluate(machine.environment).value_or(false);
               });
    }

    bool is_left_out(const Point& point) const {
        return std::ranges::any_of(input_.left_out, [&point](const pep::Marker& marker) {
            return marker.evaluate(point.environment, point.context).value_or(false);
        });
    }

    static std::string place_of(const Machine& machine, const Point& point) {
        std::string text = machine.name;
        for (const std::string& extra : *point.context.extras) {
            text += ", extra " + extra;
        }
        for (const std::string& group : *point.context.dependency_groups) {
            text += ", group " + group;
        }
        return printable(text);
    }

    void judge(const Machine& machine, const pep::TagSet& tags, const Point& point) {
        const std::string place = place_of(machine, point);
        Choice choice;
        std::map<std::string_view, uint32_t> entries;
        for (uint32_t i = 0; i < lock_.packages.size(); ++i) {
            const Package& package = lock_.packages[i];
            if (package.marker) {
                const auto applies = package.marker->evaluate(point.environment, point.context);
                if (!applies) {
                    findings_.add(Severity::error, i,
                                  "its marker has no value: " + applies.error().message, place);
                    continue;
                }
                if (!*applies) {
                    continue;
                }
            }
            const auto [before, is_new] = entries.emplace(package.name.str(), i);
            if (!is_new) {
                findings_.add(Severity::error, i,
                              "it and the entry of line " +
                                  std::to_string(lock_.packages[before->second].line) +
                                  " both apply",
                              place);
                continue;
            }
            choice.emplace(package.name.str(), &distributions_[i]);
            judge_entry(i, machine, tags, place);
        }
        judge_needs(choice, entries, point, place);
    }

    /// Whether the entry itself can be installed here.
    void judge_entry(uint32_t entry, const Machine& machine, const pep::TagSet& tags,
                     const std::string& place) {
        const Package& package = lock_.packages[entry];
        if (package.requires_python &&
            !package.requires_python->contains(*python_, pep::Prereleases::yes)) {
            findings_.add(Severity::error, entry,
                          "its requires-python \"" + package.requires_python->str() +
                              "\" does not hold, and installers stop there",
                          place);
        }
        const auto& metadata = input_.metadata[entry].requires_python;
        if (metadata && is_too_old(*metadata, *python_)) {
            findings_.add(Severity::error, entry, "its metadata asks for Python " + metadata->str(),
                          place);
        }
        if (has_file(entry, machine.tags, tags)) {
            return;
        }
        const bool is_required =
            std::ranges::any_of(input_.required_environments, [&](const pep::Marker& marker) {
                return marker.evaluate(machine.environment).value_or(false);
            });
        findings_.add(is_required ? Severity::error : Severity::warning, entry,
                      "no wheel fits, and there is no sdist", machine.family);
    }

    bool has_file(uint32_t entry, uint32_t tags_index, const pep::TagSet& tags) {
        if (wheels_[entry].empty() || lock_.packages[entry].sdist) {
            return true; // what is built fits
        }
        std::vector<char>& known = fits_[tags_index];
        known.resize(lock_.packages.size(), 0);
        if (known[entry] == 0) {
            const bool fits =
                std::ranges::any_of(wheels_[entry], [&tags](const std::vector<pep::Tag>& wheel) {
                    return tags.rank(wheel).has_value();
                });
            known[entry] = fits ? 'y' : 'n';
        }
        return known[entry] == 'y';
    }

    void judge_needs(const Choice& choice, const std::map<std::string_view, uint32_t>& entries,
                     const Point& point, const std::string& place) {
        Question asked;
        const Question* question = &input_.question;
        if (!input_.knows_roots) {
            asked = input_.question;
            for (const auto& chosen : choice) {
                pep::Requirement root{.name = chosen.second->name};
                root.name_as_written = root.name.str();
                root.url = chosen.second->source;
                asked.roots.push_back(std::move(root));
            }
            question = &asked;
        }
        // Who knows whether an entry of which nobody knows what it needs does not need it.
        const bool knows_all = std::ranges::all_of(entries, [this](const auto& chosen) {
            return input_.metadata[chosen.second].unknown.empty();
        });
        for (const Fault& fault : faults_of(choice, *question, point)) {
            if (fault.kind == Fault::Kind::unneeded && !knows_all) {
                continue;
            }
            const auto entry = entries.find(fault.project);
            findings_.add(Severity::error,
                          entry == entries.end() ? std::nullopt : std::optional(entry->second),
                          printable(fault.message), place);
        }
    }

    const VerifyInput& input_;
    const Lock& lock_;
    Findings findings_;
    std::vector<Distribution> distributions_;                // by entry
    std::vector<std::vector<std::vector<pep::Tag>>> wheels_; // by entry
    std::vector<std::vector<char>> fits_; // by tags and entry: 'y', 'n', or 0 for not known yet
    std::optional<pep::Version> python_;  // of the machine at hand
};

} // namespace

Verification verify(const VerifyInput& input) {
    return Verifier(input).run();
}

} // namespace pawl::lock
