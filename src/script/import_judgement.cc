// Whether an import runs, and where: from the conditions of the branches around it.

#include <algorithm>
#include <optional>

#include "script/condition.h"
#include "script/scan_state.h"

namespace pawl::script {
namespace {

class Judge {
  public:
    Judge(std::string_view text, const std::vector<Branch>& branches)
        : text_(text), branches_(branches), runs_(branches.size()), none_before_(branches.size()),
          conditions_(branches.size()) {}

    /// When the statements of a branch run, by all branches around it. Each branch is worked out
    /// once, from the outside in.
    const When& when_runs(uint32_t index) {
        std::vector<uint32_t> path;
        for (uint32_t at = index; at != no_index && !runs_[at]; at = branches_[at].parent) {
            path.push_back(at);
        }
        for (auto at = path.rbegin(); at != path.rend(); ++at) {
            const Branch& branch = branches_[*at];
            const When outer = branch.parent == no_index ? When{} : *runs_[branch.parent];
            runs_[*at] = both(outer, own_condition(*at));
        }
        return *runs_[index];
    }

    /// Whether a failing import is caught around the branch, in the same function.
    bool is_guarded(uint32_t index) {
        if (guarded_.empty()) {
            find_guarded();
        }
        const ImportScope scope = branches_[index].scope;
        for (uint32_t at = index; at != no_index && branches_[at].scope == scope;
             at = branches_[at].parent) {
            if (guarded_[at]) {
                return true;
            }
        }
        return false;
    }

    /// The first import of the nearest try whose handler the branch is in.
    uint32_t fallback_of(uint32_t index) const {
        const ImportScope scope = branches_[index].scope;
        for (uint32_t at = index; at != no_index && branches_[at].scope == scope;
             at = branches_[at].parent) {
            if (branches_[at].kind != BranchKind::except_handler) {
                continue;
            }
            const uint32_t body = branches_[at].head;
            if (branches_[body].first_import != no_index &&
                catches_import_error(header_text(branches_[at]))) {
                return branches_[body].first_import;
            }
        }
        return no_index;
    }

  private:
    /// Marks the bodies of the try statements that have imports and a handler for their failing.
    void find_guarded() {
        guarded_.assign(branches_.size(), false);
        for (const Branch& branch : branches_) {
            if (branch.kind == BranchKind::except_handler) {
                const uint32_t body = branch.head;
                guarded_[body] = guarded_[body] || (branches_[body].first_import != no_index &&
                                                    catches_import_error(header_text(branch)));
            }
        }
    }

    std::string_view header_text(const Branch& branch) const {
        return text_.substr(branch.keyword_end, branch.colon - branch.keyword_end);
    }

    const Condition& condition(uint32_t index) {
        if (!conditions_[index]) {
            conditions_[index] = read_condition(header_text(branches_[index]));
        }
        return *conditions_[index];
    }

    When own_condition(uint32_t index) {
        const Branch& branch = branches_[index];
        When when;
        if (branch.kind == BranchKind::if_branch || branch.kind == BranchKind::elif_branch) {
            when = condition(index).yes;
        } else if (branch.kind != BranchKind::else_branch) {
            return when;
        }
        return both(when, none_before(index));
    }

    /// When no branch before this one in its if statement was taken. Worked out from the front, so
    /// that a chain of a thousand `elif` costs a thousand steps.
    When none_before(uint32_t index) {
        std::vector<uint32_t> chain;
        for (uint32_t at = index; at != no_index && !none_before_[at];
             at = branches_[at].previous) {
            chain.push_back(at);
        }
        for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
            const uint32_t previous = branches_[*at].previous;
            When none;
            if (previous != no_index) {
                const BranchKind kind = branches_[previous].kind;
                if (kind == BranchKind::if_branch || kind == BranchKind::elif_branch) {
                    none = both(*none_before_[previous], condition(previous).no);
                } // else: the else of a loop or of a try
            }
            none_before_[*at] = std::move(none);
        }
        return *none_before_[index];
    }

    std::string_view text_;
    const std::vector<Branch>& branches_;
    std::vector<std::optional<When>> runs_;
    std::vector<std::optional<When>> none_before_;
    std::vector<std::optional<Condition>> conditions_;
    std::vector<bool> guarded_; // empty until it is asked for
};

} // namespace

void judge_imports(std::string_view text, const std::vector<Branch>& branches,
                   const std::vector<uint32_t>& branch_of, std::vector<Import>& imports) {
    const bool is_flat = std::ranges::all_of(branch_of, [](uint32_t b) { return b == 0; });
    if (is_flat) {
        return;
    }
    Judge judge(text, branches);
    for (size_t i = 0; i < imports.size(); ++i) {
        if (branch_of[i] == 0) {
            continue;
        }
        const When& when = judge.when_runs(branch_of[i]);
        imports[i].never_runs = when.kind == When::Kind::never;
        imports[i].marker = when.marker;
        imports[i].is_guarded = judge.is_guarded(branch_of[i]);
        imports[i].fallback_of = judge.fallback_of(branch_of[i]);
    }
}

} // namespace pawl::script
