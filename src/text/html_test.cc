#include "text/html.h"

#include <gtest/gtest.h>

namespace pawl::text {
namespace {

/// "href|text" of each anchor; "-" for no href.
std::vector<std::string> anchors_of(std::string_view html) {
    std::vector<std::string> out;
    const HtmlPage page = parse_html(html);
    for (const HtmlAnchor& anchor : page.anchors) {
        out.push_back(std::string(anchor.attribute("href").value_or("-")) + "|" +
                      std::string(anchor.text));
    }
    return out;
}

TEST(Html, an_index_page) {
    const HtmlPage page = parse_html(R"(<!DOCTYPE html><html><head>
<meta name="pypi:repository-version" content="1.1"><base href="https://x/simple/">
<title>Links for <a href="no"> six</title></head><body>
<a href="../../six-1.0.tar.gz#sha256=ab" data-requires-python="&gt;=3.8" >six-1.0.tar.gz</a><br />
<A HREF='six-2.0.tar.gz'
   data-yanked>six-2.0.tar.gz</A>
</body></html>)");
    EXPECT_EQ(page.meta_content("pypi:repository-version"), "1.1");
    EXPECT_EQ(page.base, "https://x/simple/");
    ASSERT_EQ(page.anchors.size(), 2u);
    EXPECT_EQ(page.anchors[0].attribute("href"), "../../six-1.0.tar.gz#sha256=ab");
    EXPECT_EQ(page.anchors[0].attribute("data-requires-python"), ">=3.8");
    EXPECT_EQ(page.anchors[0].text, "six-1.0.tar.gz");
    EXPECT_EQ(page.anchors[1].attribute("data-yanked"), "");
    EXPECT_EQ(page.anchors[1].attribute("data-requires-python"), std::nullopt);
}

TEST(Html, anchors_as_the_standard_tokenises) {
    struct Case {
        std::string_view html;
        std::vector<std::string> anchors;
    };
    const Case cases[] = {
        {"<a href=x>y</a>", {"x|y"}},
        {"<a href=x/>y</a>", {"x/|y"}},
        {"<a href = \"x\" >y</a>", {"x|y"}},
        {"<a href='x\"y'>z</a>", {"x\"y|z"}},
        {"<a href=\"x\"title=\"y\">z</a>", {"x|z"}},
        {"<a href=x href=y>z</a>", {"x|z"}},
        {"<a HREF=x>z</A>", {"x|z"}},
        {"<a/href=x>z</a>", {"x|z"}},
        {"<a href=>z</a>", {"|z"}},
        {"<a href>z</a>", {"|z"}},
        {"<a title='>' href=x>z</a>", {"x|z"}},
        {"<a =href=x>z</a>", {"-|z"}},
        {"<a name=x>z</a>", {"-|z"}},
        {"<a href=x>y<b>z</b> w</a>", {"x|yz w"}},
        {"<a href=x>y<a href=z>w", {"x|y", "z|w"}},
        {"<a href=x>  y\n </a>", {"x|y"}},
        {"<abbr href=x>y</abbr>", {}},
        {"<a\thref=x\n>y</a\n>", {"x|y"}},
        {"<!-- <a href=x>y</a> -->", {}},
        {"<!--><a href=x>y</a>", {"x|y"}},
        {"<!---><a href=x>y</a>", {"x|y"}},
        {"<!-- a --!><a href=x>y</a>", {"x|y"}},
        {"<!-- <a href=x>y</a>", {}},
        {"<!-- a > <a href=x> -- > -->", {}},
        {"<?php <a href=x>y</a>", {}},
        {"<!x><a href=x>y</a>", {"x|y"}},
        {"</><a href=x>y</a>", {"x|y"}},
        {"</ a><a href=x>y</a>", {"x|y"}},
        {"<script><a href=x></script><a href=y>z</a>", {"y|z"}},
        {"<script></scripty><a href=x></SCRIPT ><a href=y>z</a>", {"y|z"}},
        {"<style><a href=x>", {}},
        {"<textarea><a href=x></textarea><a href=y>z</a>", {"y|z"}},
        {"<a href=x", {}},
        {"<a href=\"x>y</a>", {}},
        {"< a href=x>y</a>", {}},
        {"<", {}},
        {"</", {}},
        {"<a", {}},
        {"<a>", {"-|"}},
        {"<a href='x'>1 < 2 <3</a>", {"x|1 < 2 <3"}},
        {"<a href='x' / >y</a>", {"x|y"}},
        {"<a href='x&amp;y'>a&lt;b</a>", {"x&y|a<b"}},
        {"<a href='a\r\nb'>c</a>", {"a\nb|c"}},
    };
    for (const Case& example : cases) {
        SCOPED_TRACE(example.html);
        EXPECT_EQ(anchors_of(example.html), example.anchors);
    }
}

TEST(Html, character_references) {
    struct Case {
        std::string_view text, in_attribute, in_text;
    };
    const Case cases[] = {
        {"&amp;&lt;&gt;&quot;&apos;", "&<>\"'", "&<>\"'"},
        {"&#38;&#x26;&#X26;&#38", "&&&&", "&&&&"},
        {"&#0;&#xd800;&#x110000;&#99999999999;", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"&#x80;&#150;", "€–", "€–"},
        {"?a=1&copy=2", "?a=1&copy=2", "?a=1©=2"},
        {"?a=1&copyx=2", "?a=1&copyx=2", "?a=1©x=2"},
        {"&copy;", "©", "©"},
        {"&copy ", "© ", "© "},
        {"&amp", "&", "&"},
        {"&notit;", "&notit;", "¬it;"},
        {"&notin;", "∉", "∉"},
        {"&sol;&num;&NewLine;&Tab;", "/#\n\t", "/#\n\t"},
        {"&NotEqualTilde;", "≂̸", "≂̸"},
        {"&;&#;&#x;&unknown;& &", "&;&#;&#x;&unknown;& &", "&;&#;&#x;&unknown;& &"},
        {"a\rb\r\nc", "a\nb\nc", "a\nb\nc"},
        {"&CounterClockwiseContourIntegral;", "∳", "∳"},
    };
    for (const Case& example : cases) {
        SCOPED_TRACE(example.text);
        EXPECT_EQ(decode_html(example.text, true), example.in_attribute);
        EXPECT_EQ(decode_html(example.text, false), example.in_text);
    }
}

TEST(Html, hostile_pages_take_linear_time) {
    const std::string many(2'000'000, '<');
    EXPECT_TRUE(parse_html(many).anchors.empty());
    std::string attributes = "<a ";
    for (int i = 0; i < 300'000; ++i) {
        attributes += "x" + std::to_string(i) + " ";
    }
    EXPECT_EQ(parse_html(attributes + ">").anchors[0].attributes.size(), 64u);
    std::string comments;
    for (int i = 0; i < 300'000; ++i) {
        comments += "<!-- --";
    }
    EXPECT_TRUE(parse_html(comments).anchors.empty());
    comments.clear();
    for (int i = 0; i < 300'000; ++i) {
        comments += "<!-- --!>";
    }
    EXPECT_TRUE(parse_html(comments).anchors.empty());
    std::string quotes;
    for (int i = 0; i < 300'000; ++i) {
        quotes += "<a b='";
    }
    parse_html(quotes);
}

} // namespace
} // namespace pawl::text
