#include "base/url.h"

#include <gtest/gtest.h>

namespace pawl {

TEST(Url, parts_and_text) {
    auto url = Url::parse("HTTPS://User:p%40ss@Example.org:443/a/../b%20c/x.whl?q=1#sha256=ab");
    ASSERT_TRUE(url) << url.error().message;
    EXPECT_EQ(url->text(), "https://example.org/b%20c/x.whl?q=1#sha256=ab");
    EXPECT_EQ(url->user(), "User");
    EXPECT_EQ(url->password(), "p@ss");
    EXPECT_EQ(url->origin(), "https://example.org:443");
    EXPECT_EQ(url->file_name(), "x.whl");
    EXPECT_EQ(url->fragment(), "sha256=ab");
}

TEST(Url, a_password_never_reaches_text_or_error) {
    EXPECT_EQ(Url::parse("https://u:s3cret@h/")->text().find("s3cret"), std::string::npos);
    auto bad = Url::parse("https://u:s3cret@h:99999/");
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().message.find("s3cret"), std::string::npos);
}

TEST(Url, references_are_resolved_as_rfc_3986_says) {
    auto base = *Url::parse("http://a/b/c/d;p?q");
    struct Case {
        const char *reference, *expected;
    };
    for (const Case& one : std::initializer_list<Case>{{"g", "http://a/b/c/g"},
                                                       {"./g", "http://a/b/c/g"},
                                                       {"g/", "http://a/b/c/g/"},
                                                       {"/g", "http://a/g"},
                                                       {"//g", "http://g/"},
                                                       {"?y", "http://a/b/c/d;p?y"},
                                                       {"g?y", "http://a/b/c/g?y"},
                                                       {"#s", "http://a/b/c/d;p?q#s"},
                                                       {"", "http://a/b/c/d;p?q"},
                                                       {".", "http://a/b/c/"},
                                                       {"..", "http://a/b/"},
                                                       {"../g", "http://a/b/g"},
                                                       {"../../g", "http://a/g"},
                                                       {"../../../g", "http://a/g"},
                                                       {"g;x=1/../y", "http://a/b/c/y"},
                                                       {"https://h/x", "https://h/x"}}) {
        auto resolved = base.resolve(one.reference);
        ASSERT_TRUE(resolved) << one.reference;
        EXPECT_EQ(resolved->text(), one.expected) << one.reference;
    }
}

TEST(Url, what_is_no_url_is_refused) {
    for (const char* bad : {"", "no-scheme", "http://", "http://h:port/", "http://h/a b",
                            "http://h/%zz", "http://h\\@evil/", "http://[::1/", "http://a\nb/"}) {
        EXPECT_FALSE(Url::parse(bad)) << bad;
    }
}

TEST(Url, file_urls_name_local_paths) {
    EXPECT_EQ(*Url::from_path("/tmp/a b#c").local_path(), "/tmp/a b#c");
    EXPECT_EQ(Url::from_path("/tmp/a b").text(), "file:///tmp/a%20b");
    EXPECT_FALSE(Url::parse("file://other/host")->local_path());
    EXPECT_TRUE(Url::parse("http://127.0.0.1:80/")->is_loopback());
    EXPECT_FALSE(Url::parse("http://127.evil.org/")->is_loopback());
}

} // namespace pawl
