// The derivation of a conflict is a graph: each learnt incompatibility follows from two others.
// It is told as PubGrub's authors do: a step for each deduction, simple ones folded into the next,
// and a step is named by its number where it is not the one just before.

#include "resolve/explain.h"

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "resolve/explain_words.h"

namespace pawl::resolve {

using pep::MarkerId;

namespace {

class Explainer {
  public:
    Explainer(const RegionSolver& solver, Catalog& catalog)
        : solver_(solver), catalog_(catalog), words_(solver, catalog) {}

    Report explain(MarkerId where) {
        Report report;
        pep::MarkerSpace& space = catalog_.space();
        MarkerId marker = space.simplify(where, catalog_.region());
        if (marker != MarkerId::always && marker != MarkerId::never) {
            report.region = printable(space.text(marker));
        }
        IncompatibilityId last = solver_.conflict();
        if (at(last).cause == Cause::derived) {
            tell_all(last);
            report.steps = texts();
        } else {
            report.steps.push_back("1. " + capital(words_.sentence(at(last))) + ".");
        }
        collect_hints(last);
        hint_for_root();
        if (marker != MarkerId::never && space.mentions_extras(marker)) {
            hint("if these extras or groups are never asked for together, declare that they "
                 "conflict");
        }
        report.hints = std::move(hints_);
        report.is_integrity = is_integrity_;
        return report;
    }

  private:
    const Incompatibility& at(IncompatibilityId id) const { return solver_.store().at(id); }
    bool is_derived(IncompatibilityId id) const { return at(id).cause == Cause::derived; }
    std::string words(IncompatibilityId id) { return words_.sentence(at(id)); }
    static std::string capital(std::string text) {
        if (!text.empty() && is_lower(text[0])) {
            text[0] = static_cast<char>(text[0] - ('a' - 'A'));
        }
        return text;
    }

    /// Whether the step is told already.
    bool is_told(IncompatibilityId id) const { return told_.count(id) != 0; }
    /// " (3)", for a step that is not the one just before.
    std::string number(IncompatibilityId id) const {
        return " (" + std::to_string(told_.at(id)) + ")";
    }
    bool is_just_before(IncompatibilityId id, IncompatibilityId next) const {
        auto found = told_.find(id);
        return found != told_.end() && found->second + 1 == told_.at(next);
    }

    /// Causes before what follows from them. An explicit list, since derivations can be long.
    void tell_all(IncompatibilityId last) {
        std::vector<IncompatibilityId> open = {last};
        while (!open.empty()) {
            IncompatibilityId id = open.back();
            if (is_told(id) || !is_derived(id)) {
                open.pop_back();
                continue;
            }
            IncompatibilityId first = at(id).first;
            IncompatibilityId second = at(id).second;
            bool first_missing = is_derived(first) && !is_told(first);
            bool second_missing = is_derived(second) && !is_told(second);
            // The longer story is told first, so that the other one is what was just said.
            if (first_missing) {
                open.push_back(first);
            } else if (second_missing) {
                open.push_back(second);
            } else {
                open.pop_back();
                tell(id);
            }
        }
    }

    void tell(IncompatibilityId id) {
        steps_.push_back(id);
        told_[id] = steps_.size();
    }

    /// A step's words. What was said just before need not be said again.
    std::string text_of(IncompatibilityId id) {
        IncompatibilityId first = at(id).first;
        IncompatibilityId second = at(id).second;
        if (is_derived(first) && !is_derived(second)) {
            std::swap(first, second);
        }
        if (is_just_before(first, id)) {
            std::swap(first, second);
        }
        std::string because = words(first) + (is_derived(first) ? number(first) : "");
        std::string text = is_just_before(second, id)
                               ? "And because " + because
                               : "Because " + because + " and " + words(second) +
                                     (is_derived(second) ? number(second) : "");
        return text + ", " + words(id) + ".";
    }

    /// Long derivations keep their beginning and their end.
    std::vector<std::string> texts() {
        constexpr size_t steps_max = 40;
        constexpr size_t steps_kept = 12;
        size_t left_out = steps_.size() <= steps_max ? 0 : steps_.size() - 2 * steps_kept;
        std::vector<std::string> result;
        for (size_t i = 0; i < steps_.size(); ++i) {
            if (left_out != 0 && i == steps_kept) {
                result.push_back("   (" + std::to_string(left_out) +
                                 " more steps of this kind; the last ones follow)");
                i += left_out;
            }
            result.push_back(std::to_string(i + 1) + ". " + text_of(steps_[i]));
        }
        return result;
    }

    void hint(std::string text) {
        constexpr size_t hints_max = 5;
        if (hints_.size() < hints_max &&
            std::find(hints_.begin(), hints_.end(), text) == hints_.end()) {
            hints_.push_back(std::move(text));
        }
    }

    void collect_hints(IncompatibilityId last) {
        std::vector<IncompatibilityId> open = {last};
        std::vector<bool> seen(solver_.store().size(), false);
        while (!open.empty()) {
            IncompatibilityId id = open.back();
            open.pop_back();
            if (seen[index_of(id)]) {
                continue;
            }
            seen[index_of(id)] = true;
            if (is_derived(id)) {
                open.push_back(at(id).second);
                open.push_back(at(id).first);
            } else {
                hint_for(at(id));
            }
        }
    }

    void hint_for(const Incompatibility& leaf) {
        const Term& term = leaf.terms.front();
        std::string name = printable(catalog_.text(term.node));
        if (leaf.cause == Cause::requires_python) {
            hint(words_.sentence(leaf) +
                 ": name such a Python (requires-python, --python), or ask "
                 "for another version of " +
                 name);
        } else if (leaf.cause == Cause::no_file) {
            hint("there are files of " + words_.releases(term.node, term.set) +
                 " for other environments only: narrow those of the lock (--environment, "
                 "--this-environment), or allow builds if --no-build forbids them");
        } else if (leaf.cause == Cause::constraint) {
            hint("the constraint " + words_.requirement(*leaf.edge) + " could be relaxed");
        } else if (leaf.cause == Cause::dependency) {
            if (term.node == NodeId::root && !leaf.edge->dependency->versions.is_all()) {
                bounds_.push_back(words_.requirement(*leaf.edge));
            }
            hint_for_empty(*leaf.edge);
        } else if (leaf.cause == Cause::unusable) {
            hint_for_unusable(leaf, name);
        }
    }

    /// When nothing better is known: which of the user's own bounds are in it.
    void hint_for_root() {
        if (hints_.empty() && !bounds_.empty()) {
            hint("of your own requirements, " + join_words(bounds_) +
                 (bounds_.size() == 1 ? " is the one that could be relaxed"
                                      : " are those that could be relaxed"));
        }
    }

    void hint_for_unusable(const Incompatibility& leaf, const std::string& name) {
        const Term& term = leaf.terms.front();
        const Release& newest = *words_.domain(term.node).slots[term.set.highest()].release;
        if (leaf.reason == Reason::prerelease) {
            hint("a prerelease exists (" + name + " " + newest.version.str() +
                 "): allow it with --prerelease allow");
        } else if (leaf.reason == Reason::yanked) {
            hint(name + " " + newest.version.str() + " was yanked; only " + name +
                 "==" + newest.version.str() + " in your own requirements takes it all the same");
        } else if (leaf.reason == Reason::listed && !newest.advice.empty()) {
            hint(printable(newest.advice));
        } else if (leaf.reason == Reason::metadata && words_.is_foreign(leaf)) {
            is_integrity_ = true;
            hint("the index serves the wrong metadata, or the wrong file, for " + name + " " +
                 newest.version.str() + ": tell whoever runs it, or ask for another version");
        } else if (leaf.reason == Reason::foreign_source) {
            hint("add the direct reference to your own requirements");
        }
    }

    /// A requirement that nothing meets: is the project there, is there something close?
    void hint_for_empty(const PreparedEdge& edge) {
        const Domain& its = words_.domain(edge.target);
        std::string name = catalog_.name(its.project).str();
        if (its.size() == 0) {
            if (!its.unavailable.empty() && its.unavailable.find("offline") != std::string::npos) {
                hint(name + " is not known here and --offline forbids to ask for it");
            } else {
                hint("is the name " + name + " spelt as its project spells it?");
            }
        }
    }

    const RegionSolver& solver_;
    Catalog& catalog_;
    Words words_;
    std::vector<IncompatibilityId> steps_;
    std::unordered_map<IncompatibilityId, size_t> told_;
    std::vector<std::string> hints_;
    bool is_integrity_ = false;
    std::vector<std::string> bounds_; // of the root, in the order of the derivation
};

} // namespace

Report explain(const RegionSolver& solver, Catalog& catalog, MarkerId where) {
    return Explainer(solver, catalog).explain(where);
}

} // namespace pawl::resolve
