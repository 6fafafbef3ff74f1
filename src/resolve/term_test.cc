#include "resolve/term.h"

#include <gtest/gtest.h>

#include <vector>

namespace pawl::resolve {

namespace {

constexpr uint32_t releases = 3;

/// All terms over three releases.
std::vector<Term> all_terms() {
    std::vector<Term> terms;
    for (uint32_t bits = 0; bits < (1u << releases); ++bits) {
        for (bool positive : {true, false}) {
            Term term{NodeId{1}, positive, VersionBits(releases)};
            for (uint32_t i = 0; i < releases; ++i) {
                if ((bits >> i & 1u) != 0) {
                    term.set.set(i);
                }
            }
            terms.push_back(term);
        }
    }
    return terms;
}

/// Whether it holds when release `i` is selected; `releases`: none is.
bool holds(const Term& term, uint32_t i) {
    bool inside = i < releases && term.set.has(i);
    return term.positive ? inside : !inside;
}

} // namespace

TEST(Term, all_pairs_mean_what_they_say) {
    for (const Term& a : all_terms()) {
        EXPECT_EQ(a.negation().negation(), a);
        for (const Term& b : all_terms()) {
            Term narrowed = a;
            narrowed.narrow(b);
            Term widened = a;
            widened.widen(b);
            bool implies = true;
            bool excludes = true;
            for (uint32_t i = 0; i <= releases; ++i) {
                EXPECT_EQ(holds(narrowed, i), holds(a, i) && holds(b, i));
                EXPECT_EQ(holds(widened, i), holds(a, i) || holds(b, i));
                EXPECT_NE(holds(a, i), holds(a.negation(), i));
                implies = implies && (!holds(a, i) || holds(b, i));
                excludes = excludes && !(holds(a, i) && holds(b, i));
            }
            // A positive term over nothing is never asked what it implies.
            if (!a.is_impossible()) {
                EXPECT_EQ(a.implies(b), implies);
                EXPECT_EQ(a.excludes(b), excludes);
            }
        }
    }
}

} // namespace pawl::resolve
