// Sets of versions.
//
// A set is the list of the places where membership changes, so each operation on two sets is one
// walk over both lists. For that to be right, the list must be canonical: two cuts are the same if
// no version lies between them. Where is that so? Only public versions have neighbours; between a
// version and any of its local versions there are always others (1.0+0z < 1.0+a), and behind a
// final release with all its posts there is no next one (1.0.0.1 < 1.0.1). What remains is
//
//     after the locals of  1.0.dev1  1.0a1             1.0             1.0.post1
//     is before            1.0.dev2  1.0a1.post0.dev0  1.0.post0.dev0  1.0.post2.dev0
//     after the posts of             1.0a1
//     is before                      1.0a2.dev0
//
// so `place_of` rewrites each of these as "before", and equal places become equal tuples. The short
// form of a place, `key_of`, continues the order keys of version.cc with the two lowest bits.

#include "pep/version_set.h"

#include <algorithm>

#include "pep/version_key.h"

namespace pawl::pep {

namespace {

/// 0 when the version has no key.
uint64_t key_of(const Cut& cut) {
    uint64_t key = cut.version.order_key();
    if (key == 0 || cut.kind == Cut::Kind::before) {
        return key;
    }
    order_key::Fields fields = order_key::split(key);
    bool is_final = fields.kind == order_key::final;
    switch (cut.kind) {
    case Cut::Kind::before_all:
        return order_key::make({.release = fields.release, .kind = order_key::dev});
    case Cut::Kind::before:
        break;
    case Cut::Kind::after:
        fields.side = 2;
        break;
    case Cut::Kind::after_posts:
        if (is_final || fields.kind == order_key::post) {
            return order_key::make({.release = fields.release, .kind = order_key::end});
        }
        if (fields.kind != order_key::dev) {
            fields.number += 1;
            fields.side = 0;
            break;
        }
        [[fallthrough]];
    case Cut::Kind::after_locals:
        if (is_final) {
            fields.kind = order_key::post;
            fields.side = 0;
        } else if (fields.kind == order_key::post || fields.kind == order_key::dev) {
            fields.number += 1;
            fields.side = fields.kind == order_key::dev ? 1 : 0;
        } else {
            fields.side = 3;
        }
        break;
    }
    return order_key::make(fields);
}

void step_over_locals(VersionPlace& place) {
    place.local = {};
    if (place.dev != VersionPlace::no_dev) {
        place.dev += 1;
    } else {
        place.post += 1;
        place.dev = 0;
    }
}

void step_over_posts(VersionPlace& place) {
    place.local = {};
    if (place.dev != VersionPlace::no_dev) {
        step_over_locals(place);
        return;
    }
    place.post = 0;
    place.dev = 0;
    if (place.phase == order_key::final) {
        place.phase = order_key::end;
    } else {
        place.pre += 1;
    }
}

VersionPlace place_of(const Cut& cut) {
    VersionPlace place = VersionPlace::of(cut.version);
    switch (cut.kind) {
    case Cut::Kind::before_all: {
        VersionPlace first;
        first.epoch = place.epoch;
        first.release = place.release;
        first.phase = order_key::dev;
        return first;
    }
    case Cut::Kind::before:
        break;
    case Cut::Kind::after:
        place.after = true;
        break;
    case Cut::Kind::after_locals:
        step_over_locals(place);
        break;
    case Cut::Kind::after_posts:
        step_over_posts(place);
        break;
    }
    return place;
}

/// Before 0.dev0: no version is in front of it.
bool is_very_first(const Cut& cut) {
    if (key_of(cut) != 0) {
        return key_of(cut) == order_key::make({.kind = order_key::dev});
    }
    VersionPlace place = place_of(cut);
    return place.epoch == 0 && place.phase == order_key::dev && place.dev == 0 &&
           place.local.empty() && !place.after &&
           std::ranges::all_of(place.release, [](uint64_t n) { return n == 0; });
}

enum class Step : unsigned char { first, second, both };

/// Walks over the cuts of two sets in one order.
class Walk {
  public:
    Walk(const std::vector<Cut>& a, const std::vector<Cut>& b)
        : a_(a.begin()), b_(b.begin()), a_end_(a.end()), b_end_(b.end()) {}

    bool is_done() const { return a_ == a_end_ && b_ == b_end_; }

    /// Moves over the next place; `cut` is the one that stands there.
    Step step(const Cut*& cut) {
        std::strong_ordering order = std::strong_ordering::less;
        if (a_ == a_end_) {
            order = std::strong_ordering::greater;
        } else if (b_ != b_end_) {
            order = *a_ <=> *b_;
        }
        cut = order <= 0 ? &*a_ : &*b_;
        if (order <= 0) {
            ++a_;
        }
        if (order >= 0) {
            ++b_;
        }
        return order < 0 ? Step::first : order > 0 ? Step::second : Step::both;
    }

  private:
    std::vector<Cut>::const_iterator a_, b_, a_end_, b_end_;
};

} // namespace

std::strong_ordering Cut::operator<=>(const Cut& other) const {
    uint64_t a = key_of(*this);
    uint64_t b = key_of(other);
    if (a != 0 && b != 0) {
        return a <=> b;
    }
    return compare_places(place_of(*this), place_of(other));
}

bool Cut::is_before(const Version& other) const {
    uint64_t a = key_of(*this);
    uint64_t b = other.order_key();
    if (a != 0 && b != 0) {
        return a <= b;
    }
    return compare_places(place_of(*this), VersionPlace::of(other)) <= 0;
}

// --- making -------------------------------------------------------------------------------------

VersionSet VersionSet::all() {
    VersionSet set;
    set.begins_inside_ = true;
    return set;
}

VersionSet VersionSet::singleton(const Version& version) {
    VersionSet set;
    set.cuts_ = {Cut{version, Cut::Kind::before}, Cut{version, Cut::Kind::after}};
    return set;
}

VersionSet VersionSet::between(std::optional<Cut> begin, std::optional<Cut> end) {
    if (begin && is_very_first(*begin)) {
        begin.reset();
    }
    VersionSet set;
    if (end && (is_very_first(*end) || (begin && *end <= *begin))) {
        return set;
    }
    set.begins_inside_ = !begin;
    if (begin) {
        set.cuts_.push_back(std::move(*begin));
    }
    if (end) {
        set.cuts_.push_back(std::move(*end));
    }
    return set;
}

// --- asking -------------------------------------------------------------------------------------

bool VersionSet::contains(const Version& version) const {
    constexpr size_t linear_max = 8; // below, a plain walk is faster than halving
    if (cuts_.size() > linear_max) {
        auto behind = std::ranges::partition_point(
            cuts_, [&](const Cut& cut) { return cut.is_before(version); });
        return begins_inside_ != ((behind - cuts_.begin()) % 2 != 0);
    }
    bool inside = begins_inside_;
    for (const Cut& cut : cuts_) {
        if (!cut.is_before(version)) {
            break;
        }
        inside = !inside;
    }
    return inside;
}

std::vector<VersionSet::Interval> VersionSet::intervals() const {
    std::vector<Interval> found;
    bool inside = begins_inside_;
    if (inside) {
        found.emplace_back();
    }
    for (const Cut& cut : cuts_) {
        if (inside) {
            found.back().end = cut;
        } else {
            found.emplace_back().begin = cut;
        }
        inside = !inside;
    }
    return found;
}

bool VersionSet::is_disjoint(const VersionSet& other) const {
    bool in_a = begins_inside_;
    bool in_b = other.begins_inside_;
    const Cut* cut = nullptr;
    for (Walk walk(cuts_, other.cuts_); !(in_a && in_b);) {
        if (walk.is_done()) {
            return true;
        }
        Step step = walk.step(cut);
        in_a ^= step != Step::second;
        in_b ^= step != Step::first;
    }
    return false;
}

bool VersionSet::is_subset_of(const VersionSet& other) const {
    bool in_a = begins_inside_;
    bool in_b = other.begins_inside_;
    const Cut* cut = nullptr;
    for (Walk walk(cuts_, other.cuts_); !in_a || in_b;) {
        if (walk.is_done()) {
            return true;
        }
        Step step = walk.step(cut);
        in_a ^= step != Step::second;
        in_b ^= step != Step::first;
    }
    return false;
}

// --- computing ----------------------------------------------------------------------------------

VersionSet VersionSet::complement() const {
    VersionSet set = *this;
    set.begins_inside_ = !set.begins_inside_;
    return set;
}

template <class Holds>
VersionSet VersionSet::combine(const VersionSet& other, Holds holds) const {
    bool in_a = begins_inside_;
    bool in_b = other.begins_inside_;
    VersionSet set;
    set.begins_inside_ = holds(in_a, in_b);
    set.cuts_.reserve(cuts_.size() + other.cuts_.size());
    bool inside = set.begins_inside_;
    const Cut* cut = nullptr;
    for (Walk walk(cuts_, other.cuts_); !walk.is_done();) {
        Step step = walk.step(cut);
        in_a ^= step != Step::second;
        in_b ^= step != Step::first;
        if (holds(in_a, in_b) != inside) {
            inside = !inside;
            set.cuts_.push_back(*cut);
        }
    }
    return set;
}

VersionSet VersionSet::intersect(const VersionSet& other) const {
    if (is_all() || other.is_empty()) {
        return other;
    }
    if (other.is_all() || is_empty()) {
        return *this;
    }
    return combine(other, [](bool a, bool b) { return a && b; });
}

VersionSet VersionSet::unite(const VersionSet& other) const {
    if (is_empty() || other.is_all()) {
        return other;
    }
    if (other.is_empty() || is_all()) {
        return *this;
    }
    return combine(other, [](bool a, bool b) { return a || b; });
}

VersionSet VersionSet::minus(const VersionSet& other) const {
    if (is_empty() || other.is_empty()) {
        return *this;
    }
    return combine(other, [](bool a, bool b) { return a && !b; });
}

// --- words --------------------------------------------------------------------------------------

namespace {

std::string begin_text(const Cut& cut) {
    switch (cut.kind) {
    case Cut::Kind::before_all:
        return ">=" + cut.version.base().str() + ".dev0";
    case Cut::Kind::before:
        return ">=" + cut.version.str();
    case Cut::Kind::after:
    case Cut::Kind::after_locals:
    case Cut::Kind::after_posts:
        break;
    }
    return ">" + cut.version.str();
}

std::string end_text(const Cut& cut) {
    switch (cut.kind) {
    case Cut::Kind::before_all:
        return "<" + cut.version.base().str();
    case Cut::Kind::before:
        return "<" + cut.version.str();
    case Cut::Kind::after:
    case Cut::Kind::after_locals:
    case Cut::Kind::after_posts:
        break;
    }
    return "<=" + cut.version.str();
}

/// "1.2" when the two cuts hold what "==1.2.*" holds, "1.2" when they hold what "==1.2" holds, with
/// ".*" behind the first; "" otherwise.
std::string equal_text(const Cut& begin, const Cut& end) {
    if (begin.kind == Cut::Kind::before && begin.version == end.version &&
        (end.kind == Cut::Kind::after || end.kind == Cut::Kind::after_locals)) {
        return begin.version.str();
    }
    if (begin.kind != Cut::Kind::before_all || end.kind != Cut::Kind::before_all ||
        begin.version.epoch() != end.version.epoch()) {
        return {};
    }
    std::span<const uint64_t> last = end.version.release();
    std::vector<uint64_t> first(last.begin(), last.end());
    if (first.back() == 0) {
        return {};
    }
    first.back() -= 1;
    if (compare_releases(begin.version.release(), first) != 0) {
        return {};
    }
    return Version::of(first, begin.version.epoch()).str() + ".*";
}

} // namespace

std::string VersionSet::str() const {
    if (cuts_.empty()) {
        return begins_inside_ ? "any version" : "no version";
    }
    std::vector<Interval> parts = intervals();
    std::string text;
    for (size_t i = 0; i < parts.size(); ++i) {
        const Interval* part = &parts[i];
        std::string clauses;
        if (part->begin && part->end) {
            std::string equal = equal_text(*part->begin, *part->end);
            if (!equal.empty()) {
                text += (text.empty() ? "==" : " or ==") + equal;
                continue;
            }
        }
        if (part->begin) {
            clauses = begin_text(*part->begin);
        }
        // A small hole is better said as "!=" than as two intervals.
        std::string holes;
        while (part->end && i + 1 < parts.size()) {
            std::string hole = equal_text(*part->end, *parts[i + 1].begin);
            if (hole.empty()) {
                break;
            }
            holes += (clauses.empty() && holes.empty() ? "!=" : ", !=") + hole;
            part = &parts[++i];
        }
        clauses += holes;
        if (part->end) {
            clauses += (clauses.empty() ? "" : ", ") + end_text(*part->end);
        }
        text += (text.empty() ? "" : " or ") + clauses;
    }
    return text;
}

} // namespace pawl::pep
