#include "text/toml_scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include "base/text.h"

namespace pawl::text {

namespace {

using Kind = TomlNode::Kind;

constexpr const char* no_value = "this is no TOML value";

/// Two digits as a number within [low, high]; -1 for anything else.
int two_digits(std::string_view text, size_t at, int low, int high) {
    if (at + 2 > text.size() || !is_digit(text[at]) || !is_digit(text[at + 1])) {
        return -1;
    }
    const int value = (text[at] - '0') * 10 + (text[at + 1] - '0');
    return value >= low && value <= high ? value : -1;
}

int days_in_month(int year, int month) {
    static constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

const char* read_date(std::string_view text, TomlDatetime& out) {
    constexpr const char* wrong = "this is no date (1979-05-27)";
    if (text.size() < 10 || text[4] != '-' || text[7] != '-') {
        return wrong;
    }
    const int century = two_digits(text, 0, 0, 99);
    const int year_of_century = two_digits(text, 2, 0, 99);
    const int month = two_digits(text, 5, 1, 12);
    const int day = two_digits(text, 8, 1, 31);
    if (century < 0 || year_of_century < 0 || month < 0 || day < 0) {
        return wrong;
    }
    const int year = century * 100 + year_of_century;
    if (day > days_in_month(year, month)) {
        return "this month has no such day";
    }
    out.has_date = true;
    out.year = static_cast<uint16_t>(year);
    out.month = static_cast<uint8_t>(month);
    out.day = static_cast<uint8_t>(day);
    return nullptr;
}

/// Reads a time at the beginning of `text` and takes it away.
const char* read_time(std::string_view& text, TomlDatetime& out) {
    constexpr const char* wrong = "this is no time (07:32:00)";
    const int hour = two_digits(text, 0, 0, 23);
    const int minute = two_digits(text, 3, 0, 59);
    if (hour < 0 || minute < 0 || text[2] != ':') {
        return wrong;
    }
    if (text.size() < 6 || text[5] != ':') {
        return "a time without seconds is TOML 1.1; TOML 1.0 needs them";
    }
    const int second = two_digits(text, 6, 0, 59);
    if (second < 0) {
        return wrong;
    }
    text.remove_prefix(8);
    uint32_t nanosecond = 0;
    if (!text.empty() && text.front() == '.') {
        size_t digits = 1;
        uint32_t unit = 100'000'000;
        while (digits < text.size() && is_digit(text[digits])) {
            nanosecond += unit * static_cast<uint32_t>(text[digits] - '0');
            unit /= 10;
            ++digits;
        }
        if (digits == 1) {
            return "digits should follow the point";
        }
        text.remove_prefix(digits);
    }
    out.has_time = true;
    out.hour = static_cast<uint8_t>(hour);
    out.minute = static_cast<uint8_t>(minute);
    out.second = static_cast<uint8_t>(second);
    out.nanosecond = nanosecond;
    return nullptr;
}

const char* read_datetime(std::string_view text, TomlDatetime& out) {
    if (text[2] == ':') {
        const char* problem = read_time(text, out);
        return problem != nullptr ? problem : text.empty() ? nullptr : "a time ends here";
    }
    if (const char* problem = read_date(text, out)) {
        return problem;
    }
    text.remove_prefix(10);
    if (text.empty()) {
        return nullptr;
    }
    if (text.front() != 'T' && text.front() != 't' && text.front() != ' ') {
        return "this is no date (1979-05-27)";
    }
    text.remove_prefix(1);
    if (const char* problem = read_time(text, out)) {
        return problem;
    }
    if (text.empty()) {
        return nullptr;
    }
    out.has_offset = true;
    if (text == "Z" || text == "z") {
        return nullptr;
    }
    const int hours = two_digits(text, 1, 0, 23);
    const int minutes = two_digits(text, 4, 0, 59);
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' || hours < 0 ||
        minutes < 0) {
        return "this is no offset from UTC (Z or +01:00)";
    }
    const int offset = hours * 60 + minutes;
    out.offset_minutes = static_cast<int16_t>(text[0] == '-' ? -offset : offset);
    return nullptr;
}

/// Copies digits without their underscores; false when one does not stand between two digits.
bool copy_digits(std::string_view text, std::string& out) {
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '_') {
            out.push_back(text[i]);
            continue;
        }
        const bool between = i > 0 && i + 1 < text.size() && text[i - 1] != '_';
        auto is_hex_digit = [](char c) {
            return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f');
        };
        if (!between || !is_hex_digit(text[i - 1]) || !is_hex_digit(text[i + 1])) {
            return false;
        }
    }
    return true;
}

constexpr const char* misplaced_underscore = "an underscore must stand between two digits";

const char* read_based_integer(std::string_view digits, int base, int64_t& out) {
    std::string plain;
    if (!copy_digits(digits, plain)) {
        return misplaced_underscore;
    }
    if (plain.empty() || plain.front() == '-' || plain.front() == '+') {
        return no_value;
    }
    auto [stop, error] = std::from_chars(plain.data(), plain.data() + plain.size(), out, base);
    if (stop != plain.data() + plain.size()) {
        return no_value;
    }
    return error == std::errc() ? nullptr : "this integer does not fit 64 bits";
}

/// `text` has its sign still; `whole` is the part before a point or exponent.
const char* check_leading_zero(std::string_view whole) {
    return whole.size() > 1 && whole.front() == '0' ? "a number does not begin with 0" : nullptr;
}

const char* read_decimal_integer(std::string_view text, int64_t& out) {
    std::string plain;
    std::string_view digits = text;
    if (digits.front() == '+' || digits.front() == '-') {
        digits.remove_prefix(1);
    }
    if (digits.empty()) {
        return no_value;
    }
    if (text.front() == '-') {
        plain.push_back('-');
    }
    if (!copy_digits(digits, plain)) {
        return misplaced_underscore;
    }
    if (const char* problem = check_leading_zero(digits)) {
        return problem;
    }
    auto [stop, error] = std::from_chars(plain.data(), plain.data() + plain.size(), out);
    if (stop != plain.data() + plain.size() || !is_digit(digits.front())) {
        return no_value;
    }
    return error == std::errc() ? nullptr : "this integer does not fit 64 bits";
}

/// Whether it is [+-] digits [. digits] [e [+-] digits] with underscores somewhere.
const char* check_float_form(std::string_view text) {
    auto take_digits = [&text] {
        size_t count = 0;
        while (count < text.size() && (is_digit(text[count]) || text[count] == '_')) {
            ++count;
        }
        const std::string_view digits = text.substr(0, count);
        text.remove_prefix(count);
        return digits;
    };
    if (text.front() == '+' || text.front() == '-') {
        text.remove_prefix(1);
    }
    const std::string_view whole = take_digits();
    if (whole.empty()) {
        return no_value;
    }
    if (const char* problem = check_leading_zero(whole)) {
        return problem;
    }
    if (!text.empty() && text.front() == '.') {
        text.remove_prefix(1);
        if (take_digits().empty()) {
            return "digits should follow the point";
        }
    }
    if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
        text.remove_prefix(1);
        if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
            text.remove_prefix(1);
        }
        if (take_digits().empty()) {
            return "digits should follow the exponent sign";
        }
    }
    return text.empty() ? nullptr : no_value;
}

/// An underscore must have a decimal digit on both sides.
bool has_stray_underscore(std::string_view text) {
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '_' &&
            (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1]))) {
            return true;
        }
    }
    return false;
}

const char* read_float(std::string_view text, double& out) {
    std::string_view unsigned_text = text;
    if (text.front() == '+' || text.front() == '-') {
        unsigned_text.remove_prefix(1);
    }
    const double sign = text.front() == '-' ? -1.0 : 1.0;
    if (unsigned_text == "inf") {
        out = sign * std::numeric_limits<double>::infinity();
        return nullptr;
    }
    if (unsigned_text == "nan") {
        out = std::copysign(std::numeric_limits<double>::quiet_NaN(), sign);
        return nullptr;
    }
    if (const char* problem = check_float_form(text)) {
        return problem;
    }
    if (has_stray_underscore(text)) {
        return misplaced_underscore;
    }
    const std::string plain = replace_all(unsigned_text, "_", "");
    auto [stop, error] = std::from_chars(plain.data(), plain.data() + plain.size(), out);
    if (error == std::errc::result_out_of_range) {
        out = std::strtod(plain.c_str(), nullptr); // 0 or infinity, whichever it rounds to
    }
    out *= sign;
    return nullptr;
}

} // namespace

size_t toml_scalar_length(std::string_view text) {
    size_t end = 0;
    while (end < text.size() && (is_alnum(text[end]) || text[end] == '_' || text[end] == '+' ||
                                 text[end] == '-' || text[end] == '.' || text[end] == ':')) {
        ++end;
    }
    // "1979-05-27 07:32:00": a blank may stand for the T.
    const bool is_date = end == 10 && text[4] == '-' && text[7] == '-' && is_digit(text[0]);
    if (is_date && text.size() > 12 && text[10] == ' ' && is_digit(text[11]) &&
        is_digit(text[12])) {
        return 11 + toml_scalar_length(text.substr(11));
    }
    return end;
}

const char* read_toml_scalar(std::string_view token, TomlScalar& out) {
    if (token.empty()) {
        return no_value;
    }
    if (token == "true" || token == "false") {
        out.kind = Kind::boolean;
        out.boolean = token == "true";
        return nullptr;
    }
    auto begins_with_digits = [token](size_t count, char then) {
        return token.size() > count && token[count] == then &&
               std::ranges::all_of(token.substr(0, count), is_digit);
    };
    if (begins_with_digits(2, ':') || begins_with_digits(4, '-')) {
        out.kind = Kind::datetime;
        return read_datetime(token, out.datetime);
    }
    if (token.size() > 1 && token[0] == '0' && (is_alpha(token[1]))) {
        out.kind = Kind::integer;
        switch (token[1]) {
        case 'x':
            return read_based_integer(token.substr(2), 16, out.integer);
        case 'o':
            return read_based_integer(token.substr(2), 8, out.integer);
        case 'b':
            return read_based_integer(token.substr(2), 2, out.integer);
        default:
            break;
        }
    }
    if (!is_digit(token[0]) && token[0] != '+' && token[0] != '-' && token != "inf" &&
        token != "nan") {
        return no_value;
    }
    if (token.find_first_of(".eEin") == token.npos) {
        out.kind = Kind::integer;
        return read_decimal_integer(token, out.integer);
    }
    out.kind = Kind::floating;
    return read_float(token, out.floating);
}

} // namespace pawl::text
