#pragma once
// The nodes behind MarkerSpace: interned, reduced, ordered decision diagrams (marker_space.cc has
// the essay). Private to the room. For one thread at a time.

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pep/marker.h"
#include "pep/version_set.h"

namespace pawl::pep {

/// A node's index, shifted by one, and in the lowest bit whether its meaning is negated.
using MarkerRef = uint32_t;
constexpr MarkerRef ref_always = 0;
constexpr MarkerRef ref_never = 1;

/// What a node asks about its subject. The kinds of one subject stand in this order.
enum class NodeKind : unsigned char {
    text,    ///< which of these texts is it? labels: texts; the first child: none of them
    version, ///< where among the versions is it? labels: cuts; children: the places between
    holds,   ///< does this comparison hold? no labels; children: no, yes
};

/// One level of the diagrams.
struct DiagramVariable {
    MarkerVariable subject = MarkerVariable::os_name; ///< never python_version
    NodeKind kind = NodeKind::text;
    Marker::Comparison comparison = {}; ///< of `holds`
    bool operator==(const DiagramVariable&) const = default;
};

enum class VariableId : uint32_t {};
enum class TextId : uint32_t {};
/// cut_end lies behind all versions: what is there is no version at all.
enum class CutId : uint32_t { cut_end = 0 };

class MarkerDiagram {
  public:
    MarkerDiagram();
    ~MarkerDiagram();
    MarkerDiagram(const MarkerDiagram&) = delete;
    MarkerDiagram& operator=(const MarkerDiagram&) = delete;

    VariableId variable(const DiagramVariable& variable);
    const DiagramVariable& variable(VariableId id) const { return variables_[index(id)]; }
    uint32_t text_id(std::string_view text);
    const std::string& text(uint32_t id) const { return texts_[id]; }
    uint32_t cut_id(const Cut& cut);
    const Cut& cut(uint32_t id) const { return cuts_[id]; }

    struct View {
        VariableId variable;
        std::span<const uint32_t> labels;
        std::span<const MarkerRef> children; ///< as stored: xor with `flip`
        MarkerRef flip;                      ///< 1 for a negated ref
        MarkerRef child(size_t i) const { return children[i] ^ flip; }
    };
    static bool is_constant(MarkerRef ref) { return ref <= 1; }
    /// Of a ref that is no constant. Valid until the next node is made.
    View view(MarkerRef ref) const;
    /// Whether the answer hangs on this subject.
    bool mentions(MarkerRef ref, MarkerVariable subject) const {
        return (nodes_[ref >> 1].subjects >> static_cast<unsigned>(subject) & 1) != 0;
    }

    /// The node with these children, reduced. Labels ascend (texts by id, cuts by place).
    MarkerRef make(VariableId variable, std::span<const uint32_t> labels,
                   std::span<const MarkerRef> children);
    MarkerRef both(MarkerRef a, MarkerRef b);
    MarkerRef either(MarkerRef a, MarkerRef b) { return both(a ^ 1u, b ^ 1u) ^ 1u; }
    bool are_disjoint(MarkerRef a, MarkerRef b);
    MarkerRef simplify(MarkerRef a, MarkerRef given);

    /// `ref` restricted to each label of `variable` in turn (as the children of a View are).
    void cofactors(MarkerRef ref, VariableId variable, std::span<const uint32_t> labels,
                   std::vector<MarkerRef>& out);
    /// `ref` where its leading questions about this subject are answered by a known text.
    MarkerRef with_text(MarkerRef ref, MarkerVariable subject, std::string_view value);
    /// The place of a version among the labels of a `version` node.
    size_t place_of(std::span<const uint32_t> cuts, const Version* version) const;
    /// The indexes of the places that these labels make, in an order that does not hang on what
    /// was asked first (texts have their ids by age).
    std::vector<size_t> reading_order(VariableId variable, std::span<const uint32_t> labels) const;
    /// Whether a cut stands before another.
    bool is_before(uint32_t a, uint32_t b) const { return cut_ranks_[a] < cut_ranks_[b]; }
    uint32_t rank(VariableId id) const { return variable_ranks_[index(id)]; }

    /// Some answer was too large; see MarkerSpace::is_exhausted().
    void give_up() { exhausted_ = true; }
    bool is_exhausted() const { return exhausted_; }
    size_t node_count() const { return nodes_.size(); }
    const std::vector<DiagramVariable>& variables() const { return variables_; }

  private:
    struct Node {
        uint32_t variable;
        uint32_t offset; // in pool_: the labels, then one more child than labels
        uint32_t label_count;
        uint32_t hash;
        uint16_t subjects; // a bit for each MarkerVariable that is asked here or below
        uint16_t height;   // questions on the longest way down
    };
    /// Two diagrams' children along common labels.
    struct Aligned;

    static size_t index(VariableId id) { return static_cast<size_t>(id); }
    uint32_t rank_of(MarkerRef ref) const;
    void align(MarkerRef a, MarkerRef b, Aligned& out);
    void merge_labels(MarkerRef a, MarkerRef b, Aligned& out) const;
    template <class Children>
    void cofactors_into(MarkerRef ref, VariableId variable, std::span<const uint32_t> labels,
                        Children& out);
    MarkerRef reduce_text(VariableId variable, std::span<const uint32_t> labels,
                          std::span<const MarkerRef> children);
    MarkerRef reduce_version(VariableId variable, std::span<const uint32_t> labels,
                             std::span<const MarkerRef> children);
    MarkerRef reduce_holds(VariableId variable, std::span<const MarkerRef> children);
    MarkerRef intern(VariableId variable, std::span<const uint32_t> labels,
                     std::span<const MarkerRef> children);
    void grow_table();
    MarkerRef without(MarkerRef ref, VariableId false_variable);
    MarkerRef simplify_aligned(const Aligned& aligned);
    template <class Words>
    void fill_texts(const Aligned& aligned, Words& results);
    template <class Words>
    void fill_places(const Aligned& aligned, Words& results);

    std::vector<DiagramVariable> variables_;
    std::vector<uint32_t> variable_ranks_;
    std::vector<uint32_t> variables_in_order_;
    std::vector<std::string> texts_;
    std::map<std::string, uint32_t, std::less<>> text_ids_;
    std::vector<Cut> cuts_;
    std::vector<uint32_t> cut_ranks_;
    std::vector<uint32_t> cuts_in_order_;

    std::vector<Node> nodes_;
    std::vector<uint32_t> pool_;
    std::vector<uint32_t> table_; // node indexes by hash, open addressing; 0: free
    bool exhausted_ = false;

    struct Memo;
    std::unique_ptr<Memo> memo_;
};

} // namespace pawl::pep
