#pragma once
// Terms and incompatibilities (the words of PubGrub).
//
// A node is what the solver decides: a project, or a project with one extra. A term says of a node
// either "it is selected, at one of these releases" (positive) or "it is not selected at one of
// these releases" (negative: another one, or not at all). An incompatibility is a set of terms that
// must not all hold, in the environments `where`; `where` never reaches out of the region.

#include <cstdint>
#include <vector>

#include "pep/marker_space.h"
#include "resolve/version_bits.h"

namespace pawl::resolve {

enum class ProjectId : uint32_t {};
enum class ExtraId : uint32_t { none = UINT32_MAX };
enum class NodeId : uint32_t { root = 0 };
enum class IncompatibilityId : uint32_t { none = UINT32_MAX };

template <class Id>
constexpr size_t index_of(Id id) {
    return static_cast<size_t>(id);
}

struct Term {
    NodeId node = NodeId::root;
    bool positive = true;
    VersionBits set;

    bool operator==(const Term&) const = default;
    Term negation() const { return Term{node, !positive, set}; }
    /// Never to be met: positive and no release is left.
    bool is_impossible() const { return positive && set.is_empty(); }
    /// Says nothing.
    bool is_any() const { return !positive && set.is_empty(); }

    /// This and the other hold.
    void narrow(const Term& other);
    /// This or the other holds.
    void widen(const Term& other);
    bool implies(const Term& other) const;
    bool excludes(const Term& other) const;
};

/// Why an incompatibility is there.
enum class Cause : unsigned char {
    root,       ///< the root is selected
    dependency, ///< a release needs another project
    extra,      ///< project[extra] is the same release as project
    derived,    ///< follows from two others
    unusable,   ///< a release that can never be chosen; see Reason
    requires_python,
    no_file,    ///< no wheel fits and there is no sdist
    constraint, ///< of the root
};

/// More on `unusable`.
enum class Reason : unsigned char { none, listed, prerelease, yanked, metadata, foreign_source };

struct PreparedEdge;

struct Incompatibility {
    std::vector<Term> terms; ///< by node, each once; the dependant is terms.front() of a dependency
    pep::MarkerId where = pep::MarkerId::always;
    Cause cause = Cause::root;
    Reason reason = Reason::none;
    IncompatibilityId first = IncompatibilityId::none;  ///< of `derived`
    IncompatibilityId second = IncompatibilityId::none; ///< of `derived`
    const PreparedEdge* edge = nullptr; ///< of `dependency`, or the text of a constraint
    /// Of `unusable` and its like: a release that it is about, for the text of the reason.
    uint32_t example = 0;

    const Term* find(NodeId node) const {
        for (const Term& term : terms) {
            if (term.node == node) {
                return &term;
            }
        }
        return nullptr;
    }
};

} // namespace pawl::resolve
