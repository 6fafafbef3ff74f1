// Credentials: to whom they go, and where they never show.

#include "index/client_fixture_test.h"

namespace pawl::index {
namespace {

constexpr const char* canary = "s3cr3t-canary";

class Secrets : public ClientTest {
  protected:
    Options with_credentials(std::string_view index = "simple") const {
        std::string url = server_->url(index);
        return options_for({"http://user:" + std::string(canary) + "@" + url.substr(7)});
    }

    /// Below a directory, in any file.
    static bool is_found(const std::string& directory) {
        auto entries = fs::list(directory);
        if (!entries) {
            return false;
        }
        for (const fs::DirectoryEntry& entry : *entries) {
            std::string path = fs::join(directory, entry.name);
            if (entry.type == fs::FileStat::Type::directory ? is_found(path)
                                                            : contains(*fs::read(path), canary)) {
                return true;
            }
        }
        return false;
    }
};

TEST_F(Secrets, of_the_url_open_the_index) {
    serve("release foo 1\n requires bar\n", {.user = "user", .password = canary});
    auto asked = client(with_credentials());
    EXPECT_EQ(versions(*asked, "foo"), "1");
    EXPECT_EQ(needs(*asked, "foo"), "bar") << "the files are of the same origin";
    auto file = newest_file(*asked, "foo");
    EXPECT_FALSE(file.url->has_credentials());
    EXPECT_FALSE(contains(file.index_url, canary));
    ASSERT_TRUE(asked->flush());
    EXPECT_FALSE(is_found(directory_->path()));
}

TEST_F(Secrets, are_missed_where_they_are_needed) {
    serve("release foo 1\n", {.user = "user", .password = canary});
    auto answer = ask(*client(), "foo");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, Error::Kind::authentication);
    Options wrong =
        options_for({"http://user:" + std::string(canary) + "wrong@" + server_->url().substr(7)});
    answer = ask(*client(wrong), "foo");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, Error::Kind::authentication);
    EXPECT_FALSE(contains(answer.error().message, canary));
}

TEST_F(Secrets, do_not_follow_a_redirect_to_another_origin) {
    serve("release foo 1\n");
    auto other = std::move(server_);
    serve("release bar 1\n");
    server_->redirect("/simple/foo/", other->url() + "foo/");
    auto asked = client(with_credentials());
    EXPECT_EQ(versions(*asked, "foo"), "1");
    ASSERT_EQ(server_->requests().size(), 1u);
    EXPECT_NE(server_->requests()[0].header("authorization"), "");
    ASSERT_EQ(other->requests().size(), 1u);
    EXPECT_EQ(other->requests()[0].header("authorization"), "");
    EXPECT_EQ(needs(*asked, "foo"), "");
    for (const test::Request& request : other->requests()) {
        EXPECT_EQ(request.header("authorization"), "");
    }
}

TEST_F(Secrets, of_a_redirect_are_not_used) {
    serve("release foo 1\n");
    server_->redirect("/old/foo/", "http://user:" + std::string(canary) + "@" +
                                       server_->url().substr(7) + "foo/");
    auto asked = client(options_for({server_->url("old")}));
    EXPECT_EQ(versions(*asked, "foo"), "1");
    for (const test::Request& request : server_->requests()) {
        EXPECT_EQ(request.header("authorization"), "");
    }
    ASSERT_TRUE(asked->flush());
    EXPECT_FALSE(is_found(directory_->path()));
}

TEST_F(Secrets, of_netrc_open_the_index) {
    serve("release foo 1\n", {.user = "net user", .password = canary});
    ASSERT_TRUE(fs::write_new(path("netrc"), "machine other login x password y\n"
                                             "machine 127.0.0.1\n  login \"net user\"\n"
                                             "  password " +
                                                 std::string(canary) + "\n"));
    Options options = options_for({server_->url()});
    options.network.netrc_file = path("netrc");
    EXPECT_EQ(versions(*client(options), "foo"), "1");
}

TEST_F(Secrets, are_in_no_error) {
    serve("release foo 1\n");
    const test::Fault faults[] = {
        {.path = "/foo/", .status = 500},
        {.path = "/foo/", .wire = test::Wire::reset},
        {.path = "/foo/", .status = 403, .body = "\x1b[31mno\x1b[0m"},
        {.path = "/foo/", .content_type = "image/png"},
        {.path = "/foo/", .body = "{"},
    };
    for (const test::Fault& fault : faults) {
        server_->heal();
        server_->fail_with(fault);
        auto answer = ask(*client(with_credentials()), "foo");
        ASSERT_FALSE(answer);
        EXPECT_FALSE(contains(answer.error().message, canary)) << answer.error().message;
        EXPECT_EQ(answer.error().message.find('\x1b'), std::string::npos);
    }
    Options offline = with_credentials();
    offline.offline = true;
    EXPECT_FALSE(contains(ask(*client(offline), "foo").error().message, canary));
    auto bad =
        parse_source("http://user:" + std::string(canary) + "@exa mple/", Source::Kind::simple);
    ASSERT_FALSE(bad);
    EXPECT_FALSE(contains(bad.error().message, canary));
}

} // namespace
} // namespace pawl::index
