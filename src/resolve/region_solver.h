#pragma once
// PubGrub for one region. Private to the room; region_solver.cc has the essay. For the resolver's
// thread.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "resolve/agenda.h"
#include "resolve/catalog.h"
#include "resolve/incompatibility_store.h"
#include "resolve/partial_solution.h"

namespace pawl::resolve {

/// Projects that must come from certain sources, throughout a region. Found on the way.
using Pins = std::map<ProjectId, std::vector<std::string>>;

/// Work done and allowed, over all regions of one resolution.
struct Budget {
    const Options* options = nullptr;
    Progress progress;
    uint64_t steps = 0;
    bool may_split = true;         ///< false once there are too many regions
    bool shares_files = true;      ///< see region_files.cc
    bool has_shared_files = false; ///< some release was chosen for a file that is elsewhere
    /// Counts one step; an error when the bound is reached or the caller says stop.
    Result<void> step(std::string_view project);
};

/// What came out for one node.
struct Choice {
    NodeId node = NodeId::root;
    DomainId domain = DomainId::none;
    uint32_t release = 0;
    pep::MarkerId where = pep::MarkerId::never; ///< within the region
};

/// What regions already solved chose, by project: preferences for the next ones.
using Siblings = std::vector<std::vector<Choice>>;

struct Verdict {
    enum class Kind : unsigned char {
        solved,
        split,  ///< solve `marker` and the rest of the region apart
        pinned, ///< a source was found for a project already met: solve again with the same pins
        failed, ///< no solution where `marker` holds: see RegionSolver::conflict
    };
    Kind kind = Kind::solved;
    pep::MarkerId marker = pep::MarkerId::always;
    /// Of a split: solve the part outside of `marker` first, since it can have the better releases,
    /// which the other one should know. Newer Pythons go before this.
    bool rest_first = false;
};

class SplitSearch;

class RegionSolver {
  public:
    RegionSolver(Catalog& catalog, Budget& budget, pep::MarkerId region, Pins& pins,
                 const Siblings& siblings);

    Result<Verdict> run();
    /// After `solved`: what is active, by node.
    std::vector<Choice> choices() const;

    /// After `failed`: whether releases without a file had to do with it.
    bool lacked_file() const { return lacked_file_; }

    // For explanations, after `failed`.
    IncompatibilityId conflict() const { return conflict_; }
    const IncompatibilityStore& store() const { return store_; }
    DomainId domain_of(NodeId node) const { return domains_[index_of(catalog_.at(node).project)]; }
    pep::MarkerId region() const { return region_; }

  private:
    friend class SplitSearch;

    // region_solver.cc: the loop, propagation
    Result<void> propagate();
    IncompatibilityId look_at(NodeId node);
    bool examine(IncompatibilityId id);
    void derive(const Term& term, IncompatibilityId cause);
    void refresh(NodeId node);
    void backtrack(uint32_t level);
    void add(Incompatibility incompatibility);
    bool is_done() const { return verdict_.has_value(); }

    // region_conflict.cc: learning
    void resolve_conflict(IncompatibilityId id);
    bool is_terminal(const Incompatibility& incompatibility) const;
    Incompatibility combine(const Incompatibility& current, IncompatibilityId current_id,
                            uint32_t satisfier) const;
    struct Satisfier {
        uint32_t place = 0;
        uint32_t previous_level = 1;
    };
    Satisfier find_satisfier(const Incompatibility& incompatibility) const;
    void learn(Incompatibility current, IncompatibilityId id, const Satisfier& satisfier);
    void fail(const Incompatibility& terminal, IncompatibilityId id);
    void note_rejection(NodeId affected, const std::vector<Term>& terms);
    pep::MarkerId where_of(const Term& term, uint32_t end) const;
    pep::MarkerId where_of_all(const Incompatibility& incompatibility, NodeId except) const;
    void split_on(pep::MarkerId marker, bool rest_first = false);
    bool split_if_vacuous(pep::MarkerId where, IncompatibilityId conflict);
    bool split_if_tired(IncompatibilityId conflict);

    // region_edges.cc: activity, requirements
    struct Arrow {
        NodeId from;
        pep::MarkerId where;
    };
    Result<void> meet(NodeId node);
    void prefer(ProjectId project);
    static void find_preferred(const Preference& preference, const Domain& domain,
                               std::vector<uint32_t>& out);
    void activate(NodeId node, pep::MarkerId where);
    Result<void> settle_activity();
    void apply_constraints(NodeId node);
    void add_once(Incompatibility incompatibility);
    bool pin(NodeId target, const std::string& source, pep::MarkerId where);
    Result<void> discover_sources();
    bool is_trusted(NodeId node, uint32_t release) const;
    Result<bool> admit_edge(NodeId node, uint32_t release, PreparedEdge& edge, pep::MarkerId where);
    Result<void> expand(NodeId node);
    void add_edge(NodeId node, uint32_t release, NodeId target, PreparedEdge& edge,
                  pep::MarkerId where);
    /// The requirements by which decided nodes make it active.
    std::vector<Arrow> arrows_to(NodeId target) const;

    // region_decision.cc: what to decide, and on which release
    Result<void> decide_next();
    Result<void> decide_base(NodeId node);
    Result<void> decide_extra(NodeId node);
    Result<void> decide(NodeId node, uint32_t release, PreparedRelease& prepared);
    bool reject_contradiction(NodeId node, uint32_t release, PreparedEdge& edge);
    VersionBits allowed_of(NodeId node) const;
    bool is_passed_over(pep::MarkerId supported, pep::MarkerId where) const;
    const VersionBits& usable_in(NodeId node, pep::MarkerId where) const;
    std::optional<uint32_t> pick(NodeId node, VersionBits allowed, pep::MarkerId where) const;
    void bar(NodeId node, const VersionBits& set, pep::MarkerId where, Cause cause, Reason reason);
    void bar_all(NodeId node, const VersionBits& allowed);
    bool is_supported(NodeId node, uint32_t release, pep::MarkerId pythons);
    void check_support(NodeId node);
    bool fork_of_author(NodeId node, PreparedRelease& prepared);
    /// Below 0: better inside of `part`; above 0: better outside; 0: the same.
    int leads_apart(NodeId node, PreparedRelease& prepared, NodeId target, pep::MarkerId part);
    bool newest_forks() const;
    void hint(NodeId node);
    void hint_more(NodeId node, uint32_t release);

    // region_files.cc: releases with wheels for some platforms only
    void note_elsewhere(ProjectId project, uint32_t release, pep::MarkerId where, bool is_kept);
    bool has_file_elsewhere(NodeId node, uint32_t release, pep::MarkerId where,
                            pep::MarkerId scope) const;
    bool has_files(NodeId node, uint32_t release, pep::MarkerId where) const;
    bool is_usable_but_for_files(NodeId node, uint32_t release, pep::MarkerId where) const;
    bool is_kept(NodeId node, uint32_t release, pep::MarkerId where) const;
    std::optional<uint32_t> pick_shared(NodeId node, const VersionBits& allowed,
                                        pep::MarkerId where) const;
    void bar_for_files(NodeId node, const Domain::Group& group);
    std::optional<pep::MarkerId> missing_environment(pep::MarkerId files, pep::MarkerId where,
                                                     bool& splits) const;
    bool lacks_files(NodeId node, uint32_t release);
    bool fork_of_local(NodeId node, uint32_t release);

    pep::MarkerId both(pep::MarkerId a, pep::MarkerId b) const;
    pep::MarkerId active(NodeId node) const {
        return index_of(node) < active_.size() ? active_[index_of(node)] : pep::MarkerId::never;
    }
    const Domain& domain(NodeId node) const { return catalog_.at(domain_of(node)); }

    Catalog& catalog_;
    Budget& budget_;
    pep::MarkerId region_;
    Pins& pins_;
    PartialSolution partial_;
    IncompatibilityStore store_;
    Agenda agenda_;
    std::vector<DomainId> domains_;                // by project
    std::vector<std::vector<uint32_t>> preferred_; // by project, releases
    const Siblings& siblings_;
    /// A release that is chosen outside of the region, or was by an earlier lock.
    struct Elsewhere {
        uint32_t release;
        pep::MarkerId where;
        bool is_kept; ///< by an earlier lock
    };
    std::vector<std::vector<Elsewhere>> elsewhere_; // by project; those with some files only
    bool lacked_file_ = false;

    struct ActivityNote {
        NodeId node;
        pep::MarkerId before;
        uint32_t level;
    };
    std::vector<pep::MarkerId> active_; // by node
    std::vector<ActivityNote> activity_;
    std::vector<NodeId> grown_; // active where they were not before, not yet followed up
    std::vector<PreparedRelease*> prepared_; // by node, of the decided release
    uint32_t conflicts_ = 0;
    bool is_mixed_ = false; // some marker tells parts of the region apart

    std::vector<NodeId> changed_;          // whose watches are to be looked at
    std::vector<IncompatibilityId> fresh_; // not yet looked at themselves
    std::vector<NodeId> to_hint_;
    std::vector<uint32_t> tries_; // by node
    struct Usable {
        bool known = false;
        bool newest = false;
        pep::MarkerId where = pep::MarkerId::never;
        VersionBits set;
    };
    mutable std::vector<Usable> usable_; // by node: usable_in's last answer
    std::vector<NodeId> touched_;        // scratch of backtrack
    std::optional<Verdict> verdict_;
    IncompatibilityId conflict_ = IncompatibilityId::none;
};

} // namespace pawl::resolve
