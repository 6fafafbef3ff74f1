// The scanner follows the tokeniser of the HTML standard (§13.2.5) where it matters for anchors. It
// does not build a tree: a page of an index is a list of anchors, and anchors do not nest.
//
// Left out: the "script data double escaped" states, which differ only for a script that holds a
// comment that holds a script.

#include "text/html.h"

#include <algorithm>

#include "base/text.h"

namespace pawl::text {

namespace {

constexpr bool is_html_space(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\f' || c == '\r';
}

class HtmlScanner {
  public:
    HtmlScanner(std::string_view text, HtmlPage& page) : text_(text), page_(page) {}
    void scan();

  private:
    bool begins_markup(size_t at) const;
    void scan_markup();
    void scan_comment();
    void scan_start_tag();
    bool scan_attributes(HtmlAnchor& tag, bool wanted);
    std::string_view scan_attribute_value();
    void skip_raw_text(std::string_view name);
    void finish_anchor();
    void add_text(size_t begin, size_t end);
    std::string_view settled(std::string_view raw, bool in_attribute);
    void skip_past(std::string_view mark);
    bool at_end() const { return at_ >= text_.size(); }
    char peek() const { return at_end() ? '\0' : text_[at_]; }
    std::string_view take_name();

    std::string_view text_;
    HtmlPage& page_;
    size_t at_ = 0;
    size_t comment_end_ = 0; // of the next "-->"; npos: there is none
    bool in_anchor_ = false;
    std::vector<std::string_view> runs_; // of the open anchor's text
};

/// The text decoded, as a view that lives as long as the page.
std::string_view HtmlScanner::settled(std::string_view raw, bool in_attribute) {
    // One search a character is memchr(), much faster than looking for three at a time.
    if (raw.find('&') == raw.npos && raw.find('\r') == raw.npos && raw.find('\0') == raw.npos) {
        return raw;
    }
    return page_.decoded.emplace_back(decode_html(raw, in_attribute));
}

void HtmlScanner::scan() {
    size_t run = 0;
    size_t from = 0;
    while ((from = text_.find('<', from)) != text_.npos) {
        if (!begins_markup(from)) {
            ++from;
            continue;
        }
        add_text(run, from);
        at_ = from;
        scan_markup();
        run = from = at_;
    }
    add_text(run, text_.size());
    finish_anchor();
}

bool HtmlScanner::begins_markup(size_t at) const {
    if (at + 1 >= text_.size()) {
        return false;
    }
    const char next = text_[at + 1];
    return is_alpha(next) || next == '!' || next == '?' || (next == '/' && at + 2 < text_.size());
}

void HtmlScanner::add_text(size_t begin, size_t end) {
    if (in_anchor_ && begin < end) {
        runs_.push_back(text_.substr(begin, end - begin));
    }
}

void HtmlScanner::finish_anchor() {
    if (!in_anchor_) {
        return;
    }
    in_anchor_ = false;
    std::string_view& text = page_.anchors.back().text;
    if (runs_.size() == 1) {
        text = settled(trim(runs_.front()), false);
    } else if (!runs_.empty()) {
        std::string joined;
        for (std::string_view run : runs_) {
            joined += decode_html(run, false);
        }
        text = trim(page_.decoded.emplace_back(std::move(joined)));
    }
    runs_.clear();
}

void HtmlScanner::skip_past(std::string_view mark) {
    const size_t found = text_.find(mark, at_);
    at_ = found == text_.npos ? text_.size() : found + mark.size();
}

/// A tag's name; at_ is on its first letter.
std::string_view HtmlScanner::take_name() {
    const size_t begin = at_;
    while (!at_end() && !is_html_space(text_[at_]) && text_[at_] != '/' && text_[at_] != '>') {
        ++at_;
    }
    return text_.substr(begin, at_ - begin);
}

void HtmlScanner::scan_markup() {
    if (text_.substr(at_, 4) == "<!--") {
        scan_comment();
        return;
    }
    const char next = text_[at_ + 1];
    if (is_alpha(next)) {
        ++at_;
        scan_start_tag();
        return;
    }
    if (next != '/' || !is_alpha(text_[at_ + 2])) {
        skip_past(">"); // a doctype, a processing instruction, a bogus comment
        return;
    }
    at_ += 2;
    const std::string_view name = take_name();
    HtmlAnchor ignored;
    if (scan_attributes(ignored, false) && equals_ignoring_case(name, "a")) {
        finish_anchor();
    }
}

void HtmlScanner::scan_comment() {
    at_ += 4;
    if (peek() == '>' || text_.substr(at_, 2) == "->") {
        skip_past(">"); // "<!-->" and "<!--->" are whole comments
        return;
    }
    if (comment_end_ < at_) { // found once for all comments before it, so that many stay linear
        comment_end_ = text_.find("-->", at_);
    }
    const size_t plain = comment_end_;
    const size_t odd = text_.substr(0, plain).find("--!>", at_);
    at_ = odd != text_.npos ? odd + 4 : plain == text_.npos ? text_.size() : plain + 3;
}

/// To the end of the tag; false when the page ends inside it, which makes it no tag at all.
bool HtmlScanner::scan_attributes(HtmlAnchor& tag, bool wanted) {
    while (true) {
        while (!at_end() && (is_html_space(text_[at_]) || text_[at_] == '/')) {
            ++at_;
        }
        if (at_end()) {
            return false;
        }
        if (peek() == '>') {
            ++at_;
            return true;
        }
        const size_t begin = at_++; // even an equals sign begins a name
        while (!at_end() && !is_html_space(text_[at_]) && text_[at_] != '/' && text_[at_] != '>' &&
               text_[at_] != '=') {
            ++at_;
        }
        const std::string_view name = text_.substr(begin, at_ - begin);
        while (!at_end() && is_html_space(text_[at_])) {
            ++at_;
        }
        std::string_view value;
        if (peek() == '=') {
            ++at_;
            value = scan_attribute_value();
        }
        // A bound, so that looking for duplicates stays linear.
        constexpr size_t attributes_max = 64;
        const bool is_new = wanted && tag.attributes.size() < attributes_max &&
                            std::ranges::none_of(tag.attributes, [name](const HtmlAttribute& a) {
                                return equals_ignoring_case(a.name, name);
                            });
        if (is_new) {
            tag.attributes.push_back({name, settled(value, true)});
        }
    }
}

std::string_view HtmlScanner::scan_attribute_value() {
    while (!at_end() && is_html_space(text_[at_])) {
        ++at_;
    }
    const size_t begin = at_;
    if (peek() == '"' || peek() == '\'') {
        const char quote = text_[at_++];
        const size_t end = std::min(text_.find(quote, at_), text_.size());
        at_ = std::min(end + 1, text_.size());
        return text_.substr(begin + 1, end - begin - 1);
    }
    while (!at_end() && !is_html_space(text_[at_]) && text_[at_] != '>') {
        ++at_;
    }
    return text_.substr(begin, at_ - begin);
}

void HtmlScanner::scan_start_tag() {
    const std::string_view name = take_name();
    const bool is_anchor = equals_ignoring_case(name, "a");
    const bool is_base = equals_ignoring_case(name, "base");
    const bool is_meta = equals_ignoring_case(name, "meta");
    HtmlAnchor tag;
    if (!scan_attributes(tag, is_anchor || is_base || is_meta)) {
        return;
    }
    if (is_anchor) {
        finish_anchor(); // a new anchor closes an open one
        page_.anchors.push_back(std::move(tag));
        in_anchor_ = true;
    } else if (is_base && !page_.base) {
        page_.base = tag.attribute("href");
    } else if (is_meta) {
        page_.meta.push_back(std::move(tag));
    } else {
        skip_raw_text(name);
    }
}

/// The content of these elements is text, whatever it looks like.
void HtmlScanner::skip_raw_text(std::string_view name) {
    static constexpr std::string_view raw[] = {"script", "style",   "textarea", "title",
                                               "xmp",    "noembed", "iframe",   "noframes"};
    if (equals_ignoring_case(name, "plaintext")) {
        at_ = text_.size();
        return;
    }
    if (std::ranges::none_of(raw, [name](auto r) { return equals_ignoring_case(r, name); })) {
        return;
    }
    while (true) {
        at_ = std::min(text_.find("</", at_), text_.size());
        if (at_end()) {
            return;
        }
        const std::string_view rest = text_.substr(at_ + 2);
        if (equals_ignoring_case(rest.substr(0, name.size()), name) && rest.size() > name.size()) {
            const char behind = rest[name.size()];
            if (is_html_space(behind) || behind == '/' || behind == '>') {
                return; // the end tag is scanned as any other
            }
        }
        at_ += 2;
    }
}

} // namespace

HtmlPage parse_html(std::string_view page) {
    HtmlPage result;
    HtmlScanner(page, result).scan();
    return result;
}

std::optional<std::string_view> HtmlAnchor::attribute(std::string_view name) const {
    for (const HtmlAttribute& candidate : attributes) {
        if (equals_ignoring_case(candidate.name, name)) {
            return candidate.value;
        }
    }
    return std::nullopt;
}

std::optional<std::string_view> HtmlPage::meta_content(std::string_view name) const {
    for (const HtmlAnchor& tag : meta) {
        auto tag_name = tag.attribute("name");
        if (tag_name && equals_ignoring_case(*tag_name, name)) {
            return tag.attribute("content");
        }
    }
    return std::nullopt;
}

} // namespace pawl::text
