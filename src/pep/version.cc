// The order of versions, and how it becomes one number.
//
// PEP 440 orders versions by epoch, release (missing numbers are zero) and what follows it:
//
//     1.0.dev1 < 1.0a1.dev1 < 1.0a1 < 1.0a1.post1 < 1.0b1 < 1.0rc1 < 1.0 < 1.0+x < 1.0.post1 < 1.1
//
// Nearly all versions that exist have epoch 0, small release numbers and at most one suffix. They
// get an order key of 64 bits, so that a comparison is one instruction:
//
//     16 bits  first release number            3 bits  kind: dev, a, b, rc, none, post, end
//     3 × 8    the next three                 19 bits  number of the suffix
//                                              2 bits  1 for a version; the other values are
//                                                      places between versions (version_set.cc)
//
// Every other version has the key 0 and is compared by its parts. A version with a key and one
// without never are equal, since the key's domain is decided by the value alone ("1.0.0.0.0" has a
// key: zeros at the end do not count).

#include "pep/version.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "pep/version_key.h"

namespace pawl::pep {

struct Version::Parts {
    std::string text;                    // the normal form
    size_t local_at = std::string::npos; // where the local part begins in text
    uint64_t epoch = 0;
    uint64_t pre_number = 0, post = 0, dev = 0;
    PreKind pre_kind = PreKind::alpha;
    bool has_pre = false, has_post = false, has_dev = false;
    size_t count = 0; // of release numbers
    std::array<uint64_t, 4> few{};
    std::vector<uint64_t> many; // all of them, when there are more than `few` holds

    std::span<const uint64_t> release() const {
        return many.empty() ? std::span(few.data(), count) : std::span(many);
    }
    void add_release(uint64_t number);
    void write_text(std::string_view local);
    uint64_t order_key() const;
};

void Version::Parts::add_release(uint64_t number) {
    if (count < few.size()) {
        few[count] = number;
    } else {
        if (many.empty()) {
            many.assign(few.begin(), few.end());
        }
        many.push_back(number);
    }
    ++count;
}

static void append_number(std::string& text, uint64_t number) {
    std::array<char, 20> digits{};
    auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    text.append(digits.data(), end);
}

static std::string_view pre_text(Version::PreKind kind) {
    switch (kind) {
    case Version::PreKind::alpha:
        return "a";
    case Version::PreKind::beta:
        return "b";
    case Version::PreKind::candidate:
        return "rc";
    }
    return {};
}

void Version::Parts::write_text(std::string_view local) {
    text.clear();
    if (epoch != 0) {
        append_number(text, epoch);
        text += '!';
    }
    for (uint64_t number : release()) {
        append_number(text, number);
        text += '.';
    }
    text.pop_back();
    if (has_pre) {
        text += pre_text(pre_kind);
        append_number(text, pre_number);
    }
    if (has_post) {
        text += ".post";
        append_number(text, post);
    }
    if (has_dev) {
        text += ".dev";
        append_number(text, dev);
    }
    local_at = std::string::npos;
    if (!local.empty()) {
        text += '+';
        local_at = text.size();
        text += local;
    }
}

static std::span<const uint64_t> without_zeros(std::span<const uint64_t> release) {
    while (release.size() > 1 && release.back() == 0) {
        release = release.first(release.size() - 1);
    }
    return release;
}

uint64_t Version::Parts::order_key() const {
    std::span<const uint64_t> numbers = without_zeros(release());
    int suffixes = int{has_pre} + int{has_post} + int{has_dev};
    uint64_t suffix_number = has_pre ? pre_number : has_post ? post : has_dev ? dev : 0;
    if (epoch != 0 || local_at != std::string::npos || suffixes > 1 || numbers.size() > 4 ||
        numbers[0] > 0xFFFF || suffix_number > order_key::number_max) {
        return 0;
    }
    uint64_t release_bits = numbers[0];
    for (size_t i = 1; i < 4; ++i) {
        uint64_t number = i < numbers.size() ? numbers[i] : 0;
        if (number > 0xFF) {
            return 0;
        }
        release_bits = release_bits << 8 | number;
    }
    order_key::Kind kind =
        has_dev    ? order_key::dev
        : has_post ? order_key::post
        : has_pre  ? static_cast<order_key::Kind>(order_key::alpha + static_cast<int>(pre_kind))
                   : order_key::final;
    return order_key::make({release_bits << order_key::release_shift, kind, suffix_number, 1});
}

// --- reading ------------------------------------------------------------------------------------

/// Reads one version from left to right. Each step takes as much as it can and never goes back,
/// which is what the regular expression of PEP 440's appendix B comes to.
class VersionReader {
  public:
    explicit VersionReader(std::string_view text) : text_(text), rest_(trim(text)) {}

    Result<Version> read() {
        take_letter('v');
        TRY(read_release());
        TRY(read_suffixes());
        std::string local;
        if (rest_.starts_with('+')) {
            local = TRY(read_local());
        }
        if (!rest_.empty()) {
            return wrong("\"" + printable(rest_) + "\" does not belong to it");
        }
        parts_.write_text(local);
        return Version(std::move(parts_));
    }

  private:
    tl::unexpected<Error> wrong(std::string why) const {
        return fail(Error::Kind::input,
                    "\"" + printable(text_) + "\" is not a version: " + std::move(why));
    }

    bool take_letter(char letter) {
        if (rest_.empty() || to_lower(rest_[0]) != letter) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    bool take_word(std::string_view word) {
        if (!equals_ignoring_case(rest_.substr(0, word.size()), word)) {
            return false;
        }
        rest_.remove_prefix(word.size());
        return true;
    }

    void take_separator() {
        if (!rest_.empty() && (rest_[0] == '.' || rest_[0] == '-' || rest_[0] == '_')) {
            rest_.remove_prefix(1);
        }
    }

    bool at_digit() const { return !rest_.empty() && is_digit(rest_[0]); }

    /// The number that begins here; nothing there is 0, as in "1.0rc".
    Result<uint64_t> read_number() {
        size_t length = 0;
        while (length < rest_.size() && is_digit(rest_[length])) {
            ++length;
        }
        std::string_view digits = rest_.substr(0, length);
        rest_.remove_prefix(length);
        if (digits.empty()) {
            return 0;
        }
        std::optional<uint64_t> number = parse_unsigned(digits);
        if (!number || *number > Version::number_max) {
            return wrong("the number " + std::string(digits.substr(0, 40)) + " is too large");
        }
        return *number;
    }

    Result<> read_release() {
        if (!at_digit()) {
            return wrong("it does not begin with a number");
        }
        uint64_t number = TRY(read_number());
        if (take_letter('!')) {
            parts_.epoch = number;
            if (!at_digit()) {
                return wrong("no number follows the epoch");
            }
            number = TRY(read_number());
        }
        parts_.add_release(number);
        while (rest_.size() > 1 && rest_[0] == '.' && is_digit(rest_[1])) {
            rest_.remove_prefix(1);
            parts_.add_release(TRY(read_number()));
        }
        return {};
    }

    /// Which of the words stands here, perhaps after a separator; words.size() when none does.
    size_t take_marker(std::span<const std::string_view> words) {
        std::string_view before = rest_;
        take_separator();
        for (size_t i = 0; i < words.size(); ++i) {
            if (take_word(words[i])) {
                return i;
            }
        }
        rest_ = before;
        return words.size();
    }

    Result<uint64_t> read_marker_number() {
        take_separator();
        return read_number();
    }

    Result<> read_suffixes() {
        using enum Version::PreKind;
        static constexpr std::array<std::string_view, 8> pre_words = {
            "alpha", "a", "beta", "b", "preview", "pre", "rc", "c"};
        static constexpr std::array<Version::PreKind, 8> pre_kinds = {
            alpha, alpha, beta, beta, candidate, candidate, candidate, candidate};
        static constexpr std::array<std::string_view, 3> post_words = {"post", "rev", "r"};
        static constexpr std::array<std::string_view, 1> dev_words = {"dev"};

        size_t pre = take_marker(pre_words);
        if (pre < pre_words.size()) {
            parts_.has_pre = true;
            parts_.pre_kind = pre_kinds[pre];
            parts_.pre_number = TRY(read_marker_number());
        }
        if (rest_.size() > 1 && rest_[0] == '-' && is_digit(rest_[1])) { // "1.0-1"
            rest_.remove_prefix(1);
            parts_.has_post = true;
            parts_.post = TRY(read_number());
        } else if (take_marker(post_words) < post_words.size()) {
            parts_.has_post = true;
            parts_.post = TRY(read_marker_number());
        }
        if (take_marker(dev_words) < dev_words.size()) {
            parts_.has_dev = true;
            parts_.dev = TRY(read_marker_number());
        }
        return {};
    }

    Result<std::string> read_local() {
        std::string local;
        do {
            rest_.remove_prefix(1); // "+" or the separator
            size_t length = 0;
            while (length < rest_.size() && is_alnum(rest_[length])) {
                ++length;
            }
            if (length == 0) {
                return wrong("its local part has an empty segment");
            }
            std::string_view segment = rest_.substr(0, length);
            rest_.remove_prefix(length);
            if (std::ranges::all_of(segment, is_digit)) {
                size_t zeros = std::min(segment.find_first_not_of('0'), segment.size() - 1);
                segment.remove_prefix(zeros);
            }
            if (!local.empty()) {
                local += '.';
            }
            local += to_lower(segment);
        } while (!rest_.empty() && (rest_[0] == '.' || rest_[0] == '-' || rest_[0] == '_'));
        return local;
    }

    std::string_view text_; // as given, for messages
    std::string_view rest_; // what is not read yet
    Version::Parts parts_;
};

Result<Version> Version::parse(std::string_view text) {
    return VersionReader(text).read();
}

// --- the value ----------------------------------------------------------------------------------

Version::Version(Parts&& parts)
    : key_(parts.order_key()), parts_(std::make_shared<const Parts>(std::move(parts))) {}

Version Version::of(std::span<const uint64_t> release, uint64_t epoch) {
    check(!release.empty());
    Parts parts;
    parts.epoch = epoch;
    for (uint64_t number : release) {
        parts.add_release(number);
    }
    parts.write_text("");
    return Version(std::move(parts));
}

const std::string& Version::str() const {
    return parts_->text;
}
uint64_t Version::epoch() const {
    return parts_->epoch;
}
std::span<const uint64_t> Version::release() const {
    return parts_->release();
}

std::optional<Version::Pre> Version::pre() const {
    if (!parts_->has_pre) {
        return std::nullopt;
    }
    return Pre{parts_->pre_kind, parts_->pre_number};
}

std::optional<uint64_t> Version::post() const {
    return parts_->has_post ? std::optional(parts_->post) : std::nullopt;
}

std::optional<uint64_t> Version::dev() const {
    return parts_->has_dev ? std::optional(parts_->dev) : std::nullopt;
}

std::string_view Version::local() const {
    if (parts_->local_at == std::string::npos) {
        return {};
    }
    return std::string_view(parts_->text).substr(parts_->local_at);
}

bool Version::is_prerelease() const {
    return parts_->has_pre || parts_->has_dev;
}

Version Version::base() const {
    return of(release(), epoch());
}

Version Version::without_local() const {
    if (local().empty()) {
        return *this;
    }
    Parts parts = *parts_;
    parts.write_text("");
    return Version(std::move(parts));
}

Version Version::with_dev(uint64_t dev) const {
    Parts parts = *parts_;
    parts.has_dev = true;
    parts.dev = dev;
    parts.write_text("");
    return Version(std::move(parts));
}

std::string Version::trimmed() const {
    size_t zeros = release().size() - without_zeros(release()).size();
    std::string text = str();
    if (zeros > 0) {
        size_t begin = epoch() != 0 ? text.find('!') + 1 : 0;
        size_t end = begin; // of the release
        for (size_t numbers = 0; numbers < release().size(); ++numbers) {
            end = std::min(text.find_first_not_of("0123456789", end + (numbers > 0 ? 1 : 0)),
                           text.size());
        }
        text.erase(end - 2 * zeros, 2 * zeros); // each is ".0"
    }
    return text;
}

std::strong_ordering compare_releases(std::span<const uint64_t> a, std::span<const uint64_t> b) {
    size_t count = std::max(a.size(), b.size());
    for (size_t i = 0; i < count; ++i) {
        uint64_t x = i < a.size() ? a[i] : 0;
        uint64_t y = i < b.size() ? b[i] : 0;
        if (x != y) {
            return x <=> y;
        }
    }
    return std::strong_ordering::equal;
}

static std::strong_ordering compare_segments(std::string_view a, std::string_view b) {
    bool a_is_number = std::ranges::all_of(a, is_digit);
    bool b_is_number = std::ranges::all_of(b, is_digit);
    if (a_is_number != b_is_number) {
        return a_is_number <=> b_is_number;
    }
    if (a_is_number && a.size() != b.size()) { // no zeros lead, so the longer is the larger
        return a.size() <=> b.size();
    }
    return a <=> b;
}

std::strong_ordering compare_locals(std::string_view a, std::string_view b) {
    while (!a.empty() && !b.empty()) {
        std::string_view x = a.substr(0, a.find('.'));
        std::string_view y = b.substr(0, b.find('.'));
        std::strong_ordering order = compare_segments(x, y);
        if (order != 0) {
            return order;
        }
        a.remove_prefix(std::min(x.size() + 1, a.size()));
        b.remove_prefix(std::min(y.size() + 1, b.size()));
    }
    return !a.empty() <=> !b.empty();
}

std::strong_ordering Version::compare_parts(const Version& other) const {
    return compare_places(VersionPlace::of(*this), VersionPlace::of(other));
}

} // namespace pawl::pep
