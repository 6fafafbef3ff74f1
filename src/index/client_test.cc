// Pages, metadata and downloads of a server that behaves.

#include "base/sha256.h"
#include "index/client_fixture_test.h"

namespace pawl::index {
namespace {

constexpr std::string_view world = R"(
release foo 1.0
  requires bar>=1 ; python_version >= "3.8"
  requires baz ; extra == "fast"
release foo 1.0rc1
release foo 0.9
  yanked it was broken
release foo 2.0+local.1
release Foo 2.0
  python >=3.9
  uploaded 2024-05-01T12:00:00Z
  wheel cp312-cp312-linux_x86_64
  wheel 1-py3-none-any
  sdist
release bar 1.5
  sdist
release dynamic 1.0
  sdist dynamic
release plain 1.0
  plain
  requires bar
release hidden 1.0
  hidden
  requires bar>1
index second
release foo 9.9
release only-second 1.0
)";

class Pages : public ClientTest {};
class MetadataOf : public ClientTest {};
class DownloadOf : public ClientTest {};

TEST_F(Pages, lists_versions_in_order) {
    serve(world);
    auto asked = client();
    EXPECT_EQ(versions(*asked, "foo"), "0.9 1.0rc1 1.0 2.0 2.0+local.1");
    EXPECT_EQ(versions(*asked, "nobody"), "unknown");
    auto files = ask(*asked, "foo")->files;
    EXPECT_EQ(files.name(), "foo");
    EXPECT_EQ(files.page_url(), server_->url() + "foo/");
    EXPECT_TRUE(files.version(0).is_yanked);
    EXPECT_EQ(files.file(0).yanked_reason, "it was broken");
    EXPECT_TRUE(files.version(1).is_prerelease);
    EXPECT_FALSE(files.version(3).is_prerelease);
    EXPECT_TRUE(files.version(4).is_local);
}

TEST_F(Pages, say_the_same_in_json_and_html) {
    for (bool json : {true, false}) {
        SCOPED_TRACE(json ? "JSON" : "HTML");
        serve(world, {.json = json});
        auto asked = client();
        auto files = ask(*asked, "foo")->files;
        auto version = files.version(3);
        ASSERT_EQ(version.text, "2.0");
        ASSERT_EQ(version.file_count, 3u);
        auto native = files.file(version.file_first + 1);
        EXPECT_EQ(native.tags, "cp312-cp312-linux_x86_64");
        auto wheel = files.distribution(version.file_first);
        EXPECT_EQ(wheel.file_name, "foo-2.0-1-py3-none-any.whl");
        EXPECT_EQ(files.file(version.file_first).build, "1");
        EXPECT_EQ(files.file(version.file_first).tags, "py3-none-any");
        EXPECT_EQ(wheel.requires_python, ">=3.9");
        EXPECT_EQ(wheel.upload_time, *parse_timestamp("2024-05-01T12:00:00Z"));
        EXPECT_EQ(wheel.url->text(), server_->file_url(wheel.file_name));
        ASSERT_EQ(wheel.hashes.size(), 1u);
        EXPECT_EQ(wheel.hashes[0].hex, Sha256::hex_of(server_->file_bytes(wheel.file_name)));
        EXPECT_TRUE(wheel.has_metadata && wheel.metadata_hash);
        EXPECT_EQ(wheel.index_url, server_->url());
        EXPECT_EQ(wheel.size_bytes.has_value(), json);
        auto sdist = files.distribution(version.file_first + 2);
        EXPECT_EQ(sdist.file_name, "foo-2.0.tar.gz");
        EXPECT_EQ(sdist.kind, FileKind::sdist);
        directory_.reset();
        SetUp();
    }
}

TEST_F(Pages, stop_at_the_first_index_that_knows_the_project) {
    serve(world);
    auto asked = client(options_for({server_->url(), server_->url("second")}));
    EXPECT_EQ(versions(*asked, "foo"), "0.9 1.0rc1 1.0 2.0 2.0+local.1");
    EXPECT_EQ(server_->count("/second/foo"), 0u);
    EXPECT_EQ(versions(*asked, "only-second"), "1.0");
    EXPECT_EQ(versions(*asked, "nobody"), "unknown");
}

TEST_F(Pages, come_together_when_the_user_says_so) {
    serve(world);
    Options options = options_for({server_->url(), server_->url("second")});
    options.strategy = Strategy::unsafe_best_match;
    auto asked = client(options);
    EXPECT_EQ(versions(*asked, "foo"), "0.9 1.0rc1 1.0 2.0 2.0+local.1 9.9");
    auto files = ask(*asked, "foo")->files;
    auto newest = files.version(files.version_count() - 1);
    EXPECT_EQ(files.file(newest.file_first).source, 1);
    EXPECT_EQ(files.distribution(newest.file_first).index_url, server_->url("second"));
    EXPECT_EQ(files.distribution(0).index_url, server_->url());
}

TEST_F(Pages, of_pinned_projects_come_from_their_index_only) {
    serve(world);
    Options options = options_for({server_->url(), "other=" + server_->url("second")});
    options.sources[1].only_pinned = true;
    options.pins = {{pep::Name::of("foo"), "other"}};
    auto asked = client(options);
    EXPECT_EQ(versions(*asked, "foo"), "9.9");
    EXPECT_EQ(versions(*asked, "bar"), "1.5");
    EXPECT_EQ(versions(*asked, "only-second"), "unknown");
    options.pins = {{pep::Name::of("foo"), "nobody"}};
    EXPECT_FALSE(Client::create(options, ""));
}

TEST_F(Pages, mark_what_is_too_new) {
    serve("release a 1\n uploaded 2020-01-01T00:00:00Z\nrelease a 2\n "
          "uploaded 2024-01-01T00:00:00Z\nrelease a 3\n");
    Options options = options_for({server_->url()});
    options.exclude_newer = *parse_timestamp("2024-01-01");
    auto asked = client(options);
    auto files = ask(*asked, "a")->files;
    EXPECT_FALSE(files.file(0).is_too_new);
    EXPECT_TRUE(files.file(1).is_too_new) << "uploaded at that very moment";
    EXPECT_TRUE(files.file(2).is_too_new) << "nobody knows when it was uploaded";
    EXPECT_FALSE(files.metadata_file(2));
    options.exclude_newer_project = {{pep::Name::of("a"), std::nullopt}};
    EXPECT_FALSE(ask(*client(options), "a")->files.file(2).is_too_new);
}

TEST_F(Pages, of_quarantined_projects_have_no_files) {
    serve("release a 1\nstatus a quarantined malware\nrelease b 1\nstatus b archived done\n");
    auto asked = client();
    auto quarantined = ask(*asked, "a")->files;
    EXPECT_EQ(quarantined.status(), ProjectStatus::quarantined);
    EXPECT_EQ(quarantined.status_reason(), "malware");
    EXPECT_EQ(quarantined.file_count(), 0u);
    EXPECT_EQ(ask(*asked, "b")->files.status(), ProjectStatus::archived);
    EXPECT_EQ(ask(*asked, "b")->files.file_count(), 1u);
}

TEST_F(Pages, of_find_links_join_those_of_indexes) {
    serve(world);
    auto built =
        test::build_files(test::World::parse("release foo 5\nrelease home 1\n")->releases[0]);
    ASSERT_TRUE(fs::make_directories(path("links")));
    ASSERT_TRUE(fs::write_new(path("links/" + (*built)[0].file_name), (*built)[0].bytes));
    ASSERT_TRUE(fs::write_new(path("links/notes.txt"), "nothing"));
    Options options = options_for({server_->url()});
    options.sources.push_back(*parse_source(path("links"), Source::Kind::links));
    auto asked = client(options);
    EXPECT_EQ(versions(*asked, "foo"), "0.9 1.0rc1 1.0 2.0 2.0+local.1 5");
    EXPECT_EQ(needs(*asked, "foo"), "");
    EXPECT_EQ(versions(*asked, "bar"), "1.5");

    options.sources.erase(options.sources.begin());
    auto alone = client(options);
    EXPECT_EQ(versions(*alone, "foo"), "5");
    EXPECT_FALSE(alone->counters().network_loaded);
    DistributionFile file = newest_file(*alone, "foo");
    std::vector<Download> wanted = {{.file = file, .path = path("got.whl")}};
    ASSERT_TRUE(alone->download(wanted));
    EXPECT_EQ(*fs::read(path("got.whl")), (*built)[0].bytes);
}

TEST_F(Pages, of_links_are_read_from_the_network_too) {
    serve("release foo 1\nrelease foo-bar 2\n");
    server_->put("/links.html", "text/html",
                 "<a href='files/foo-1-py3-none-any.whl'>foo</a>"
                 "<a href='/files/foo_bar-2-py3-none-any.whl'>x</a><a href='https://e.org/'>y</a>");
    Options options = options_for({});
    options.sources.push_back(
        *parse_source(server_->origin() + "/links.html", Source::Kind::links));
    auto asked = client(options);
    EXPECT_EQ(versions(*asked, "foo"), "1");
    EXPECT_EQ(versions(*asked, "foo-bar"), "2");
    EXPECT_EQ(versions(*asked, "nobody"), "unknown");
    EXPECT_EQ(server_->count("/links.html"), 1u);
    EXPECT_EQ(newest_file(*asked, "foo").url->text(), server_->file_url("foo-1-py3-none-any.whl"));
}

TEST_F(Pages, of_an_index_may_be_read_as_links) {
    serve("release foo 1\n");
    EXPECT_EQ(versions(*client(), "foo"), "1"); // and is in the cache now, as an index's page
    Options options = options_for({});
    options.sources.push_back(*parse_source(server_->url() + "foo/", Source::Kind::links));
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(versions(*client(options), "foo"), "1");
    }
    EXPECT_EQ(versions(*client(), "foo"), "1");
    EXPECT_EQ(server_->count("/simple/foo/"), 2u) << "each kind has its own place in the cache";
}

TEST_F(Pages, of_a_directory_are_an_index_too) {
    ASSERT_TRUE(fs::make_directories(path("index/foo")));
    ASSERT_TRUE(fs::write_new(path("index/foo/index.html"),
                              "<a href='../files/foo-1-py3-none-any.whl#sha256=00'>foo</a>"));
    auto asked = client(options_for({path("index")}));
    EXPECT_EQ(versions(*asked, "foo"), "1");
    EXPECT_EQ(versions(*asked, "nobody"), "unknown");
    EXPECT_EQ(newest_file(*asked, "foo").url->text(),
              "file://" + path("index/files/foo-1-py3-none-any.whl"));
    EXPECT_FALSE(asked->counters().network_loaded);
}

TEST_F(MetadataOf, wheels_comes_from_the_announced_file) {
    serve(world);
    auto asked = client();
    auto answer = ask(*asked, "foo");
    auto id = FileId{asked->project(pep::Name::of("foo")), *answer->files.metadata_file(2)};
    auto metadata = asked->wait_metadata(id)->metadata;
    EXPECT_EQ(metadata.name(), "foo");
    EXPECT_EQ(metadata.version(), "1.0");
    ASSERT_EQ(metadata.requirement_count(), 2u);
    EXPECT_EQ(metadata.requirement(0).name, "bar");
    EXPECT_EQ(metadata.requirement(0).specifiers, ">=1");
    EXPECT_EQ(metadata.requirement(0).marker, "python_version >= \"3.8\"");
    EXPECT_EQ(metadata.requirement(0).extra, "");
    EXPECT_EQ(metadata.requirement(1).extra, "fast");
    EXPECT_EQ(metadata.extra(0), "fast");
    EXPECT_EQ(server_->count(".whl.metadata"), 1u);
    EXPECT_EQ(server_->count(".whl"), 1u);
}

TEST_F(MetadataOf, wheels_is_tried_where_it_is_not_announced) {
    serve(world);
    auto asked = client();
    EXPECT_EQ(needs(*asked, "plain"), "bar");
    EXPECT_EQ(server_->count("plain-1.0-py3-none-any.whl.metadata"), 1u);
    EXPECT_EQ(server_->count(".whl"), 1u);
    // It works here, so one file that has none changes nothing for others.
    EXPECT_EQ(needs(*asked, "hidden"), "bar>1");
    EXPECT_EQ(server_->count("hidden-1.0-py3-none-any.whl.metadata"), 1u);
}

TEST_F(MetadataOf, wheels_is_read_by_ranges) {
    struct Case {
        const char* what;
        ServerOptions::Ranges ranges;
        bool sizes;
        size_t requests_max;
    };
    const Case cases[] = {
        {"size known", ServerOptions::Ranges::yes, true, 2},
        {"counted from the end", ServerOptions::Ranges::yes, false, 2},
        {"size asked for", ServerOptions::Ranges::no_suffix, false, 4},
        {"ranges ignored", ServerOptions::Ranges::ignored, true, 2},
        {"ranges refused", ServerOptions::Ranges::refused, true, 2},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.what);
        serve(big_wheel_world(2000), {.sizes = one.sizes, .ranges = one.ranges});
        auto asked = client();
        EXPECT_EQ(needs(*asked, "big"), "bar>1");
        std::string file = "/files/big-1-py3-none-any.whl";
        EXPECT_LE(server_->count(file) - server_->count(file + ".metadata"), one.requests_max);
        bool has_ranges = one.ranges == ServerOptions::Ranges::yes ||
                          one.ranges == ServerOptions::Ranges::no_suffix;
        size_t size = server_->file_bytes("big-1-py3-none-any.whl").size();
        ASSERT_GT(size, 1'000'000u);
        if (has_ranges) {
            EXPECT_LT(asked->counters().bytes, size / 2);
        }
        // What the index cannot do is not tried again, by the next command neither.
        EXPECT_EQ(needs(*asked, "a"), "");
        EXPECT_EQ(needs(*asked, "b"), "");
        EXPECT_EQ(server_->count(".whl.metadata"), 3u);
        asked = client();
        EXPECT_EQ(needs(*asked, "other"), "");
        EXPECT_EQ(server_->count("other-1-py3-none-any.whl.metadata"), 0u);
        directory_.reset();
        SetUp();
    }
}

TEST_F(MetadataOf, sdists_is_taken_where_it_is_static) {
    serve("release a 1\n sdist\n requires b>2\nrelease c 1\n sdist dynamic\n requires d\n");
    auto asked = client();
    EXPECT_EQ(needs(*asked, "a"), "b>2");
    EXPECT_EQ(needs(*asked, "c"), "must build");
    // What a build found out is kept.
    auto id = FileId{asked->project(pep::Name::of("c")), 0};
    auto told = asked->put_built_metadata(
        id, "Metadata-Version: 2.1\nName: C\nVersion: 1.0\nRequires-Dist: d\n");
    ASSERT_TRUE(told) << told.error().message;
    EXPECT_EQ(needs(*asked, "c"), "d");
    EXPECT_FALSE(asked->put_built_metadata(id, "Metadata-Version: 2.1\nName: x\nVersion: 1\n"));
    asked.reset();
    auto later = client();
    EXPECT_EQ(needs(*later, "c"), "d");
    EXPECT_EQ(later->counters().requests, 0u);
}

TEST_F(MetadataOf, direct_urls_needs_no_page) {
    serve(world);
    auto asked = client();
    DistributionFile file;
    file.file_name = "foo-1.0-py3-none-any.whl";
    file.name = "foo";
    file.url = *Url::parse(server_->file_url(file.file_name));
    auto id = asked->add_file(asked->project(pep::Name::of("foo")), file);
    auto answer = asked->wait_metadata(id);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->metadata.requirement_count(), 2u);
    EXPECT_EQ(asked->file(id).file_name, file.file_name);
}

TEST_F(DownloadOf, many_files_tells_how_far_it_is) {
    serve(world);
    auto asked = client();
    std::vector<Download> wanted;
    for (const char* name : {"foo", "bar", "plain", "hidden"}) {
        DistributionFile file = newest_file(*asked, name);
        wanted.push_back({.file = file, .path = path("files/" + file.file_name)});
    }
    /// Has room for one file at a time, and takes its time with each.
    struct Watcher : DownloadWatcher {
        void on_progress(const DownloadProgress& now) override { last = now; }
        void on_file(size_t index) override {
            EXPECT_TRUE(fs::exists(wanted[index].path));
            pending = 3;
            ++came;
        }
        uint64_t pending_bytes() override { return pending > 0 && --pending > 0 ? ~0ull / 2 : 0; }
        bool has_given_up() override { return came >= files_max; }
        explicit Watcher(std::span<const Download> files) : wanted(files) {}

        std::span<const Download> wanted;
        DownloadProgress last;
        int pending = 0;
        size_t came = 0, files_max = ~size_t{0};
    };
    Watcher watcher{std::span(wanted).first(1)};
    ASSERT_TRUE(asked->download(watcher.wanted, &watcher));
    EXPECT_EQ(watcher.came, 1U);
    EXPECT_EQ(watcher.last.files_done, 1U);
    EXPECT_EQ(watcher.last.bytes_done, watcher.last.bytes_total);
    watcher = Watcher(wanted);
    watcher.files_max = 2;
    ASSERT_TRUE(asked->download(wanted, &watcher));
    EXPECT_GE(watcher.came, 2U);
    ASSERT_TRUE(asked->download(wanted));
    for (const Download& one : wanted) {
        EXPECT_EQ(*fs::read(one.path), server_->file_bytes(one.file.file_name));
    }
    EXPECT_EQ(fs::list(path("files"))->size(), wanted.size()) << "nothing else is left there";
}

TEST_F(DownloadOf, anything_by_its_address) {
    serve(world);
    server_->put("/script.py", "text/plain", "print()\n");
    server_->redirect("/old.py", "/script.py");
    auto asked = client();
    EXPECT_EQ(*asked->fetch(*Url::parse(server_->origin() + "/script.py"), 100), "print()\n");
    EXPECT_EQ(*asked->fetch(*Url::parse(server_->origin() + "/old.py"), 100), "print()\n");
    EXPECT_FALSE(asked->fetch(*Url::parse(server_->origin() + "/script.py"), 3));
    EXPECT_FALSE(asked->fetch(*Url::parse(server_->origin() + "/none.py"), 100));
}

} // namespace
} // namespace pawl::index
