#include "resolve/partial_solution.h"

#include <gtest/gtest.h>

namespace pawl::resolve {

namespace {

constexpr NodeId a{1};
constexpr NodeId b{2};
constexpr IncompatibilityId some_cause{7};

Term term(NodeId node, bool positive, std::initializer_list<uint32_t> releases) {
    Term result{node, positive, VersionBits(4)};
    for (uint32_t release : releases) {
        result.set.set(release);
    }
    return result;
}

} // namespace

TEST(PartialSolution, knows_since_when_a_term_holds) {
    PartialSolution partial;
    partial.add_node(a, 4);
    partial.add_node(b, 4);
    partial.derive(term(a, true, {0, 1, 2}), some_cause, pep::MarkerId::always);    // 0
    partial.derive(term(b, true, {0, 1, 2, 3}), some_cause, pep::MarkerId::always); // 1
    partial.derive(term(a, false, {2}), some_cause, pep::MarkerId::always);         // 2
    partial.decide(a, 1, pep::MarkerId::always);                                    // 3

    EXPECT_EQ(partial.satisfier(term(a, true, {0, 1, 2, 3}), 4), 0u);
    EXPECT_EQ(partial.satisfier(term(a, false, {3}), 4), 0u);
    EXPECT_EQ(partial.satisfier(term(a, true, {0, 1}), 4), 2u);
    EXPECT_EQ(partial.satisfier(term(a, true, {1}), 4), 3u);
    EXPECT_EQ(partial.satisfier(term(a, true, {1}), 3), PartialSolution::nowhere);
    EXPECT_EQ(partial.satisfier(term(a, true, {0}), 4), PartialSolution::nowhere);
    EXPECT_EQ(partial.satisfier(term(b, true, {0}), 4), PartialSolution::nowhere);
    EXPECT_EQ(partial.decided(a), 1u);
    EXPECT_EQ(partial.decision_level(a), 1u);
}

TEST(PartialSolution, takes_back_levels_whole) {
    PartialSolution partial;
    partial.add_node(a, 4);
    partial.add_node(b, 4);
    partial.derive(term(a, true, {0, 1}), some_cause, pep::MarkerId::always);
    partial.decide(a, 1, pep::MarkerId::always);
    partial.derive(term(b, true, {2, 3}), some_cause, pep::MarkerId::always);
    partial.decide(b, 3, pep::MarkerId::always);
    std::vector<NodeId> touched;
    partial.backtrack(1, touched);
    EXPECT_EQ(touched, (std::vector<NodeId>{b}));
    EXPECT_FALSE(partial.is_decided(b));
    EXPECT_EQ(partial.term(b), term(b, true, {2, 3}));
    touched.clear();
    partial.backtrack(0, touched);
    EXPECT_EQ(touched, (std::vector<NodeId>{b, a}));
    EXPECT_EQ(partial.term(b), term(b, false, {}));
    EXPECT_EQ(partial.term(a), term(a, true, {0, 1}));
    EXPECT_EQ(partial.level(), 0u);
}

} // namespace pawl::resolve
