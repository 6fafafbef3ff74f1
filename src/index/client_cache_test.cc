// What is asked again, and what is not.

#include "index/client_fixture_test.h"

namespace pawl::index {
namespace {

class Cache : public ClientTest {
  protected:
    /// Asks for a page and metadata once, with a client of its own.
    void warm() {
        auto asked = client();
        EXPECT_EQ(versions(*asked, "foo"), "1.0 2.0");
        EXPECT_EQ(needs(*asked, "foo"), "bar");
        EXPECT_EQ(versions(*asked, "nobody"), "unknown");
        ASSERT_TRUE(asked->flush());
        server_->forget_requests();
    }
    static constexpr std::string_view world = "release foo 1.0\nrelease foo 2.0\n requires bar\n";
};

TEST_F(Cache, answers_fresh_pages_without_the_network) {
    serve(world);
    warm();
    auto later = client();
    EXPECT_EQ(versions(*later, "foo"), "1.0 2.0");
    EXPECT_EQ(needs(*later, "foo"), "bar");
    EXPECT_FALSE(later->counters().network_loaded);
    EXPECT_EQ(server_->requests().size(), 0u);
    EXPECT_EQ(later->counters().cache_hits, 2u);
}

TEST_F(Cache, confirms_stale_pages_by_their_validators) {
    serve(world, {.cache_control = "max-age=0"});
    warm();
    auto later = client();
    EXPECT_EQ(versions(*later, "foo"), "1.0 2.0");
    auto requests = server_->requests();
    ASSERT_EQ(requests.size(), 1u);
    EXPECT_NE(requests[0].header("if-none-match"), "");
    EXPECT_LT(later->counters().bytes, 10u) << "a 304 has no body";
    // The page changes: its new content comes.
    ASSERT_TRUE(server_->change(*test::World::parse("release foo 3.0\n")));
    EXPECT_EQ(versions(*client(), "foo"), "3.0");
}

TEST_F(Cache, asks_again_where_the_index_says_nothing) {
    serve(world, {.validators = false, .cache_control = ""});
    warm();
    auto later = client();
    EXPECT_EQ(versions(*later, "foo"), "1.0 2.0");
    EXPECT_EQ(server_->count("/simple/foo/"), 1u);
    EXPECT_EQ(needs(*later, "foo"), "bar");
    EXPECT_EQ(server_->count(".metadata"), 0u) << "a digest's metadata never changes";
}

TEST_F(Cache, keeps_nothing_that_must_not_be_stored) {
    serve(world, {.cache_control = "no-store"});
    warm();
    Options options = options_for({server_->url()});
    options.offline = true;
    EXPECT_TRUE(contains(versions(*client(options), "foo"), "offline and not in the cache"));
}

TEST_F(Cache, is_passed_by_when_asked_to_refresh) {
    serve(world);
    warm();
    Options options = options_for({server_->url()});
    options.refresh = true;
    EXPECT_EQ(versions(*client(options), "foo"), "1.0 2.0");
    EXPECT_EQ(server_->count("/simple/foo/"), 1u);
}

TEST_F(Cache, is_all_there_is_offline) {
    serve(world, {.cache_control = "max-age=0"});
    warm();
    Options options = options_for({server_->url()});
    options.offline = true;
    auto offline = client(options);
    EXPECT_EQ(versions(*offline, "foo"), "1.0 2.0");
    EXPECT_EQ(needs(*offline, "foo"), "bar");
    EXPECT_EQ(versions(*offline, "nobody"), "unknown") << "that nobody knows it was learnt";
    auto missing = ask(*offline, "never-asked");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, Error::Kind::network);
    EXPECT_TRUE(contains(missing.error().message,
                         "offline and not in the cache: the page of \"never-asked\""));
    std::vector<Download> wanted = {
        {.file = newest_file(*offline, "foo"), .path = path("got.whl")}};
    auto got = offline->download(wanted);
    ASSERT_FALSE(got);
    EXPECT_TRUE(contains(got.error().message, "offline and not in the cache: foo-2.0"));
    EXPECT_EQ(server_->requests().size(), 0u);
    EXPECT_FALSE(offline->counters().network_loaded);
}

TEST_F(Cache, survives_being_damaged) {
    serve(world);
    warm();
    for (const char* name : {"cache/http/pages.pack", "cache/metadata/core.pack"}) {
        std::string bytes = *fs::read(path(name));
        for (size_t i = 100; i < bytes.size(); i += 97) {
            bytes[i] = static_cast<char>(bytes[i] ^ 0x5A);
        }
        ASSERT_TRUE(fs::write_atomic(path(name), bytes));
    }
    auto later = client();
    EXPECT_EQ(versions(*later, "foo"), "1.0 2.0");
    EXPECT_EQ(needs(*later, "foo"), "bar");
}

TEST_F(Cache, of_one_index_is_not_believed_for_another) {
    // Both serve a file of the same name and digest; the second one lies about what it needs.
    serve(world);
    warm();
    server_->put("/files/foo-2.0-py3-none-any.whl.metadata", "text/plain",
                 "Metadata-Version: 2.1\nName: foo\nVersion: 2.0\nRequires-Dist: evil\n");
    auto page = server_->url() + "foo/";
    auto asked = client();
    std::string html = "<a href='/files/foo-2.0-py3-none-any.whl#sha256=" +
                       newest_file(*asked, "foo").hashes[0].hex + "'>foo</a>";
    server_->put("/liar/foo/", "text/html", html);
    auto liar = client(options_for({server_->url("liar")}));
    EXPECT_EQ(needs(*liar, "foo"), "evil");
    liar.reset();
    EXPECT_EQ(needs(*client(), "foo"), "bar");
}

} // namespace
} // namespace pawl::index
