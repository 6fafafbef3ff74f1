#pragma once
// A world with its texts read once, and what they mean at one point. Private to the judge.

#include <map>
#include <string>
#include <vector>

#include "test/scenarios/checker.h"
#include "test/scenarios/judge_points.h"

namespace pawl::scenarios {

using ProjectNumber = size_t;
using CandidateNumber = size_t; ///< over all projects
constexpr size_t nobody = static_cast<size_t>(-1);

struct Candidate {
    const WorldRelease* release = nullptr;
    ProjectNumber project = 0;
    PlainVersion version;
    std::string source;
    std::vector<size_t> needs; ///< indices into Judge::Rules::needs
    std::vector<bool> fits;    ///< by machine (Judge::Rules::machines)
    std::vector<bool> pythons; ///< by machine: whether its Requires-Python counts as met
    bool is_good = true;       ///< usable at all: readable, not barred, not yanked
    bool fits_somewhere = false;
    std::vector<bool> fits_required; ///< by required environment: somewhere in it

    /// A file that somebody points at, not a release of an index.
    bool is_direct() const { return !source.empty() && !source.starts_with("index:"); }
};

struct Need {
    PlainNeed text;
    ProjectNumber target = nobody;
    std::vector<bool> admits; ///< by candidate
    bool is_of_root = false;
};

struct Judge::Rules {
    const World* world = nullptr;
    std::vector<std::string> names;                     ///< of projects
    std::vector<std::vector<CandidateNumber>> releases; ///< by project
    std::vector<Candidate> candidates;
    std::vector<Need> needs;
    std::vector<size_t> roots, constraints, overrides;
    std::vector<bool> is_excluded, is_overridden; ///< by project
    std::vector<std::string> extras;              ///< that somebody asks for; "" is the first
    std::vector<PlainPoint> points;
    std::vector<size_t> machine_of; ///< by point: index into `machines`
    std::vector<size_t> machines;   ///< one point of each environment, what is asked for aside
    std::vector<std::vector<bool>> required; ///< by machine and required environment

    Rules(const World& its_world, bool wide);
    ProjectNumber project_named(const std::string& name) const;

  private:
    ProjectNumber project_of(const std::string& name);
    size_t add_need(const std::string& text, bool is_of_root);
    void add_all(std::vector<size_t>& list, const std::vector<std::string>& texts);
    void add_releases();
    void add_points(bool wide);
    void judge_candidate(Candidate& candidate);
    void find_files(Candidate& candidate);
    void find_pythons(Candidate& candidate);
    bool lets_yanked_in(const Candidate& candidate) const;
    bool bars_prerelease(const Candidate& candidate) const;
};

/// Which needs hold at a point, for every extra that asks for them.
struct Situation {
    const Judge::Rules* rules = nullptr;
    size_t point = 0;
    std::vector<std::vector<bool>> holds; ///< by extra and need

    Situation(const Judge::Rules& its_rules, size_t its_point);
    /// Two points with the same one have the same answers.
    std::string signature(bool strictly) const;
    /// Whether its files and its Python let it be chosen.
    bool is_usable(const Candidate& candidate, bool strictly) const;
};

} // namespace pawl::scenarios
