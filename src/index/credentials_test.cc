#include "index/credentials.h"

#include <gtest/gtest.h>

#include "base/fs.h"

namespace pawl::index {
namespace {

TEST(Netrc, is_read_by_words) {
    auto logins = parse_netrc("# a comment: machine x login y\n"
                              "machine One.example login a password b\n"
                              "machine two.example\n\tlogin c\n\taccount z password \"d e\"\n"
                              "macdef init\nmachine evil login q password q\n\n"
                              "machine one.example login second password second\n"
                              "machine esc login \"a\\\"b\" password c\\ d\n"
                              "default login anybody password p\n");
    ASSERT_EQ(logins.size(), 4u);
    EXPECT_EQ(logins["one.example"].user, "a");
    EXPECT_EQ(logins["one.example"].password, "b");
    EXPECT_EQ(logins["two.example"].user, "c");
    EXPECT_EQ(logins["two.example"].password, "d e");
    EXPECT_EQ(logins["esc"].user, "a\"b");
    EXPECT_EQ(logins["esc"].password, "c d");
    EXPECT_EQ(logins[""].user, "anybody");
    EXPECT_TRUE(parse_netrc("machine").empty());
    EXPECT_TRUE(parse_netrc("login a password b").empty());
}

TEST(Credentials, are_bound_to_scheme_host_and_port) {
    Credentials credentials("/nonexistent/netrc");
    credentials.learn(*Url::parse("https://user:pass@one.example/simple/"));
    struct Case {
        const char* url;
        bool found;
    };
    const Case cases[] = {
        {"https://one.example/files/x", true},     {"https://one.example:443/x", true},
        {"https://ONE.example/x", true},           {"https://one.example:8443/x", false},
        {"http://one.example/x", false},           {"https://one.example.evil.org/x", false},
        {"https://two.example/x", false},          {"https://sub.one.example/x", false},
        {"https://one.example@evil.org/x", false}, {"https://one.example./x", false},
        {"HTTPS://One.Example:0443/x", false},     {"https://evil.org/https://one.example/", false},
    };
    for (const Case& one : cases) {
        EXPECT_EQ(credentials.find(*Url::parse(one.url)).has_value(), one.found) << one.url;
    }
}

TEST(Credentials, of_netrc_do_not_go_over_plain_http) {
    auto directory = fs::TemporaryDirectory::create("/tmp", "pawl-netrc-");
    std::string path = fs::join(directory->path(), "netrc");
    ASSERT_TRUE(fs::write_new(path, "machine one.example login a password b\n"
                                    "machine localhost login c password d\n"));
    Credentials credentials(path);
    EXPECT_TRUE(credentials.find(*Url::parse("https://one.example/")));
    EXPECT_TRUE(credentials.find(*Url::parse("https://one.example:8443/")));
    EXPECT_FALSE(credentials.find(*Url::parse("http://one.example/")));
    EXPECT_TRUE(credentials.find(*Url::parse("http://localhost:80/")));
    EXPECT_FALSE(credentials.find(*Url::parse("https://two.example/")));
}

} // namespace
} // namespace pawl::index
