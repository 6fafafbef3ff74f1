#include "index/http_date.h"

#include <array>
#include <vector>

#include "base/text.h"

namespace pawl::index {

namespace {

/// Days from 1970-01-01 to a date of the Gregorian calendar (Howard Hinnant's "days from civil").
int64_t days_from_civil(int64_t year, int64_t month, int64_t day) {
    year -= month <= 2 ? 1 : 0;
    int64_t era = year / 400; // the years of HTTP are positive
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

std::optional<int64_t> month_number(std::string_view name) {
    constexpr std::array<std::string_view, 12> names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (size_t i = 0; i < names.size(); ++i) {
        if (names[i] == name) {
            return static_cast<int64_t>(i + 1);
        }
    }
    return std::nullopt;
}

std::optional<int64_t> number_in(std::string_view text, int64_t least, int64_t most) {
    auto number = parse_unsigned(text);
    if (!number || static_cast<int64_t>(*number) < least || static_cast<int64_t>(*number) > most) {
        return std::nullopt;
    }
    return static_cast<int64_t>(*number);
}

} // namespace

std::optional<int64_t> parse_http_date(std::string_view text) {
    std::vector<std::string_view> parts = split(trim(text), ' ');
    if (parts.size() != 6 || parts[5] != "GMT") {
        return std::nullopt;
    }
    std::vector<std::string_view> clock = split(parts[4], ':');
    auto day = number_in(parts[1], 1, 31);
    auto month = month_number(parts[2]);
    auto year = number_in(parts[3], 1601, 9999);
    if (clock.size() != 3 || !day || !month || !year) {
        return std::nullopt;
    }
    auto hour = number_in(clock[0], 0, 23);
    auto minute = number_in(clock[1], 0, 59);
    auto second = number_in(clock[2], 0, 60);
    if (!hour || !minute || !second) {
        return std::nullopt;
    }
    return ((days_from_civil(*year, *month, *day) * 24 + *hour) * 60 + *minute) * 60 + *second;
}

} // namespace pawl::index
