// The shared cases of malformed and malicious index pages, where they are there: each is served as
// its manifest says and judged by what comes of asking for the page, the metadata and the file.

#include <ctime>

#include "base/subprocess.h"
#include "base/text.h"
#include "index/client_fixture_test.h"
#include "test/support/http_server.h"
#include "text/json.h"

namespace pawl::index {
namespace {

/// What only the installer or the resolver can see: metadata that differs from the wheel's own, a
/// Requires-Python that nobody can read.
bool is_decided_later(std::string_view id) {
    return id == "I13" || id == "I11";
}

std::string shared_directory() {
    std::optional<std::string> named = environment_variable("PAWL_SHARED");
    return named ? *named : fs::join(PAWL_SOURCE_DIR, "../shared");
}

class EvilIndex : public ClientTest {
  protected:
    test::Reply answer(const test::Request& request) const {
        test::Reply reply{.status = 404, .headers = {}, .body = "none"};
        std::string_view path = request.path;
        size_t files = path.rfind("/files/");
        if (files != std::string_view::npos) {
            bool is_metadata = path.ends_with(".metadata");
            std::string name =
                is_metadata ? "index/" + std::string(row_->string_at("id").value()) + ".metadata"
                            : "files/" + std::string(path.substr(files + 7));
            if (auto body = fs::read(evil_ + "/cases/" + name)) {
                reply = {.status = 200, .headers = {}, .body = *body};
            }
            return reply;
        }
        std::string file(row_->string_at("file").value());
        if (path.find("/extra/") != std::string_view::npos) {
            file = "index/" + std::string(row_->string_at("id").value()) + ".extra.body";
        }
        reply.status = static_cast<int>(row_->find("status")->as_integer());
        reply.body = *fs::read(evil_ + "/cases/" + file);
        reply.headers.emplace_back("Content-Type", row_->string_at("content_type").value());
        for (const auto& [name, value] : row_->find("headers")->as_object()) {
            reply.headers.emplace_back(name, value.as_string());
        }
        return reply;
    }

    /// "installed VERSION", or why not.
    std::string outcome(const std::string& origin) {
        std::string id(row_->string_at("id").value());
        Options options = options_for({origin + "/" + id + "/simple/"});
        if (row_->find("extra_index")->as_bool()) {
            options.sources.push_back(
                *parse_source(origin + "/" + id + "/extra/", Source::Kind::simple));
        }
        auto asked = client(options);
        auto page = ask(*asked, "evil-good");
        if (!page) {
            return page.error().message;
        }
        if (page->files.version_count() == 0) {
            return "no versions";
        }
        uint32_t newest = page->files.version_count() - 1;
        auto row = page->files.metadata_file(newest);
        auto metadata =
            asked->wait_metadata({asked->project(pep::Name::of("evil-good")), row.value_or(0)});
        if (!metadata) {
            return metadata.error().message;
        }
        if (metadata->outcome != MetadataAnswer::Outcome::found) {
            return std::string(metadata->reason);
        }
        std::vector<Download> wanted = {
            {.file = page->files.distribution(*row), .path = path("got/" + id)}};
        auto got = asked->download(wanted);
        if (!got) {
            return got.error().message;
        }
        for (const std::string& warning : asked->take_warnings()) {
            EXPECT_EQ(warning.find('\x1b'), std::string::npos);
        }
        return "installed " + std::string(page->files.version(newest).text);
    }

    std::string evil_ = shared_directory() + "/evil";
    const text::Value* row_ = nullptr;
};

TEST_F(EvilIndex, pages_are_judged_as_their_manifest_says) {
    if (!fs::exists(evil_ + "/manifest.json")) {
        GTEST_SKIP() << "THE EVIL PAGES ARE NOT THERE (" << evil_ << "); set PAWL_SHARED";
    }
    text::Value manifest = *text::parse_json(*fs::read(evil_ + "/manifest.json"));
    size_t judged = 0;
    for (const text::Value& row : manifest.find("cases")->as_array()) {
        std::string id(*row.string_at("id"));
        if (row.string_at("kind") != "index" || row.string_at("mode") != "index" ||
            is_decided_later(id)) {
            continue;
        }
        SCOPED_TRACE(id + ": " + std::string(*row.string_at("does")));
        row_ = &row;
        auto server = test::HttpServer::start(
            0, [this](const test::Request& request) { return answer(request); });
        ASSERT_TRUE(server);
        std::clock_t begin = std::clock(); // of the processor: a busy machine takes longer
        std::string said = outcome("http://127.0.0.1:" + std::to_string((*server)->port()));
        constexpr std::clock_t seconds_max = 60; // a sanitizer takes tens of seconds
        EXPECT_LT(std::clock() - begin, seconds_max * CLOCKS_PER_SEC);
        bool must_install = row.string_at("must") == "install";
        // I20: a name given twice may be read as the last one, since the digest is checked.
        bool is_either = id == "I20";
        EXPECT_TRUE(is_either || said.starts_with("installed") == must_install) << said;
        if (must_install && id != "I33") {
            EXPECT_EQ(said, "installed 1.0");
        }
        EXPECT_EQ(said.find('\x1b'), std::string::npos);
        ++judged;
    }
    EXPECT_GT(judged, 30u);
}

} // namespace
} // namespace pawl::index
