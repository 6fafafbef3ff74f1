// What happens when the network or the index misbehaves: recovery where that is possible, a clear
// error of the right kind where it is not, and a cache that is as good as before in either case.

#include "base/clock.h"
#include "index/client_fixture_test.h"

namespace pawl::index {
namespace {

using test::Fault;
using test::Wire;

constexpr std::string_view world = R"(
release foo 1.0
  requires bar>=1
  file foo/data.txt
  | 0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ
release other 1.0
)";

class Faults : public ClientTest {
  protected:
    Options quick() const {
        Options options = options_for({server_->url()});
        options.network.silence_ms_max = 3000;
        options.network.connect_wait_ms_max = 5000;
        options.network.page_wait_ms_max = 15000;
        options.network.speed_window_ms = 6000;
        return options;
    }

    Result<> download_foo(Client& asked) const {
        std::vector<Download> wanted = {
            {.file = newest_file(asked, "foo"), .path = path("got/foo.whl")}};
        return asked.download(wanted);
    }

    /// Whatever went wrong before: healed, the same cache gives the right answers.
    void expect_healed() {
        server_->heal();
        auto healed = client(quick());
        EXPECT_EQ(versions(*healed, "foo"), "1.0");
        EXPECT_EQ(needs(*healed, "foo"), "bar>=1");
        auto got = download_foo(*healed);
        EXPECT_TRUE(got) << got.error().message;
        EXPECT_EQ(*fs::read(path("got/foo.whl")), server_->file_bytes("foo-1.0-py3-none-any.whl"));
        EXPECT_EQ(fs::list(path("got"))->size(), 1u) << "no half file is left";
    }
};

TEST_F(Faults, of_two_times_are_got_over) {
    const Wire wires[] = {Wire::reset, Wire::reset_in_body, Wire::cut, Wire::cut_silently};
    for (const char* where : {"/simple/foo/", ".metadata", ".whl"}) {
        for (Wire wire : wires) {
            SCOPED_TRACE(std::string(where) + " " + std::to_string(static_cast<int>(wire)));
            serve(world);
            server_->fail_with({.path = where, .wire = wire, .times = 2});
            auto asked = client(quick());
            EXPECT_EQ(versions(*asked, "foo"), "1.0");
            EXPECT_EQ(needs(*asked, "foo"), "bar>=1");
            auto got = download_foo(*asked);
            EXPECT_TRUE(got) << got.error().message;
            asked.reset();
            expect_healed();
            directory_.reset();
            SetUp();
        }
    }
}

TEST_F(Faults, for_ever_end_in_an_error_soon) {
    struct Case {
        Wire wire;
        Error::Kind kind;
    };
    const Case cases[] = {
        {Wire::reset, Error::Kind::network},
        {Wire::reset_in_body, Error::Kind::network},
        {Wire::cut, Error::Kind::network},
        {Wire::stall, Error::Kind::network},
        {Wire::stall_in_header, Error::Kind::network},
        {Wire::drip_header, Error::Kind::network},
        {Wire::garbage, Error::Kind::network},
        {Wire::header_flood, Error::Kind::network},
        {Wire::bad_chunk, Error::Kind::network},
        {Wire::cut_silently, Error::Kind::input},
        {Wire::short_length, Error::Kind::input},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(static_cast<int>(one.wire));
        serve(world);
        server_->fail_with({.path = "/simple/foo/", .wire = one.wire});
        auto asked = client(quick());
        int64_t begin = monotonic_ns();
        auto answer = ask(*asked, "foo");
        EXPECT_LT(monotonic_ns() - begin, 30'000'000'000);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind, one.kind) << answer.error().message;
        EXPECT_TRUE(contains(answer.error().message, server_->url() + "foo/"))
            << answer.error().message;
        EXPECT_EQ(versions(*asked, "other"), "1.0");
        asked.reset();
        expect_healed();
        directory_.reset();
        SetUp();
    }
}

/// Half a page of HTML without a length is a page with fewer releases.
TEST_F(Faults, that_cut_html_unseen_are_seen) {
    serve("release foo 1\nrelease foo 2\nrelease foo 3\n", {.json = false});
    Options links = options_for({});
    links.network = quick().network;
    links.sources.push_back(*parse_source(server_->url() + "foo/", Source::Kind::links));
    for (const Options& options : {quick(), links}) {
        server_->heal();
        server_->fail_with({.path = "/simple/foo/", .wire = Wire::cut_silently, .times = 2});
        EXPECT_EQ(versions(*client(options), "foo"), "1 2 3");
        directory_.reset();
        SetUp();
        server_->fail_with({.path = "/simple/foo/", .wire = Wire::cut_silently});
        auto answer = ask(*client(options), "foo");
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind, Error::Kind::network);
        EXPECT_TRUE(contains(answer.error().message, "the page was cut")) << answer.error().message;
        server_->heal();
        EXPECT_EQ(versions(*client(options), "foo"), "1 2 3") << "nothing of it was kept";
    }
}

TEST_F(Faults, in_downloads_leave_nothing_behind) {
    for (Wire wire : {Wire::reset, Wire::reset_in_body, Wire::cut, Wire::cut_silently, Wire::stall,
                      Wire::garbage, Wire::short_length}) {
        SCOPED_TRACE(static_cast<int>(wire));
        serve(world);
        server_->fail_with({.path = ".whl", .wire = wire});
        server_->fail_with({.path = ".metadata"});
        auto asked = client(quick());
        auto got = download_foo(*asked);
        ASSERT_FALSE(got);
        EXPECT_FALSE(fs::exists(path("got/foo.whl")));
        EXPECT_EQ(fs::list(path("got"))->size(), 0u);
        asked.reset();
        expect_healed();
        directory_.reset();
        SetUp();
    }
}

TEST_F(Faults, in_downloads_are_resumed_where_they_were_cut) {
    serve("release foo 1\n file foo/a\n| " + std::string(3, 'x') + "\n");
    server_->fail_with({.path = ".whl", .wire = Wire::cut, .times = 1});
    auto asked = client(quick());
    auto file = newest_file(*asked, "foo");
    std::vector<Download> wanted = {{.file = file, .path = path("foo.whl")}};
    server_->forget_requests();
    ASSERT_TRUE(asked->download(wanted));
    auto requests = server_->requests();
    ASSERT_EQ(requests.size(), 2u);
    uint64_t half = server_->file_bytes(file.file_name).size() / 2;
    EXPECT_EQ(requests[1].header("range"), "bytes=" + std::to_string(half) + "-");
    EXPECT_NE(requests[1].header("if-range"), "");
}

TEST_F(Faults, of_overload_are_waited_for) {
    serve(world);
    server_->fail_with({.path = "/simple/foo/", .status = 503, .times = 2});
    server_->fail_with(
        {.path = ".metadata", .status = 429, .header = "Retry-After: 1", .times = 1});
    auto asked = client(quick());
    EXPECT_EQ(versions(*asked, "foo"), "1.0");
    EXPECT_EQ(server_->count("/simple/foo/"), 3u);
    int64_t begin = monotonic_ns();
    EXPECT_EQ(needs(*asked, "foo"), "bar>=1");
    EXPECT_GE(monotonic_ns() - begin, 1'000'000'000);
}

TEST_F(Faults, of_overload_for_ever_are_told_at_once) {
    struct Case {
        int status;
        const char* header;
        size_t requests;
    };
    const Case cases[] = {{429, "Retry-After: 999999", 1},
                          {429, "Retry-After: Fri, 01 Jan 2100 00:00:00 GMT", 1},
                          {503, "", 4},
                          {500, "", 4},
                          {429, "Retry-After: soon", 4},
                          {501, "", 1}};
    for (const Case& one : cases) {
        SCOPED_TRACE(one.header);
        serve(world);
        server_->fail_with({.path = "/simple/foo/", .status = one.status, .header = one.header});
        auto asked = client(quick());
        auto answer = ask(*asked, "foo");
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind, Error::Kind::network);
        EXPECT_TRUE(contains(answer.error().message, std::to_string(one.status)));
        EXPECT_EQ(server_->count("/simple/foo/"), one.requests);
        expect_healed();
        directory_.reset();
        SetUp();
    }
}

TEST_F(Faults, of_pages_name_the_place) {
    struct Case {
        const char* what;
        const char* type;
        std::string body;
        const char* told;
    };
    const char* json = "application/vnd.pypi.simple.v1+json";
    const Case cases[] = {
        {"a login page", "text/html", "<html><form action=/login>Sign in</form></html>",
         "holds no files"},
        {"an empty page", "text/html", "", "holds no files"},
        {"an empty body", json, "", "not the JSON of an index page"},
        {"cut JSON", json, "{\"meta\": {\"api-version\": \"1.0\"}, \"files\": [{\"filename\": \"f",
         "not the JSON of an index page"},
        {"deep JSON", json, std::string(100'000, '['), "not the JSON of an index page"},
        {"an array", json, "[]", "not the JSON of an index page"},
        {"other JSON", json, "{\"error\": \"x\"}", "no \"files\""},
        {"two JSONs", json, "{\"files\": []} {}", "more after the end"},
        {"broken UTF-8", json, "{\"files\": [], \"name\": \"\xFF\"}",
         "not the JSON of an index page"},
        {"version 2", json, "{\"meta\": {\"api-version\": \"2.0\"}, \"files\": []}",
         "version \"2.0\""},
        {"version 2 in HTML", "text/html",
         "<meta name=\"pypi:repository-version\" content=\"2.0\">", "version \"2.0\""},
        {"another type", "application/octet-stream", "<a href=x>y</a>", "not the type"},
        {"a newer format", "application/vnd.pypi.simple.v2+json", "{}", "does not know"},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.what);
        serve(world);
        server_->fail_with({.path = "/simple/foo/", .content_type = one.type, .body = one.body});
        auto asked = client(quick());
        auto answer = ask(*asked, "foo");
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind, Error::Kind::input);
        EXPECT_TRUE(contains(answer.error().message, one.told)) << answer.error().message;
        EXPECT_TRUE(contains(answer.error().message, server_->url() + "foo/"));
        asked.reset();
        expect_healed();
        directory_.reset();
        SetUp();
    }
}

TEST_F(Faults, of_wrong_digests_are_integrity_errors) {
    serve(world);
    server_->fail_with({.path = ".whl.metadata",
                        .body = "Metadata-Version: 2.1\nName: foo\n"
                                "Version: 1.0\nRequires-Dist: evil\n"});
    auto asked = client(quick());
    auto answer = ask(*asked, "foo");
    auto metadata = asked->wait_metadata({asked->project(pep::Name::of("foo")), 0});
    ASSERT_FALSE(metadata);
    EXPECT_EQ(metadata.error().kind, Error::Kind::integrity);
    server_->heal();
    std::string other = server_->file_bytes("foo-1.0-py3-none-any.whl");
    other[other.size() / 2] = static_cast<char>(other[other.size() / 2] ^ 1);
    for (const std::string& body : {other, other.substr(0, 100), other + "x"}) {
        SCOPED_TRACE(body.size());
        server_->fail_with({.path = ".whl", .body = body});
        auto got = download_foo(*asked);
        ASSERT_FALSE(got);
        EXPECT_EQ(got.error().kind, Error::Kind::integrity) << got.error().message;
        server_->heal();
    }
    asked.reset();
    expect_healed();
}

TEST_F(Faults, of_announced_metadata_that_is_missing_fall_back) {
    serve(world);
    server_->fail_with({.path = ".whl.metadata", .status = 404});
    auto asked = client(quick());
    EXPECT_EQ(needs(*asked, "foo"), "bar>=1");
    EXPECT_EQ(server_->count(".whl"), 2u);
}

TEST_F(Faults, of_metadata_of_others_make_a_file_unusable) {
    serve("release foo 1\n plain\n");
    server_->fail_with(
        {.path = ".whl.metadata", .body = "Metadata-Version: 2.1\nName: evil\nVersion: 1\n"});
    for (int i = 0; i < 2; ++i) { // fetched, then out of the cache
        EXPECT_EQ(needs(*client(quick()), "foo"),
                  "foreign: foo-1-py3-none-any.whl: its metadata is that of \"evil\"");
    }
    server_->heal();
    directory_.reset();
    SetUp();
    server_->fail_with(
        {.path = ".whl.metadata", .body = "Metadata-Version: 2.1\nName: foo\nVersion: 2\n"});
    EXPECT_EQ(needs(*client(quick()), "foo"),
              "foreign: foo-1-py3-none-any.whl: its metadata is that of version 2");
    serve("release foo 1\n plain\n requires not a requirement\n");
    directory_.reset();
    SetUp();
    EXPECT_TRUE(contains(needs(*client(quick()), "foo"), "invalid: "));
}

TEST_F(Faults, of_redirects_end_after_ten) {
    serve(world);
    server_->redirect("/simple/loop/", "/simple/loop/");
    for (int i = 0; i < 10; ++i) {
        server_->redirect("/simple/chain" + std::to_string(i) + "/",
                          "/simple/chain" + std::to_string(i + 1) + "/");
    }
    server_->put("/simple/chain10/", "text/html", "<a href='/files/chain0-1-py3-none-any.whl'>");
    server_->redirect("/simple/file/", "file:///etc/passwd");
    server_->redirect("/simple/plain/", "http://example.org/simple/plain/");
    auto asked = client(quick());
    EXPECT_TRUE(contains(versions(*asked, "loop"), "redirects more than 10 times"));
    EXPECT_EQ(server_->count("/simple/loop/"), 11u);
    EXPECT_EQ(versions(*asked, "chain0"), "1");
    EXPECT_TRUE(contains(versions(*asked, "file"), "only http and https"));
    EXPECT_TRUE(contains(versions(*asked, "plain"), "plain http is not safe"));
}

TEST_F(Faults, of_entries_skip_them_with_one_warning) {
    serve(world);
    std::string good = "\"url\": \"/files/foo-1.0-py3-none-any.whl\", \"hashes\": {}";
    server_->put("/simple/odd/", "application/vnd.pypi.simple.v1+json",
                 "{\"meta\": {\"api-version\": \"1.99\"}, \"files\": ["
                 "{\"filename\": \"../odd-2-py3-none-any.whl\", " +
                     good +
                     "},"
                     "{\"filename\": \"odd-3-py3-none-any.whl\\u0000\\u001b[31m.whl\", " +
                     good +
                     "},"
                     "{\"filename\": \"odd-4-py3-none-any.whl\", \"url\": \"file:///etc/x\"},"
                     "{\"filename\": \"odd-5-py3-none-any.whl\", \"url\": 5},"
                     "{\"filename\": \"odd-6-py3-none-any.whl\", \"size\": -1, " +
                     good +
                     "},"
                     "{\"filename\": \"odd-7-py3-none-any.whl\", \"yanked\": {}, " +
                     good +
                     "},"
                     "{\"filename\": \"odd-8-py3-none-any.whl\", \"upload-time\": \"y\", " +
                     good +
                     "},"
                     "{\"filename\": \"odd-9-py3-none-any.whl\", \"requires-python\": 3, " +
                     good +
                     "},"
                     "{\"filename\": \"other-1-py3-none-any.whl\", " +
                     good +
                     "},"
                     "{\"filename\": \"odd-notaversion.tar.gz\", " +
                     good +
                     "},"
                     "{\"filename\": \"odd-1.exe\", " +
                     good +
                     "}, 7, [],"
                     "{\"filename\": \"odd-1-py3-none-any.whl\", \"dist-info-metadata\": true, "
                     "\"requires-python\": null, \"yanked\": null, \"size\": null, \"x\": [{}], " +
                     good + "}]}");
    auto asked = client(quick());
    EXPECT_EQ(versions(*asked, "odd"), "1");
    EXPECT_TRUE(ask(*asked, "odd")->files.file(0).has_metadata);
    auto warnings = asked->take_warnings();
    ASSERT_EQ(warnings.size(), 2u);
    EXPECT_TRUE(contains(warnings[0], "1.99"));
    EXPECT_TRUE(contains(warnings[1], "(and 9 more)")) << warnings[1];
    for (const std::string& warning : warnings) {
        EXPECT_EQ(warning.find('\x1b'), std::string::npos);
    }
}

TEST_F(Faults, of_hostile_links_in_html_are_skipped) {
    serve(world);
    server_->put("/simple/foo/", "text/html",
                 "<base href='/files/'>"
                 "<a href='file:///tmp/foo-5-py3-none-any.whl'>foo-5-py3-none-any.whl</a>"
                 "<a href='javascript:alert(1)//foo-6-py3-none-any.whl'>x</a>"
                 "<a href='ftp://example.org/foo-7-py3-none-any.whl'>x</a>"
                 "<a href='..%252F..%252Ffoo-8-py3-none-any.whl'>foo-8-py3-none-any.whl</a>"
                 "<a href='foo-9-py3-none-any.whl%00'>x</a>"
                 "<a href='foo-1.0-py3-none-any.whl#sha256=nothex'>x</a>");
    auto asked = client(quick());
    EXPECT_EQ(versions(*asked, "foo"), "1.0");
    auto file = newest_file(*asked, "foo");
    EXPECT_EQ(file.url->text(), server_->file_url("foo-1.0-py3-none-any.whl"));
    ASSERT_EQ(file.hashes.size(), 1u) << "a broken digest is not the same as none";
    auto got = download_foo(*asked);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().kind, Error::Kind::integrity);
}

TEST_F(Faults, of_huge_pages_are_bounded) {
    serve(world);
    server_->fail_with({.path = "/simple/foo/",
                        .content_type = "text/html",
                        .body = std::string(size_t{70} << 20, ' ')});
    auto answer = ask(*client(), "foo"); // 70 MB: not within the short times of quick()
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, Error::Kind::input) << answer.error().message;
    EXPECT_TRUE(contains(answer.error().message, "larger than is allowed"));
}

TEST_F(Faults, of_nobody_at_home_are_told_in_seconds) {
    serve(world);
    std::string url = server_->url();
    Options options = quick();
    options.network.retry_base_ms = 500;
    server_.reset();
    int64_t begin = monotonic_ns();
    auto answer = ask(*client(options), "foo");
    EXPECT_LT(monotonic_ns() - begin, 30'000'000'000);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, Error::Kind::network);
    EXPECT_TRUE(contains(answer.error().message, "cannot connect")) << answer.error().message;
}

} // namespace
} // namespace pawl::index
