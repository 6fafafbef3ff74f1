// The reader: recursive descent with a bound on depth, strict about everything that RFC 8259 leaves
// no choice about. Strings are copied run by run, so that long ones cost one append each.

#include "text/json.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "text/place.h"
#include "text/utf8.h"

namespace pawl::text {

namespace {

class JsonReader {
  public:
    JsonReader(std::string_view text, const JsonOptions& options)
        : text_(text), options_(options) {}

    Result<Value> read() {
        if (const size_t bad = utf8_error(text_); bad < text_.size()) {
            return error_at(bad, "this byte is not UTF-8");
        }
        Value value = TRY(read_value(0));
        skip_space();
        if (at_ < text_.size()) {
            return error_at(at_, "something follows the end of the JSON value");
        }
        return value;
    }

  private:
    tl::unexpected<Error> error_at(size_t at, std::string_view what) const {
        return fail(Error::Kind::input, place_of(text_, at).str() + ": " + std::string(what));
    }
    bool at_end() const { return at_ == text_.size(); }
    char peek() const { return at_end() ? '\0' : text_[at_]; }
    bool take(char c) {
        if (peek() != c || at_end()) {
            return false;
        }
        ++at_;
        return true;
    }
    void skip_space() {
        while (!at_end() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' ||
                             text_[at_] == '\r')) {
            ++at_;
        }
    }

    Result<Value> read_value(uint32_t depth) {
        skip_space();
        if (at_end()) {
            return error_at(at_, "the text ends where a value should be");
        }
        switch (peek()) {
        case '{':
            return read_object(depth);
        case '[':
            return read_array(depth);
        case '"':
            return Value(TRY(read_string()));
        case 't':
            return read_word("true", Value(true));
        case 'f':
            return read_word("false", Value(false));
        case 'n':
            return read_word("null", Value());
        default:
            return read_number();
        }
    }

    Result<Value> read_word(std::string_view word, Value value) {
        if (text_.substr(at_, word.size()) != word) {
            return error_at(at_, "this is no JSON value");
        }
        at_ += word.size();
        return value;
    }

    Result<Value> read_object(uint32_t depth) {
        if (depth >= options_.depth_max) {
            return error_at(at_, "the values are nested too deeply");
        }
        const size_t begin = at_++;
        Value::Object members;
        skip_space();
        if (take('}')) {
            return Value(std::move(members));
        }
        while (true) {
            skip_space();
            if (peek() != '"') {
                return error_at(at_, "a member's name in quotes should be here");
            }
            std::string key = TRY(read_string());
            skip_space();
            if (!take(':')) {
                return error_at(at_, "a colon should be here");
            }
            Value value = TRY(read_value(depth + 1));
            members.push_back({std::move(key), std::move(value)});
            skip_space();
            if (take('}')) {
                break;
            }
            if (!take(',')) {
                return error_at(at_, "a comma or } should be here");
            }
        }
        TRY(settle_duplicates(members, begin));
        return Value(std::move(members));
    }

    /// Sorting keeps this O(n log n) for any object that somebody sends us.
    Result<> settle_duplicates(Value::Object& members, size_t begin) {
        std::vector<uint32_t> order(members.size());
        for (uint32_t i = 0; i < order.size(); ++i) {
            order[i] = i;
        }
        std::ranges::stable_sort(
            order, {}, [&members](uint32_t i) -> std::string_view { return members[i].key; });
        std::vector<bool> dropped(members.size(), false);
        bool any = false;
        for (size_t i = 1; i < order.size(); ++i) {
            if (members[order[i - 1]].key != members[order[i]].key) {
                continue;
            }
            if (options_.duplicates == JsonOptions::Duplicates::refuse) {
                return error_at(begin, "this object has the member \"" +
                                           printable(members[order[i]].key) + "\" twice");
            }
            dropped[order[i - 1]] = true;
            any = true;
        }
        if (any) {
            size_t kept = 0;
            for (size_t i = 0; i < members.size(); ++i) {
                if (dropped[i]) {
                    continue;
                }
                if (kept != i) {
                    members[kept] = std::move(members[i]);
                }
                ++kept;
            }
            members.resize(kept);
        }
        return {};
    }

    Result<Value> read_array(uint32_t depth) {
        if (depth >= options_.depth_max) {
            return error_at(at_, "the values are nested too deeply");
        }
        ++at_;
        Value::Array elements;
        skip_space();
        if (take(']')) {
            return Value(std::move(elements));
        }
        while (true) {
            elements.push_back(TRY(read_value(depth + 1)));
            skip_space();
            if (take(']')) {
                return Value(std::move(elements));
            }
            if (!take(',')) {
                return error_at(at_, "a comma or ] should be here");
            }
        }
    }

    Result<std::string> read_string() {
        const size_t begin = at_++;
        std::string out;
        while (true) {
            const size_t run = at_;
            while (!at_end() && text_[at_] != '"' && text_[at_] != '\\' &&
                   static_cast<unsigned char>(text_[at_]) >= 0x20) {
                ++at_;
            }
            out.append(text_, run, at_ - run);
            if (at_end()) {
                return error_at(begin, "this string has no end");
            }
            if (take('"')) {
                return out;
            }
            if (text_[at_] != '\\') {
                return error_at(at_, "a control character in a string must be escaped");
            }
            TRY(read_escape(out));
        }
    }

    Result<> read_escape(std::string& out) {
        const size_t begin = at_++;
        const char letter = peek();
        ++at_;
        static constexpr std::string_view from = "\"\\/bfnrt";
        static constexpr std::string_view to = "\"\\/\b\f\n\r\t";
        if (const size_t index = from.find(letter); letter != '\0' && index != from.npos) {
            out.push_back(to[index]);
            return {};
        }
        if (letter != 'u') {
            return error_at(begin, "there is no such escape");
        }
        uint32_t unit = TRY(read_hex4(begin));
        if (unit >= 0xd800 && unit < 0xdc00 && text_.substr(at_, 2) == "\\u") {
            const size_t before = at_;
            at_ += 2;
            const uint32_t low = TRY(read_hex4(begin));
            if (low >= 0xdc00 && low < 0xe000) {
                unit = 0x10000 + ((unit - 0xd800) << 10u) + (low - 0xdc00);
            } else {
                at_ = before;
            }
        }
        if (unit >= 0xd800 && unit < 0xe000 && !options_.allow_lone_surrogates) {
            return error_at(begin, "half of a surrogate pair is no character");
        }
        utf8_append(out, unit);
        return {};
    }

    Result<uint32_t> read_hex4(size_t begin) {
        uint32_t unit = 0;
        const std::string_view digits = text_.substr(std::min(at_, text_.size()), 4);
        auto [stop, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
        if (digits.size() < 4 || error != std::errc() || stop != digits.data() + 4 ||
            digits[0] == '-') {
            return error_at(begin, "four hexadecimal digits should follow \\u");
        }
        at_ += 4;
        return unit;
    }

    size_t take_digits() {
        const size_t begin = at_;
        while (is_digit(peek())) {
            ++at_;
        }
        return at_ - begin;
    }

    Result<Value> read_number() {
        const size_t begin = at_;
        take('-');
        const size_t digits_begin = at_;
        const size_t digits = take_digits();
        if (digits == 0) {
            return error_at(begin, "this is no JSON value");
        }
        if (digits > 1 && text_[digits_begin] == '0') {
            return error_at(begin, "a number does not begin with 0");
        }
        bool whole = true;
        if (take('.')) {
            whole = false;
            if (take_digits() == 0) {
                return error_at(begin, "digits should follow the decimal point");
            }
        }
        if (take('e') || take('E')) {
            whole = false;
            if (!take('+')) {
                take('-');
            }
            if (take_digits() == 0) {
                return error_at(begin, "digits should follow the exponent sign");
            }
        }
        const std::string_view number = text_.substr(begin, at_ - begin);
        if (whole) {
            return Value::integer_of(number);
        }
        double value = 0;
        auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), value);
        if (error == std::errc::result_out_of_range) {
            // Too small is 0 within the precision that there is; too large has no value.
            const bool tiny = number.find_first_of("eE") != number.npos &&
                              number[number.find_first_of("eE") + 1] == '-';
            if (!tiny) {
                return error_at(begin, "this number is too large");
            }
            value = 0;
        }
        return Value(value);
    }

    std::string_view text_;
    const JsonOptions& options_;
    size_t at_ = 0;
};

} // namespace

Result<Value> parse_json(std::string_view text, const JsonOptions& options) {
    return JsonReader(text, options).read();
}

} // namespace pawl::text
