// What is asked again, and what is not.

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

#include "index/client_fixture_test.h"
#include "pep/version.h"

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

/// Names and tags of others are keys of what is kept, never parts of a path; and no two of them are
/// taken for each other (test/faults/README.md: F-26).
TEST_F(Cache, has_its_own_names_for_what_others_name) {
    uint64_t seed = std::random_device{}();
    if (const char* given = std::getenv("PAWL_TEST_SEED")) {
        seed = std::strtoull(given, nullptr, 10);
    }
    SCOPED_TRACE("PAWL_TEST_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    constexpr std::string_view ends = "aBz09", middle = "aBz09-_.";
    constexpr std::string_view epochs[] = {"", "1!", "2024!"};
    constexpr std::string_view suffixes[] = {"", ".post1", "rc2", "+local.1", "+A-b_c"};
    const std::string tags[] = {"\"../../../outside\"",
                                "\"/outside\"",
                                "W/\"\"",
                                "\"a\tb\"",
                                "\"" + std::string(3000, 'x') + "\"",
                                "\"\xc3\xa9\"",
                                "no quotes"};
    std::set<std::string> names = {"a", "a-a", "aa"}; // as they are folded
    while (names.size() < 60) {
        size_t length = 1 + random() % (names.size() % 10 == 0 ? 200 : 12);
        std::string name(length, 'a');
        for (size_t i = 0; i < length; ++i) {
            bool is_end = i == 0 || i + 1 == length;
            name[i] = is_end ? ends[random() % ends.size()] : middle[random() % middle.size()];
        }
        names.insert(std::string(pep::Name::parse(name)->str()));
    }
    std::string text;
    std::map<std::string, std::string> expected;
    for (const std::string& name : names) {
        std::string version(epochs[random() % std::size(epochs)]);
        version += std::to_string(expected.size()) + ".0";
        version += suffixes[random() % std::size(suffixes)];
        text += "release " + name + " " + version + "\n";
        expected[name] = pep::Version::parse(version)->str();
    }
    serve(text);
    for (const std::string& name : names) {
        server_->fail_with({.path = "/simple/" + name + "/",
                            .header = "ETag: " + tags[random() % std::size(tags)]});
    }
    auto read_all = [&] {
        auto asked = client();
        for (const auto& [name, version] : expected) {
            EXPECT_EQ(versions(*asked, name), version) << name;
            EXPECT_EQ(needs(*asked, name), "") << name;
        }
    };
    auto kept = [&] { return std::pair(*fs::list(path("")), *fs::list(path("cache"))); };
    auto names_of = [](const std::vector<fs::DirectoryEntry>& entries) {
        std::vector<std::string> list;
        std::ranges::transform(entries, std::back_inserter(list), &fs::DirectoryEntry::name);
        return list;
    };
    read_all();
    EXPECT_EQ(names_of(kept().first), std::vector<std::string>{"cache"});
    EXPECT_LE(kept().second.size(), 4u) << "as many files as there are kinds of records";
    server_->forget_requests();
    read_all();
    EXPECT_EQ(server_->requests().size(), 0u) << "all out of the cache";
}

} // namespace
} // namespace pawl::index
