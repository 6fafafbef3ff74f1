#include "lock/satisfaction.h"

#include <algorithm>

namespace pawl::lock {

namespace {

/// A project with one of its extras, or with ""; the root is ("", "").
using Asked = std::pair<std::string_view, std::string_view>;

bool holds(const std::optional<pep::Marker>& marker, const Point& point, std::string_view extra) {
    if (!marker) {
        return true;
    }
    pep::MarkerContext context = point.context;
    context.extra = std::string(extra);
    if (!context.extras) {
        context.extras.emplace();
    }
    if (!context.dependency_groups) {
        context.dependency_groups.emplace();
    }
    auto result = marker->evaluate(point.environment, context);
    return result && *result;
}

/// Whether the marker mentions `extra == "…"`; with a name: that one. Markers are bounded in depth.
bool mentions_extra(const pep::Marker& marker, std::string_view extra) {
    if (marker.kind() != pep::Marker::Kind::comparison) {
        return std::ranges::any_of(marker.children(), [extra](const pep::Marker& child) {
            return mentions_extra(child, extra);
        });
    }
    const pep::Marker::Comparison& comparison = marker.comparison();
    return comparison.variable == pep::MarkerVariable::extra &&
           (extra.empty() || pep::normalize_name(comparison.literal) == extra);
}

/// Whether a requirement is one of those that the extra brings ("": of those without any).
bool belongs_to(const pep::Requirement& written, std::string_view extra) {
    const bool has_extras = written.marker && mentions_extra(*written.marker, "");
    return extra.empty() ? !has_extras : has_extras && mentions_extra(*written.marker, extra);
}

std::string title(const Distribution& distribution) {
    return distribution.name.str() +
           (distribution.version ? " " + distribution.version->str() : "");
}

/// A walk along all requirements from the root.
class Walk {
  public:
    Walk(const Choice& choice, const Question& question, const Point& point)
        : choice_(choice), question_(question), point_(point) {}

    std::vector<Fault> run() {
        for (const pep::Requirement& constraint : question_.constraints) {
            if (!constraint.url.empty() && holds(constraint.marker, point_, "")) {
                sources_.emplace(constraint.name.str(), constraint.url);
            }
        }
        open_.emplace_back("", "");
        while (!open_.empty()) {
            const Asked next = open_.back();
            open_.pop_back();
            if (visited_.insert(next).second) {
                visit(next);
            }
        }
        for (const auto& chosen : choice_) {
            judge(*chosen.second);
        }
        return std::move(faults_);
    }

  private:
    void add(Fault::Kind kind, std::string_view project, std::string message) {
        faults_.push_back({kind, std::string(project), std::move(message)});
    }

    void visit(const Asked& asked) {
        const Distribution* from = asked.first.empty() ? nullptr : choice_.at(asked.first);
        for (const pep::Requirement& written : from == nullptr ? question_.roots : from->needs) {
            if (question_.excludes.contains(written.name.str())) {
                continue;
            }
            bool is_overridden = false;
            for (const pep::Requirement& other : question_.overrides) {
                if (other.name == written.name) {
                    is_overridden = true;
                    // Whatever the requirement's own marker says, but for its extra.
                    if (belongs_to(written, asked.second) && holds(other.marker, point_, "")) {
                        follow(from, other);
                    }
                }
            }
            if (!is_overridden && holds(written.marker, point_, asked.second)) {
                follow(from, written);
            }
        }
    }

    void follow(const Distribution* from, const pep::Requirement& need) {
        const std::string_view name = need.name.str();
        if (!need.url.empty() && (from == nullptr || !from->source.empty())) {
            sources_.emplace(name, need.url);
        }
        const auto target = choice_.find(name);
        const std::string who = from == nullptr ? "you" : title(*from);
        if (target == choice_.end()) {
            add(Fault::Kind::missing, name,
                who + (from == nullptr ? " ask for " : " needs ") + need.str() +
                    ", and it is not there");
            return;
        }
        const Distribution& chosen = *target->second;
        if (!admits(need, chosen)) {
            add(Fault::Kind::unmet, name,
                who + (from == nullptr ? " ask for " : " needs ") + need.str() + ", and there is " +
                    title(chosen) + (chosen.source.empty() ? "" : " from " + chosen.source));
        }
        open_.emplace_back(chosen.name.str(), "");
        for (const pep::Name& extra : need.extras) {
            open_.emplace_back(chosen.name.str(), extra.str());
        }
    }

    /// What the walk has to say of one that is chosen.
    void judge(const Distribution& chosen) {
        const std::string_view name = chosen.name.str();
        if (!visited_.contains({name, ""})) {
            add(Fault::Kind::unneeded, name, title(chosen) + " is there, and nobody needs it");
            return;
        }
        // Where somebody who may say so asks for it: the root, or what it points at.
        const bool is_asked_there = sources_.contains({name, chosen.source});
        const auto any = sources_.lower_bound({name, ""});
        const bool is_asked_elsewhere = any != sources_.end() && any->first == name;
        if (chosen.source.empty() ? is_asked_elsewhere : !is_asked_there) {
            add(Fault::Kind::wrong_source, name, title(chosen) + " comes from the wrong source");
        }
        std::string broken = broken_constraint(chosen, question_, point_);
        if (!broken.empty()) {
            add(Fault::Kind::constrained, name, std::move(broken));
        }
    }

    const Choice& choice_;
    const Question& question_;
    const Point& point_;
    std::vector<Asked> open_;
    std::set<Asked> visited_;
    std::set<std::pair<std::string_view, std::string_view>> sources_; // project and source
    std::vector<Fault> faults_;
};

} // namespace

std::string Point::str() const {
    std::string text = environment.sys_platform + " " + environment.platform_machine + " " +
                       environment.implementation_name + " " + environment.python_full_version;
    for (const auto& names : {context.extras, context.dependency_groups}) {
        if (names) {
            for (const std::string& name : *names) {
                text += " +" + name;
            }
        }
    }
    return text;
}

bool is_exact(const pep::Requirement& requirement) {
    const std::vector<pep::Specifier>& clauses = requirement.specifiers.clauses();
    return clauses.size() == 1 && !clauses.front().is_wildcard() &&
           clauses.front().op() == pep::Specifier::Operator::equal;
}

bool admits(const pep::Requirement& requirement, const Distribution& distribution) {
    if (!requirement.url.empty()) {
        return requirement.url == distribution.source;
    }
    return !distribution.version ||
           requirement.specifiers.contains(*distribution.version, pep::Prereleases::yes);
}

std::string broken_constraint(const Distribution& distribution, const Question& question,
                              const Point& point) {
    for (const pep::Requirement& constraint : question.constraints) {
        if (constraint.name == distribution.name && holds(constraint.marker, point, "") &&
            !admits(constraint, distribution)) {
            return title(distribution) + " breaks the constraint " + constraint.str();
        }
    }
    return "";
}

std::vector<Fault> faults_of(const Choice& choice, const Question& question, const Point& point) {
    return Walk(choice, question, point).run();
}

} // namespace pawl::lock
