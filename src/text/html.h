#pragma once
// The anchors of a PEP 503 page (HTML or XHTML), read as the HTML standard tokenises: attributes in
// any quotes, character references, comments, raw text of scripts and styles.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pawl::text {

struct HtmlAttribute {
    std::string_view name; ///< as written; compare without regard to case
    std::string value;     ///< character references decoded; "" when there is none
};

struct HtmlAnchor {
    std::vector<HtmlAttribute> attributes; ///< the first of equal names only
    std::string text;                      ///< decoded, trimmed, tags inside left out

    /// The value of an attribute, name in lower case; nothing when it is absent.
    std::optional<std::string_view> attribute(std::string_view name) const;
};

struct HtmlPage {
    std::vector<HtmlAnchor> anchors; ///< <a …> in order, those without href too
    std::optional<std::string> base; ///< href of the first <base> that has one
    std::vector<HtmlAnchor> meta;    ///< <meta …>
    /// The content of a <meta name=…>; nothing when there is none.
    std::optional<std::string_view> meta_content(std::string_view name) const;
};

/// Never fails: any bytes are some HTML. Linear, and views point into `page`.
HtmlPage parse_html(std::string_view page);

/// Replaces character references (&amp; &#38; &#x26;) as the standard does, in an attribute's value
/// or in text (they differ for references without a semicolon).
std::string decode_html(std::string_view text, bool in_attribute);

} // namespace pawl::text
