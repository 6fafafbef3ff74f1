#pragma once
// Whether a choice of distributions, one of a project, answers what was asked for on one machine:
// the meaning of requirements, markers, extras, constraints, overrides and direct sources, without
// a resolver. It judges locks (verify.h) and, in tests, the resolver's own answers.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pep/marker.h"
#include "pep/requirement.h"

namespace pawl::lock {

/// One machine, and what the user asks for beside.
struct Point {
    pep::MarkerEnvironment environment;
    pep::MarkerContext context; ///< extras and dependency groups
    std::string str() const;    ///< "linux x86_64 cpython 3.12.4 +extra"
};

/// Something that can be chosen.
struct Distribution {
    pep::Name name;
    std::optional<pep::Version> version; ///< absent: nobody can tell (a source tree)
    std::string source;                  ///< of a direct reference, as in Requirement::url; else ""
    std::vector<pep::Requirement> needs; ///< Requires-Dist
};

struct Question {
    std::vector<pep::Requirement> roots;
    std::vector<pep::Requirement> constraints; ///< narrow what is chosen for whatever reason
    std::vector<pep::Requirement> overrides;   ///< stand for every requirement on their project
    std::set<std::string> excludes;            ///< requirements on these are dropped
};

/// By normal names, which the distributions hold.
using Choice = std::map<std::string_view, const Distribution*>;

struct Fault {
    enum class Kind : unsigned char {
        missing,      ///< a project that is needed and not chosen
        unmet,        ///< what is chosen is not what a requirement asks for
        constrained,  ///< what is chosen breaks a constraint
        wrong_source, ///< it comes from elsewhere than from where it was asked for
        unneeded,     ///< nobody needs it
    };
    Kind kind = Kind::missing;
    std::string project; ///< the one that is missing or wrong
    std::string message;
};

std::vector<Fault> faults_of(const Choice& choice, const Question& question, const Point& point);

/// Whether the constraints let it be chosen: "" or what it breaks.
std::string broken_constraint(const Distribution& distribution, const Question& question,
                              const Point& point);

/// Whether a requirement is exactly one version: what lets a yanked release in.
bool is_exact(const pep::Requirement& requirement);
/// Whether it is what the requirement asks for, its marker aside.
bool admits(const pep::Requirement& requirement, const Distribution& distribution);

} // namespace pawl::lock
