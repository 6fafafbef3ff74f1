#pragma once
// resolve: which release of every project, for every environment that the answer must hold in.
//
// For: PubGrub (conflict-driven learning, backjumping) over regions. A region is a set of
//   environments, held as a MarkerId. The region of one running interpreter is a point; the region
//   of a lock is everything its requires-python and environments allow. The algorithm is the same.
// May use: base, pep. It touches no disk and no network: a Provider (provider.h), written by the
//   caller, says which releases there are and what they need.
// Promises: an answer is right in every environment of the region; what has a solution is found
//   (nothing solvable is refused for want of a fork); the same input gives the same answer;
//   resolving again with the answer's regions and versions as preferences gives it again; work is
//   bounded by Options::steps_max. A failure is Error::Kind::no_solution, whose message derives the
//   conflict in numbered steps and contains the words "no solution"; Error::Kind::integrity, with
//   the same message, where metadata of another project or version is part of it.
// Threads: one resolution runs on its caller's thread, which alone uses the MarkerSpace.
//
//   pep::MarkerSpace space;
//   resolve::Problem problem;
//   problem.region = resolve::python_support(space, TRY(pep::Specifiers::parse(">=3.10")));
//   problem.requirements.push_back(
//       {resolve::Dependency::from(TRY(pep::Requirement::parse("rich>=13")), space), "a.py:3"});
//   MyProvider provider(space);                       // implements resolve::Provider
//   resolve::Solution solution = TRY(resolve::resolve(problem, provider, space));
//   for (const resolve::Package& package : solution.packages) {
//       // package.name, .version, .marker ("" is everywhere), .dependencies (edges) …
//   }

#include "resolve/provider.h"
#include "resolve/report.h"
#include "resolve/solution.h"
#include "resolve/types.h"

namespace pawl::resolve {

/// Errors: no_solution, integrity (see above); what the provider failed with, unchanged; usage for
/// a problem that contradicts itself (a region that is empty).
Result<Solution> resolve(const Problem& problem, Provider& provider, pep::MarkerSpace& space);

/// The environments that a Requires-Python admits, as the field has learnt to read it in a
/// dependency: only its lower bound counts. A release that caps its Pythons would otherwise be
/// passed over for an older one that forgot to. But where the cap leaves nothing of the region,
/// the release cannot be installed at all: then never. (For the root's own, use
/// MarkerSpace::from_requires_python.)
pep::MarkerId python_support(pep::MarkerSpace& space, const pep::Specifiers& requires_python,
                             pep::MarkerId region = pep::MarkerId::always);

} // namespace pawl::resolve
