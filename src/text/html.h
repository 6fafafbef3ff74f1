#pragma once
// The anchors of a PEP 503 page (HTML or XHTML), read as the HTML standard tokenises: attributes in
// any quotes, character references, comments, raw text of scripts and styles.

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pawl::text {

/// Views point into the page, or into HtmlPage::decoded.
struct HtmlAttribute {
    std::string_view name;  ///< as written; compare without regard to case
    std::string_view value; ///< character references decoded; "" when there is none
};

struct HtmlAnchor {
    std::vector<HtmlAttribute> attributes; ///< the first of equal names only
    std::string_view text;                 ///< decoded, trimmed, tags inside left out

    /// The value of an attribute, name in lower case; nothing when it is absent.
    std::optional<std::string_view> attribute(std::string_view name) const;
};

/// Valid as long as the page's text is; moving it is fine.
struct HtmlPage {
    std::vector<HtmlAnchor> anchors;      ///< <a …> in order, those without href too
    std::vector<HtmlAnchor> meta;         ///< <meta …>
    std::optional<std::string_view> base; ///< href of the first <base> that has one
    std::deque<std::string> decoded;      ///< what the page does not hold as it is

    HtmlPage() = default;
    HtmlPage(HtmlPage&&) = default;
    HtmlPage& operator=(HtmlPage&&) = default;

    /// The content of a <meta name=…>; nothing when there is none.
    std::optional<std::string_view> meta_content(std::string_view name) const;
};

/// Never fails: any bytes are some HTML. Linear.
HtmlPage parse_html(std::string_view page);

/// Replaces character references (&amp; &#38; &#x26;) as the standard does, in an attribute's value
/// or in text (they differ for references without a semicolon); CR and CRLF become LF, NUL U+FFFD.
std::string decode_html(std::string_view text, bool in_attribute);

} // namespace pawl::text
