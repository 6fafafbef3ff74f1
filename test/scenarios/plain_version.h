#pragma once
// Versions and specifiers as the judge reads them: PEP 440 once more, slowly and plainly, with
// nothing of src/pep in it, so that a mistake there does not hide itself.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pawl::scenarios {

struct PlainVersion {
    uint64_t epoch = 0;
    std::vector<uint64_t> release;                ///< without zeros at its end
    std::optional<std::pair<char, uint64_t>> pre; ///< 'a', 'b', 'r'
    std::optional<uint64_t> post, dev;
    std::vector<std::string> local;

    /// Normal forms only: "1!2.0rc1.post2.dev3+cpu.1".
    static std::optional<PlainVersion> parse(std::string_view text);
    bool is_prerelease() const { return pre.has_value() || dev.has_value(); }
    PlainVersion without_local() const;
    /// Only the epoch and the numbers.
    PlainVersion base() const;
    std::strong_ordering operator<=>(const PlainVersion& other) const;
    bool operator==(const PlainVersion& other) const { return (*this <=> other) == 0; }
};

struct PlainClause {
    std::string op;
    std::string text;                    ///< what stands behind the operator, without ".*"
    std::vector<uint64_t> numbers;       ///< as written, with zeros at the end
    std::optional<PlainVersion> version; ///< absent in what "===" alone takes
    bool is_wildcard = false;

    static std::optional<PlainClause> parse(std::string_view text);
    bool admits(const PlainVersion& version, std::string_view written) const;
};

/// ">=1,<2"; nothing when a clause cannot be read.
std::optional<std::vector<PlainClause>> plain_clauses(std::string_view text);
bool admits(const std::vector<PlainClause>& clauses, const PlainVersion& version,
            std::string_view written);

} // namespace pawl::scenarios
