#include "test/scenarios/plain_version.h"

#include <algorithm>

#include "base/text.h"

namespace pawl::scenarios {

namespace {

/// Takes numbers with dots between them from the front.
std::vector<uint64_t> take_numbers(std::string_view& text) {
    std::vector<uint64_t> numbers;
    while (!text.empty() && is_digit(text.front())) {
        size_t end = 0;
        while (end < text.size() && is_digit(text[end])) {
            ++end;
        }
        numbers.push_back(parse_unsigned(text.substr(0, end)).value_or(0));
        text.remove_prefix(end);
        if (text.size() > 1 && text.front() == '.' && is_digit(text[1])) {
            text.remove_prefix(1);
        }
    }
    return numbers;
}

/// Takes the word and the number behind it.
std::optional<uint64_t> take_tail(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word)) {
        return std::nullopt;
    }
    text.remove_prefix(word.size());
    std::vector<uint64_t> numbers = take_numbers(text);
    return numbers.empty() ? 0 : numbers.front();
}

std::vector<uint64_t> without_zeros(std::vector<uint64_t> numbers) {
    while (!numbers.empty() && numbers.back() == 0) {
        numbers.pop_back();
    }
    return numbers;
}

/// Below everything: -1; a prerelease: 0; none: 1. As in the standard's own sort key.
int rank_of_pre(const PlainVersion& version) {
    if (version.pre) {
        return 0;
    }
    return !version.post && version.dev ? -1 : 1;
}

std::strong_ordering compare_local(const std::vector<std::string>& a,
                                   const std::vector<std::string>& b) {
    for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
        auto of_a = parse_unsigned(a[i]);
        auto of_b = parse_unsigned(b[i]);
        std::strong_ordering order = std::strong_ordering::equal;
        if (of_a && of_b) {
            order = *of_a <=> *of_b;
        } else if (of_a.has_value() != of_b.has_value()) {
            order = of_a ? std::strong_ordering::greater : std::strong_ordering::less;
        } else {
            order = a[i] <=> b[i];
        }
        if (order != 0) {
            return order;
        }
    }
    return a.size() <=> b.size();
}

} // namespace

std::optional<PlainVersion> PlainVersion::parse(std::string_view text) {
    PlainVersion result;
    size_t plus = text.find('+');
    if (plus != std::string_view::npos) {
        for (std::string_view part : split(text.substr(plus + 1), '.')) {
            result.local.emplace_back(part);
        }
        text = text.substr(0, plus);
    }
    result.release = take_numbers(text);
    if (!text.empty() && text.front() == '!' && result.release.size() == 1) {
        result.epoch = result.release.front();
        text.remove_prefix(1);
        result.release = take_numbers(text);
    }
    if (result.release.empty()) {
        return std::nullopt;
    }
    result.release = without_zeros(std::move(result.release));
    for (std::string_view word : {"a", "b", "rc"}) {
        if (auto number = take_tail(text, word)) {
            result.pre = std::make_pair(word.front(), *number);
        }
    }
    result.post = take_tail(text, ".post");
    result.dev = take_tail(text, ".dev");
    return text.empty() ? std::optional(result) : std::nullopt;
}

PlainVersion PlainVersion::without_local() const {
    PlainVersion result = *this;
    result.local.clear();
    return result;
}

PlainVersion PlainVersion::base() const {
    PlainVersion result;
    result.epoch = epoch;
    result.release = release;
    return result;
}

std::strong_ordering PlainVersion::operator<=>(const PlainVersion& other) const {
    if (auto order = epoch <=> other.epoch; order != 0) {
        return order;
    }
    if (auto order = release <=> other.release; order != 0) {
        return order;
    }
    if (auto order = rank_of_pre(*this) <=> rank_of_pre(other); order != 0) {
        return order;
    }
    if (auto order = pre <=> other.pre; pre && other.pre && order != 0) {
        return order;
    }
    if (auto order = post <=> other.post; order != 0) { // none is below any
        return order;
    }
    if (dev.has_value() != other.dev.has_value()) {
        return dev ? std::strong_ordering::less : std::strong_ordering::greater;
    }
    if (auto order = dev <=> other.dev; order != 0) {
        return order;
    }
    if (local.empty() || other.local.empty()) {
        return !local.empty() <=> !other.local.empty();
    }
    return compare_local(local, other.local);
}

std::optional<PlainClause> PlainClause::parse(std::string_view text) {
    text = trim(text);
    PlainClause result;
    for (std::string_view op : {"===", "==", "!=", "<=", ">=", "~=", "<", ">"}) {
        if (text.starts_with(op)) {
            result.op = op;
            break;
        }
    }
    if (result.op.empty()) {
        return std::nullopt;
    }
    std::string_view version = trim(text.substr(result.op.size()));
    if (version.ends_with(".*")) {
        version.remove_suffix(2);
        result.is_wildcard = true;
    }
    result.text = version;
    result.version = PlainVersion::parse(version);
    if (!result.version && result.op != "===") {
        return std::nullopt;
    }
    std::string_view numbers = version;
    if (size_t bang = numbers.find('!'); bang != std::string_view::npos) {
        numbers.remove_prefix(bang + 1);
    }
    result.numbers = take_numbers(numbers);
    return result;
}

namespace {

/// Whether its first numbers are these.
bool begins_with(const PlainVersion& version, uint64_t epoch,
                 const std::vector<uint64_t>& numbers) {
    std::vector<uint64_t> own = version.release;
    own.resize(std::max(own.size(), numbers.size()), 0);
    return version.epoch == epoch && std::equal(numbers.begin(), numbers.end(), own.begin());
}

bool is_equal(const PlainClause& clause, const PlainVersion& version) {
    if (clause.is_wildcard) {
        return begins_with(version, clause.version->epoch, clause.numbers);
    }
    return (clause.version->local.empty() ? version.without_local() : version) == *clause.version;
}

bool is_less(const PlainVersion& version, const PlainVersion& bound) {
    bool is_its_own_prerelease = !bound.is_prerelease() && version.is_prerelease() &&
                                 version.base() == bound.base() && version.post == bound.post;
    return version < bound && !is_its_own_prerelease;
}

bool is_greater(const PlainVersion& version, const PlainVersion& bound) {
    bool has_same_base = version.base() == bound.base();
    bool is_its_own_post = !bound.post && version.post && has_same_base;
    bool is_its_own_local = version.without_local() == bound;
    return version > bound && !is_its_own_post && !is_its_own_local;
}

} // namespace

bool PlainClause::admits(const PlainVersion& candidate, std::string_view written) const {
    if (op == "===") {
        return written == text;
    }
    if (op == "==" || op == "!=") {
        return is_equal(*this, candidate) == (op == "==");
    }
    if (op == "<=") {
        return candidate.without_local() <= *version;
    }
    if (op == "<") {
        return is_less(candidate, *version);
    }
    if (op == ">") {
        return is_greater(candidate, *version);
    }
    bool is_not_below = candidate.without_local() >= *version;
    if (op == ">=") {
        return is_not_below;
    }
    std::vector<uint64_t> series(numbers.begin(), numbers.end() - 1);
    return is_not_below && begins_with(candidate, version->epoch, series);
}

std::optional<std::vector<PlainClause>> plain_clauses(std::string_view text) {
    std::vector<PlainClause> result;
    for (std::string_view part : split(text, ',')) {
        if (trim(part).empty()) {
            continue;
        }
        auto clause = PlainClause::parse(part);
        if (!clause) {
            return std::nullopt;
        }
        result.push_back(std::move(*clause));
    }
    return result;
}

bool admits(const std::vector<PlainClause>& clauses, const PlainVersion& version,
            std::string_view written) {
    return std::ranges::all_of(
        clauses, [&](const PlainClause& clause) { return clause.admits(version, written); });
}

} // namespace pawl::scenarios
