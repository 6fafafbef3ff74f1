#pragma once
// The algebra of markers: interned decision diagrams, so that "are these two markers the same?",
// "can both hold?" and "does this imply that?" are comparisons of numbers.
//
// A MarkerSpace owns all nodes; a MarkerId is an index with a complement bit, so that `not` is one
// xor and equality of ids is equality of meaning. python_version is rewritten to
// python_full_version, platform_system to sys_platform where they say the same; pairs that cannot
// be (os_name == "nt" with sys_platform == "darwin", …) are false.
//
// For one thread at a time (the resolver's).

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pep/marker.h"
#include "pep/specifier.h"

namespace pawl::pep {

/// A set of environments (a marker's meaning). Compare with == only within one MarkerSpace.
enum class MarkerId : uint32_t { always = 0, never = 1 };

class MarkerSpace {
  public:
    MarkerSpace();
    ~MarkerSpace();
    MarkerSpace(const MarkerSpace&) = delete;
    MarkerSpace& operator=(const MarkerSpace&) = delete;

    MarkerId from(const Marker& marker);
    /// python_full_version within the set (prereleases of a Python count by its release).
    MarkerId from_requires_python(const Specifiers& requires_python);
    MarkerId from_requires_python(const VersionSet& pythons);
    /// The one point that is this environment (extras and groups left open).
    MarkerId from_environment(const MarkerEnvironment& environment);

    MarkerId both(MarkerId a, MarkerId b);
    MarkerId either(MarkerId a, MarkerId b);
    MarkerId negate(MarkerId a) { return static_cast<MarkerId>(static_cast<uint32_t>(a) ^ 1u); }
    MarkerId minus(MarkerId a, MarkerId b) { return both(a, negate(b)); }
    /// Without building the product.
    bool are_disjoint(MarkerId a, MarkerId b);
    bool implies(MarkerId a, MarkerId b);
    static bool is_never(MarkerId a) { return a == MarkerId::never; }
    static bool is_always(MarkerId a) { return a == MarkerId::always; }

    /// The simplest marker that agrees with `a` wherever `given` holds (its value elsewhere is
    /// free).
    MarkerId simplify(MarkerId a, MarkerId given);
    /// Fixes `extra` (metadata's variable): `extra == "x"` is true for these names, false for
    /// others.
    MarkerId with_extras(MarkerId a, const std::vector<std::string>& extras);
    /// Existential over extra/extras/dependency_groups: the environments where it can hold.
    MarkerId without_extras(MarkerId a);
    bool mentions_extras(MarkerId a);
    /// Fixes all three of extra, extras and dependency_groups; what the context leaves out is an
    /// empty name or set.
    MarkerId with_context(MarkerId a, const MarkerContext& context);
    /// The single comparisons that its text is made of, each once, in the text's order: what a
    /// region can be split on. None for always and never.
    std::vector<MarkerId> atoms(MarkerId a);

    bool evaluate(MarkerId a, const MarkerEnvironment& environment,
                  const MarkerContext& context = {});
    /// The Python versions for which it can hold.
    VersionSet pythons(MarkerId a);
    /// Canonical, short text that parses back to the same id; "" for always. never has no text:
    /// asking for it is our own mistake.
    std::string text(MarkerId a);
    /// The same as a Marker; nothing for always.
    std::optional<Marker> marker(MarkerId a);

    /// True once the bound on nodes was hit, which takes markers made to hurt: answers since then
    /// are not to be trusted, so end with an error.
    bool is_exhausted() const;
    /// For measurements.
    size_t node_count() const;

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

} // namespace pawl::pep
