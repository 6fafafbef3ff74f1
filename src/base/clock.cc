#include "base/clock.h"

#include <time.h>

#include <array>
#include <cstdio>
#include <optional>

#include "base/text.h"

namespace pawl {

namespace {

constexpr int64_t microseconds_a_second = 1'000'000;
constexpr int64_t seconds_a_day = 86'400;

/// Days from 1970-01-01 in the proleptic Gregorian calendar.
int64_t days_from_date(int64_t year, int64_t month, int64_t day) {
    year -= month <= 2 ? 1 : 0;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146'097 + day_of_era - 719'468;
}

int64_t days_in_month(int64_t year, int64_t month) {
    constexpr std::array<int64_t, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[static_cast<size_t>(month - 1)];
}

/// Reads fixed-width fields from the front of a text.
class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    std::optional<int64_t> digits(size_t count) {
        if (text_.size() < count) {
            return std::nullopt;
        }
        int64_t value = 0;
        for (char c : text_.substr(0, count)) {
            if (!is_digit(c)) {
                return std::nullopt;
            }
            value = value * 10 + (c - '0');
        }
        text_.remove_prefix(count);
        return value;
    }
    bool take(std::string_view any_of) {
        if (text_.empty() || any_of.find(text_.front()) == std::string_view::npos) {
            return false;
        }
        text_.remove_prefix(1);
        return true;
    }
    /// The digits of a fraction as microseconds; further digits are cut off.
    std::optional<int64_t> fraction() {
        int64_t value = 0;
        size_t count = 0;
        for (; !text_.empty() && is_digit(text_.front()); text_.remove_prefix(1), ++count) {
            value = count < 6 ? value * 10 + (text_.front() - '0') : value;
        }
        for (size_t i = count; i < 6; ++i) {
            value *= 10;
        }
        return count == 0 ? std::nullopt : std::optional(value);
    }
    bool at_end() const { return text_.empty(); }

  private:
    std::string_view text_;
};

std::optional<int64_t> parse_date(Reader& reader) {
    auto year = reader.digits(4);
    bool dash = reader.take("-");
    auto month = reader.digits(2);
    dash = reader.take("-") && dash;
    auto day = reader.digits(2);
    if (!year || !month || !day || !dash || *month < 1 || *month > 12 || *day < 1 ||
        *day > days_in_month(*year, *month)) {
        return std::nullopt;
    }
    return days_from_date(*year, *month, *day);
}

/// "10:00:00.5" as microseconds of the day; a leap second is taken as the one before.
std::optional<int64_t> parse_time_of_day(Reader& reader) {
    auto hour = reader.digits(2);
    bool colon = reader.take(":");
    auto minute = reader.digits(2);
    colon = reader.take(":") && colon;
    auto second = reader.digits(2);
    if (!hour || !minute || !second || !colon || *hour > 23 || *minute > 59 || *second > 60) {
        return std::nullopt;
    }
    std::optional<int64_t> fraction = 0;
    if (reader.take(".,")) {
        fraction = reader.fraction();
    }
    if (!fraction) {
        return std::nullopt;
    }
    int64_t seconds = *hour * 3600 + *minute * 60 + (*second == 60 ? 59 : *second);
    return seconds * microseconds_a_second + *fraction;
}

/// "Z", "+01:00", or nothing (UTC); in microseconds east of Greenwich.
std::optional<int64_t> parse_offset(Reader& reader) {
    if (reader.at_end() || reader.take("Zz")) {
        return 0;
    }
    bool west = reader.take("-");
    if (!west && !reader.take("+")) {
        return std::nullopt;
    }
    auto hours = reader.digits(2);
    reader.take(":");
    auto minutes = reader.digits(2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) {
        return std::nullopt;
    }
    int64_t offset = (*hours * 3600 + *minutes * 60) * microseconds_a_second;
    return west ? -offset : offset;
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
    Reader reader(text);
    std::optional<int64_t> days = parse_date(reader);
    if (!days) {
        return std::nullopt;
    }
    Timestamp time{*days * seconds_a_day * microseconds_a_second};
    if (reader.at_end()) {
        return time;
    }
    if (!reader.take("Tt ")) {
        return std::nullopt;
    }
    std::optional<int64_t> of_day = parse_time_of_day(reader);
    std::optional<int64_t> offset = of_day ? parse_offset(reader) : std::nullopt;
    if (!offset || !reader.at_end()) {
        return std::nullopt;
    }
    time.microseconds += *of_day - *offset;
    return time;
}

} // namespace

Timestamp now() {
    timespec time{};
    clock_gettime(CLOCK_REALTIME, &time);
    return {int64_t{time.tv_sec} * microseconds_a_second + time.tv_nsec / 1000};
}

int64_t monotonic_ns() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

Result<Timestamp> parse_timestamp(std::string_view text) {
    std::optional<Timestamp> time = parse_rfc3339(text);
    if (!time) {
        return fail(Error::Kind::input, "\"" + printable(text) +
                                            "\" is not a date (2026-11-20) or a time "
                                            "(2026-11-20T10:00:00Z)");
    }
    return *time;
}

namespace {

/// `number` in so many digits.
void append_digits(std::string& out, int64_t number, size_t digits) {
    size_t begin = out.size();
    out.append(digits, '0');
    for (size_t at = begin + digits; at-- > begin; number /= 10) {
        out[at] = static_cast<char>('0' + number % 10);
    }
}

} // namespace

std::string format_timestamp(Timestamp time) {
    int64_t seconds = time.microseconds / microseconds_a_second;
    int64_t microseconds = time.microseconds % microseconds_a_second;
    if (microseconds < 0) {
        microseconds += microseconds_a_second;
        seconds -= 1;
    }
    time_t whole = seconds;
    tm parts{};
    gmtime_r(&whole, &parts);
    std::string text;
    text.reserve(sizeof "2026-11-20T10:00:00.123456Z");
    append_digits(text, parts.tm_year + 1900, 4);
    for (auto [separator, number] : {std::pair('-', parts.tm_mon + 1),
                                     std::pair('-', parts.tm_mday), std::pair('T', parts.tm_hour),
                                     std::pair(':', parts.tm_min), std::pair(':', parts.tm_sec)}) {
        text += separator;
        append_digits(text, number, 2);
    }
    if (microseconds != 0) {
        text += '.';
        bool is_whole = microseconds % 1000 == 0; // milliseconds say it all
        append_digits(text, is_whole ? microseconds / 1000 : microseconds, is_whole ? 3 : 6);
    }
    return text + 'Z';
}

namespace {

std::optional<int64_t> seconds_of_unit(std::string_view unit) {
    constexpr int64_t hour = 3600;
    struct Unit {
        std::string_view name;
        int64_t seconds;
    };
    constexpr std::array<Unit, 17> units = {{
        {"s", 1},
        {"sec", 1},
        {"second", 1},
        {"seconds", 1},
        {"m", 60},
        {"min", 60},
        {"minute", 60},
        {"minutes", 60},
        {"h", hour},
        {"hour", hour},
        {"hours", hour},
        {"d", seconds_a_day},
        {"day", seconds_a_day},
        {"days", seconds_a_day},
        {"w", 7 * seconds_a_day},
        {"week", 7 * seconds_a_day},
        {"weeks", 7 * seconds_a_day},
    }};
    for (const Unit& known : units) {
        if (equals_ignoring_case(known.name, unit)) {
            return known.seconds;
        }
    }
    return std::nullopt;
}

/// A sequence of numbers with units: "7 days", "1w2d", and ISO 8601's "P7D", "PT36H".
std::optional<int64_t> parse_span(std::string_view text) {
    constexpr int64_t seconds_max = 1000LL * 366 * seconds_a_day;
    if (text.starts_with('P')) {
        text.remove_prefix(1);
    }
    int64_t total = 0;
    bool any = false;
    while (!text.empty()) {
        if (is_space(text.front()) || text.front() == 'T') {
            text.remove_prefix(1);
            continue;
        }
        size_t digits = 0;
        while (digits < text.size() && is_digit(text[digits])) {
            ++digits;
        }
        std::optional<uint64_t> number = parse_unsigned(text.substr(0, digits));
        text = trim(text.substr(digits));
        size_t letters = 0;
        while (letters < text.size() && is_alpha(text[letters]) && text[letters] != 'T') {
            ++letters;
        }
        std::optional<int64_t> seconds = seconds_of_unit(text.substr(0, letters));
        if (!number || !seconds || *number > static_cast<uint64_t>(seconds_max / *seconds)) {
            return std::nullopt;
        }
        total += static_cast<int64_t>(*number) * *seconds;
        any = true;
        text.remove_prefix(letters);
    }
    return any && total <= seconds_max ? std::optional(total) : std::nullopt;
}

} // namespace

Result<int64_t> parse_duration(std::string_view text) {
    std::optional<int64_t> seconds = parse_span(trim(text));
    if (!seconds) {
        return fail(Error::Kind::input,
                    "\"" + printable(text) + "\" is not a span of time such as \"7 days\" or P7D");
    }
    return *seconds * microseconds_a_second;
}

} // namespace pawl
