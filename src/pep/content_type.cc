// Description-Content-Type: a MIME type with parameters (RFC 2045), of which three types and two
// parameters have a meaning.

#include <algorithm>
#include <map>

#include "base/text.h"
#include "pep/metadata_validation.h"

namespace pawl::pep {

namespace {

bool is_token_char(char c) {
    constexpr std::string_view special = "()<>@,;:\\\"/[]?=";
    return c > ' ' && c != '\x7f' && special.find(c) == special.npos;
}

class ContentTypeReader {
  public:
    explicit ContentTypeReader(std::string_view text) : text_(text) {}

    /// False for anything that is not of the form type/subtype; name=value; ….
    bool read() {
        std::string main = take_token();
        bool has_subtype = take('/');
        std::string sub = take_token();
        if (main.empty() || !has_subtype || sub.empty()) {
            return false;
        }
        type = to_lower(main) + "/" + to_lower(sub);
        while (at_ < text_.size()) {
            if (!take(';')) {
                return false;
            }
            skip_blanks();
            if (at_ < text_.size() && !read_parameter()) {
                return false;
            }
        }
        return true;
    }

    std::string type;
    std::map<std::string, std::string, std::less<>> parameters; ///< names in lower case

  private:
    void skip_blanks() {
        while (at_ < text_.size() && is_space(text_[at_])) {
            ++at_;
        }
    }

    bool take(char c) {
        skip_blanks();
        bool fits = at_ < text_.size() && text_[at_] == c;
        if (fits) {
            ++at_;
        }
        return fits;
    }

    std::string take_token() {
        skip_blanks();
        size_t begin = at_;
        while (at_ < text_.size() && is_token_char(text_[at_])) {
            ++at_;
        }
        std::string token(text_.substr(begin, at_ - begin));
        skip_blanks();
        return token;
    }

    bool take_quoted(std::string& value) {
        ++at_; // the opening quote
        while (at_ < text_.size() && text_[at_] != '"') {
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
                ++at_;
            }
            value += text_[at_++];
        }
        return take('"');
    }

    bool read_parameter() {
        std::string name = to_lower(take_token());
        // A name with "*" is RFC 2231's, for other alphabets and long values: nobody's business.
        if (name.empty() || name.find_first_of("*'%") != name.npos || !take('=')) {
            return false;
        }
        skip_blanks();
        std::string value;
        if (at_ < text_.size() && text_[at_] == '"') {
            if (!take_quoted(value)) {
                return false;
            }
        } else {
            value = take_token();
            if (value.empty()) {
                return false;
            }
        }
        skip_blanks();
        return parameters.emplace(std::move(name), std::move(value)).second;
    }

    std::string_view text_;
    size_t at_ = 0;
};

} // namespace

Result<> check_description_content_type(std::string_view value) {
    auto wrong = [&](std::string_view why) {
        return fail(Error::Kind::input, "\"" + printable(value) + "\" " + std::string(why));
    };
    ContentTypeReader reader(value);
    bool is_plain = value.find_first_of("\r\n") == value.npos && reader.read() &&
                    to_lower(value).find(reader.type) != value.npos; // no blanks inside the type
    if (!is_plain) {
        return wrong("is no content type");
    }
    if (reader.type != "text/plain" && reader.type != "text/x-rst" &&
        reader.type != "text/markdown") {
        return wrong("is neither text/plain nor text/x-rst nor text/markdown");
    }
    auto charset = reader.parameters.find("charset");
    if (charset != reader.parameters.end() && !equals_ignoring_case(charset->second, "utf-8")) {
        return wrong("names a charset other than UTF-8");
    }
    auto variant = reader.parameters.find("variant");
    if (reader.type == "text/markdown" && variant != reader.parameters.end() &&
        variant->second != "GFM" && variant->second != "CommonMark") {
        return wrong("names an unknown variant of Markdown");
    }
    return {};
}

} // namespace pawl::pep
