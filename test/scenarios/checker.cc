#include "test/scenarios/checker.h"

#include <algorithm>
#include <deque>

#include "base/check.h"
#include "lock/satisfaction.h"
#include "test/scenarios/judge_rules.h"

namespace pawl::scenarios {

/// A walk along all requirements from the root, over what is chosen.
class Judge::Walk {
  public:
    Walk(const Situation& situation, const std::vector<size_t>& chosen)
        : situation_(situation), rules_(*situation.rules), chosen_(chosen) {}

    /// As far as the first thing that no further choice can mend.
    void run() {
        for (size_t need : rules_.constraints) {
            const Need& constraint = rules_.needs[need];
            if (!constraint.text.url.empty() && holds(0, need)) {
                sources_.emplace(constraint.target, constraint.text.url);
            }
        }
        visit(nobody, 0);
        while (!open_.empty() && broken_.empty()) {
            auto [candidate, extra] = open_.front();
            open_.pop_front();
            visit(candidate, extra);
        }
    }

    const std::string& broken() const { return broken_; }
    /// A project that is needed and not chosen.
    const std::string& missing() const { return missing_; }
    ProjectNumber missing_project() const { return missing_project_; }

    /// What is wrong with what is chosen when nothing is missing.
    std::string leftover() const {
        for (ProjectNumber project = 0; project < chosen_.size(); ++project) {
            if (chosen_[project] == nobody) {
                continue;
            }
            const Candidate& candidate = rules_.candidates[chosen_[project]];
            if (!seen_.contains({chosen_[project], 0})) {
                return rules_.names[project] + " is there, and nobody needs it";
            }
            bool is_asked_there = sources_.contains({project, candidate.source});
            auto any = sources_.lower_bound({project, ""});
            bool is_asked_elsewhere = any != sources_.end() && any->first == project;
            if (candidate.source.empty() ? is_asked_elsewhere : !is_asked_there) {
                return rules_.names[project] + " comes from the wrong source";
            }
        }
        return "";
    }

  private:
    bool holds(size_t extra, size_t need) const { return situation_.holds[extra][need]; }

    void visit(CandidateNumber candidate, size_t extra) {
        const std::vector<size_t>& list =
            candidate == nobody ? rules_.roots : rules_.candidates[candidate].needs;
        for (size_t number : list) {
            const Need& need = rules_.needs[number];
            if (rules_.is_excluded[need.target]) {
                continue;
            }
            if (!rules_.is_overridden[need.target]) {
                if (holds(extra, number)) {
                    follow(candidate, need);
                }
                continue;
            }
            // An override stands for it whatever its own marker says, but for its extra.
            bool belongs = extra == 0 ? !need.text.marker.mentions_extra()
                                      : need.text.marker.mentions_extra(rules_.extras[extra]);
            for (size_t other : rules_.overrides) {
                if (belongs && rules_.needs[other].target == need.target && holds(0, other)) {
                    follow(candidate, rules_.needs[other]);
                }
            }
        }
    }

    void follow(CandidateNumber from, const Need& need) {
        if (!need.text.url.empty() && (from == nobody || rules_.candidates[from].is_direct())) {
            sources_.emplace(need.target, need.text.url);
        }
        CandidateNumber target = chosen_[need.target];
        if (target == nobody) {
            missing_ = need.text.text;
            missing_project_ = need.target;
            return;
        }
        if (!need.admits[target]) {
            broken_ =
                need.text.text + " is not met by " + rules_.candidates[target].release->version;
        }
        add(target, 0);
        for (const std::string& extra : need.text.extras) {
            auto found = std::find(rules_.extras.begin(), rules_.extras.end(), extra);
            add(target, static_cast<size_t>(found - rules_.extras.begin()));
        }
    }

    void add(CandidateNumber candidate, size_t extra) {
        if (!seen_.emplace(candidate, extra).second) {
            return;
        }
        open_.emplace_back(candidate, extra);
        for (size_t number : rules_.constraints) {
            const Need& constraint = rules_.needs[number];
            if (constraint.target == rules_.candidates[candidate].project && holds(0, number) &&
                !constraint.admits[candidate]) {
                broken_ = "the constraint " + constraint.text.text + " is broken";
            }
        }
    }

    const Situation& situation_;
    const Rules& rules_;
    const std::vector<size_t>& chosen_; ///< candidate by project
    std::deque<std::pair<CandidateNumber, size_t>> open_;
    std::set<std::pair<CandidateNumber, size_t>> seen_;
    std::set<std::pair<ProjectNumber, std::string>> sources_;
    std::string broken_, missing_;
    ProjectNumber missing_project_ = nobody;
};

/// Decides one needed project after the other, each on every release it may have.
class Judge::Search {
  public:
    Search(const Situation& situation, bool strictly)
        : situation_(situation), rules_(*situation.rules), strictly_(strictly),
          chosen_(rules_.names.size(), nobody) {}

    std::optional<bool> run() {
        bool found = step();
        return steps_ > steps_max ? std::nullopt : std::optional(found);
    }

  private:
    static constexpr uint64_t steps_max = 200'000;

    /// Whether the choices so far can be completed. As deep as there are projects.
    bool step() {
        if (++steps_ > steps_max) {
            return false;
        }
        Walk walk(situation_, chosen_);
        walk.run();
        if (!walk.broken().empty()) {
            return false;
        }
        ProjectNumber next = walk.missing_project();
        if (next == nobody) {
            return walk.leftover().empty();
        }
        for (CandidateNumber candidate : rules_.releases[next]) {
            if (situation_.is_usable(rules_.candidates[candidate], strictly_)) {
                chosen_[next] = candidate;
                if (step()) {
                    return true;
                }
            }
        }
        chosen_[next] = nobody;
        return false;
    }

    const Situation& situation_;
    const Rules& rules_;
    bool strictly_;
    std::vector<size_t> chosen_;
    uint64_t steps_ = 0;
};

Judge::Judge(const World& world, bool wide) : rules_(std::make_unique<Rules>(world, wide)) {}

Judge::~Judge() = default;

size_t Judge::point_count() const {
    return rules_->points.size();
}

Judge::Opinion Judge::opinion() const {
    std::map<std::string, std::optional<bool>> known; // by signature
    Opinion opinion;
    for (size_t i = 0; i < rules_->points.size(); ++i) {
        Situation situation(*rules_, i);
        for (bool strictly : {true, false}) {
            std::optional<bool>& all = strictly ? opinion.strictly : opinion.loosely;
            if (all && !*all) {
                continue;
            }
            auto [place, is_new] = known.try_emplace(situation.signature(strictly));
            if (is_new) {
                place->second = Search(situation, strictly).run();
            }
            if (place->second && !*place->second) {
                all = false;
                opinion.where = rules_->points[i].str();
            } else if (!place->second) {
                all = std::nullopt;
            }
        }
    }
    return opinion;
}

namespace {

/// An entry of an answer, found in the world.
struct Entry {
    CandidateNumber candidate = nobody;
    PlainMarker marker;
};

std::string read_entries(const Judge::Rules& rules, const std::vector<WrittenEntry>& answer,
                         std::vector<Entry>& entries) {
    for (const WrittenEntry& written : answer) {
        Entry entry;
        ProjectNumber project = rules.project_named(written.name);
        for (CandidateNumber one :
             project == nobody ? std::vector<CandidateNumber>() : rules.releases[project]) {
            const Candidate& candidate = rules.candidates[one];
            auto version = PlainVersion::parse(written.version);
            if (version && candidate.version == *version && candidate.source == written.source) {
                entry.candidate = one;
            }
        }
        if (entry.candidate == nobody) {
            return written.name + " " + written.version + " does not exist";
        }
        auto marker = PlainMarker::parse(written.marker);
        if (!marker) {
            return "a marker that cannot be read: " + written.marker;
        }
        entry.marker = std::move(*marker);
        entries.push_back(std::move(entry));
    }
    return "";
}

/// "" or which two entries of one project apply here.
std::string choose(const Judge::Rules& rules, const std::vector<Entry>& entries,
                   const PlainPoint& point, std::vector<size_t>& chosen) {
    chosen.assign(rules.names.size(), nobody);
    for (const Entry& entry : entries) {
        if (entry.marker.holds(point)) {
            ProjectNumber project = rules.candidates[entry.candidate].project;
            if (chosen[project] != nobody) {
                return "two releases of " + rules.names[project];
            }
            chosen[project] = entry.candidate;
        }
    }
    return "";
}

} // namespace

std::string Judge::fault(const std::vector<WrittenEntry>& answer) const {
    const Rules& rules = *rules_;
    std::vector<Entry> entries;
    std::string fault = read_entries(rules, answer, entries);
    std::vector<size_t> chosen;
    for (size_t i = 0; i < rules.points.size() && fault.empty(); ++i) {
        Situation situation(rules, i);
        fault = choose(rules, entries, rules.points[i], chosen);
        for (CandidateNumber one : chosen) {
            if (one != nobody && !situation.is_usable(rules.candidates[one], false)) {
                fault = rules.names[rules.candidates[one].project] + " cannot be used here";
            }
        }
        Walk walk(situation, chosen);
        walk.run();
        fault = !fault.empty()            ? fault
                : !walk.broken().empty()  ? walk.broken()
                : !walk.missing().empty() ? walk.missing() + ": nothing is there"
                                          : walk.leftover();
        fault = fault.empty() ? "" : "at " + rules.points[i].str() + ": " + fault;
    }
    for (size_t i = 0; i < entries.size() && fault.empty(); ++i) {
        fault = file_fault(answer[i], entries[i].candidate, entries[i].marker);
    }
    return rules.points.empty() ? "no point is covered" : fault;
}

/// A release has a file somewhere where it is chosen, and so in each required environment.
std::string Judge::file_fault(const WrittenEntry& written, size_t number,
                              const PlainMarker& marker) const {
    const Candidate& candidate = rules_->candidates[number];
    std::vector<bool> is_there(candidate.fits_required.size() + 1);
    std::vector<bool> has_file(candidate.fits_required.size() + 1);
    for (size_t i = 0; i < rules_->points.size(); ++i) {
        if (!marker.holds(rules_->points[i])) {
            continue;
        }
        size_t machine = rules_->machine_of[i];
        for (size_t j = 0; j < is_there.size(); ++j) {
            bool counts = j == candidate.fits_required.size() || rules_->required[machine][j];
            is_there[j] = is_there[j] || counts;
            has_file[j] = has_file[j] || (counts && candidate.fits[machine]);
        }
    }
    return is_there == has_file ? "" : written.name + " " + written.version + " has no file";
}

namespace {

pep::MarkerEnvironment environment_of(const PlainPoint& point) {
    pep::MarkerEnvironment result;
    result.os_name = point.value("os_name");
    result.sys_platform = point.value("sys_platform");
    result.platform_system = point.value("platform_system");
    result.platform_machine = point.value("platform_machine");
    result.platform_python_implementation = point.value("platform_python_implementation");
    result.platform_release = point.value("platform_release");
    result.platform_version = point.value("platform_version");
    result.implementation_name = point.value("implementation_name");
    result.implementation_version = point.value("implementation_version");
    result.python_full_version = point.value("python_full_version");
    result.python_version = point.value("python_version");
    return result;
}

std::vector<pep::Requirement> requirements_of(const std::vector<std::string>& texts) {
    std::vector<pep::Requirement> result;
    for (const std::string& text : texts) {
        if (auto requirement = pep::Requirement::parse(text)) {
            result.push_back(std::move(*requirement));
        }
    }
    return result;
}

} // namespace

std::string Judge::second_opinion(const std::vector<WrittenEntry>& answer) const {
    const Rules& rules = *rules_;
    std::vector<Entry> entries;
    if (!read_entries(rules, answer, entries).empty()) {
        return "";
    }
    lock::Question question;
    question.roots = requirements_of(rules.world->require);
    question.constraints = requirements_of(rules.world->constrain);
    question.overrides = requirements_of(rules.world->override_with);
    question.excludes.insert(rules.world->exclude.begin(), rules.world->exclude.end());
    std::vector<lock::Distribution> distributions;
    for (const Candidate& candidate : rules.candidates) {
        auto version = pep::Version::parse(candidate.release->version);
        check(version.has_value());
        distributions.push_back({pep::Name::of(rules.names[candidate.project]), *version,
                                 candidate.source, requirements_of(candidate.release->needs)});
    }
    std::vector<size_t> chosen;
    for (size_t i = 0; i < rules.points.size(); ++i) {
        if (!choose(rules, entries, rules.points[i], chosen).empty()) {
            continue;
        }
        lock::Choice choice;
        for (CandidateNumber one : chosen) {
            if (one != nobody) {
                choice.emplace(distributions[one].name.str(), &distributions[one]);
            }
        }
        lock::Point point{environment_of(rules.points[i]), {}};
        point.context.extras = rules.points[i].extras;
        point.context.dependency_groups = rules.points[i].groups;
        std::vector<lock::Fault> faults = lock::faults_of(choice, question, point);
        Situation situation(rules, i);
        Walk walk(situation, chosen);
        walk.run();
        std::string own = !walk.broken().empty()    ? walk.broken()
                          : !walk.missing().empty() ? walk.missing() + ": nothing is there"
                                                    : walk.leftover();
        if (own.empty() != faults.empty()) {
            return "at " + rules.points[i].str() + " the judge says \"" + own +
                   "\" and lock::faults_of \"" + (faults.empty() ? "" : faults.front().message) +
                   "\"";
        }
    }
    return "";
}

} // namespace pawl::scenarios
