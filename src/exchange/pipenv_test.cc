#include <algorithm>

#include "base/text.h"
#include "exchange/manifest_hash.h"
#include "exchange/sample_test.h"

namespace pawl::exchange {
namespace {

std::string error_of(std::string text) {
    Context context{.file = "Pipfile.lock", .directory = "/work"};
    Result<Document> document = read(std::move(text), Format::pipenv, context);
    return document ? "no error" : document.error().message;
}

TEST(Pipenv, a_lock_of_pipenv_is_read_with_its_sections) {
    Document document = read_sample(Format::pipenv, "project", "Pipfile.lock");
    EXPECT_EQ(document.stale_reason, "") << "the hash is not the one that pipenv takes";
    EXPECT_FALSE(document.lock.requires_python) << "the Pipfile requires none";
    std::string text = memberships_text(document);
    for (std::string_view line :
         {std::string_view("httpx 0.28.1: main where python_version >= \"3.8\"\n"),
          std::string_view("colorama 0.4.6: main where sys_platform == \"win32\"\n"),
          std::string_view("pygments 2.21.0: group \"dev\" where python_version >= \"3.9\"; "
                           "group \"docs\" where python_version >= \"3.9\"\n")}) {
        EXPECT_NE(text.find(line), std::string::npos) << line << text;
    }
    auto httpx =
        std::ranges::find(document.lock.packages, pep::Name::of("httpx"), &lock::Package::name);
    ASSERT_NE(httpx, document.lock.packages.end());
    ASSERT_TRUE(httpx->marker);
    EXPECT_EQ(httpx->marker->str(), "python_version >= \"3.8\"");
    EXPECT_EQ(httpx->index, "https://pypi.org/simple");
    const Facts& facts =
        document.facts[static_cast<size_t>(httpx - document.lock.packages.begin())];
    EXPECT_EQ(facts.unplaced_hashes.size(), 2u);
    EXPECT_EQ(facts.extras, std::vector<pep::Name>{pep::Name::of("http2")});
    EXPECT_TRUE(missing(document, Format::pylock).addresses);
}

TEST(Pipenv, what_is_written_reads_the_same) {
    Document document = read_sample(Format::pipenv, "project", "Pipfile.lock");
    Context context = sample_context("project", "Pipfile.lock");
    Result<Written> written = write(document, Format::pipenv, context);
    ASSERT_TRUE(written) << written.error().message;
    Result<Document> again = read(written->text, Format::pipenv, context);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->stale_reason, "");
    EXPECT_EQ(again->lock, document.lock);
    Result<Written> twice = write(*again, Format::pipenv, context);
    ASSERT_TRUE(twice);
    EXPECT_EQ(twice->text, written->text);
}

TEST(Pipenv, of_several_versions_the_one_for_its_python_is_written) {
    Document document = read_sample(Format::uv, "project", "uv.lock");
    Context context = sample_context("project", "Pipfile.lock");
    Result<Written> written = write(document, Format::pipenv, context);
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(written->text.find("==8.1.8"), std::string::npos) << "click for Python below 3.10";
    EXPECT_NE(written->text.find("==8.5.1"), std::string::npos);
}

/// The expected ones were taken by pipenv 2026.10.3 of these texts.
TEST(Pipenv, the_hash_counts_names_in_their_normal_form) {
    Result<std::string> hash = pipenv_content_hash("[packages]\nMy_Pkg = \"*\"\n"
                                                   "[docs]\nSphinx = {version = \">=4\"}\n");
    ASSERT_TRUE(hash);
    EXPECT_EQ(*hash, "f89bd4cde29051c986efd39c0d818b89cc4bffe81812ac365e85122e56befb4b");
}

TEST(Pipenv, repositories_and_directories_come_back_as_they_were) {
    const std::string commit(40, 'a');
    Context context{.file = "Pipfile.lock", .directory = "/work"};
    Result<Document> document =
        read("{\"_meta\": {\"pipfile-spec\": 6}, \"default\": {\"tree\": {\"git\": "
             "\"https://x.org/r\", \"ref\": \"" +
                 commit +
                 "\", \"subdirectory\": \"s\"}}, \"develop\": {\"lib\": "
                 "{\"path\": \"./lib\", \"editable\": true}}}",
             Format::pipenv, context);
    ASSERT_TRUE(document) << document.error().message;
    Result<Written> written = write(*document, Format::pipenv, context);
    ASSERT_TRUE(written) << written.error().message;
    Result<Document> again = read(written->text, Format::pipenv, context);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->lock, document->lock);
    EXPECT_EQ(again->lock.packages[0].vcs->commit_id, commit);
    EXPECT_TRUE(again->lock.packages[1].directory->editable);
}

/// pipenv 2026.10 writes this of what its own platform does not need.
TEST(Pipenv, what_pipenv_did_not_lock_bounds_the_environments) {
    Context context{.file = "Pipfile.lock", .directory = "/work"};
    Result<Document> document =
        read("{\"_meta\": {\"pipfile-spec\": 6, \"requires\": {\"python_version\": \"3.11\"}}, "
             "\"default\": {\"colorama\": {\"markers\": \"sys_platform == 'win32'\", "
             "\"version\": \"*\"}}}",
             Format::pipenv, context);
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_EQ(document->lock.requires_python->str(), "==3.11.*");
    EXPECT_TRUE(document->lock.packages.empty());
    ASSERT_EQ(document->lock.environments.size(), 1u);
    EXPECT_EQ(document->lock.environments[0].str(), "sys_platform != \"win32\"");
    EXPECT_EQ(document->warnings,
              std::vector<std::string>{"Pipfile.lock: pipenv did not lock colorama, so the lock is "
                                       "not for where sys_platform == \"win32\""});
}

TEST(Pipenv, a_group_that_the_other_manifest_does_not_have_is_a_loss) {
    Document document = read_sample(Format::pipenv, "project", "Pipfile.lock");
    document.facts.resize(1);
    document.lock.packages.erase(document.lock.packages.begin() + 1, document.lock.packages.end());
    document.facts[0].memberships = {{{Selector::Kind::group, "docs"}, {}},
                                     {{Selector::Kind::group, "test"}, {}}};
    Context context{.file = "uv.lock", .directory = "/work"};
    context.pyproject = "[project]\nname = \"app\"\nversion = \"1\"\n"
                        "[dependency-groups]\ntest = []\n";
    document.facts[0].unplaced_hashes.clear();
    document.lock.packages[0].sdist =
        lock::Sdist{"anyio-4.16.0.tar.gz", {.hashes = {Hash{"sha256", std::string(64, 'a')}}}};
    Result<Written> written = write(document, Format::pdm, context);
    ASSERT_TRUE(written) << written.error().message;
    std::vector<std::string> told;
    for (const Loss& loss : written->losses) {
        if (loss.key == "manifest") {
            told.push_back(loss.what);
        }
    }
    EXPECT_EQ(told, std::vector<std::string>{
                        "pyproject.toml has no group \"docs\", so nobody can ask for it"});
}

TEST(Pipenv, bad_locks_are_refused_with_their_place) {
    const std::string meta = "{\"_meta\": {\"pipfile-spec\": 6, \"sources\": [{\"name\": \"pypi\", "
                             "\"url\": \"https://pypi.org/simple\"}]}, \"default\": {\"six\": {";
    const std::string hashes = "\"hashes\": [\"sha256:" + std::string(64, 'a') + "\"]";
    auto six = [&](const std::string& members) { return meta + members + "}}}"; };
    struct BadCase {
        std::string text;
        std::string message;
    };
    const BadCase cases[] = {
        {"nonsense", "Pipfile.lock: line 1, column "},
        {"[]", "Pipfile.lock: it must be one JSON object"},
        {"{}", "Pipfile.lock: _meta: is missing: this is no Pipfile.lock"},
        {replace_all(six(hashes), "6", "99"),
         "Pipfile.lock: _meta: pipfile-spec 99 is not supported (6 is)"},
        {six("\"version\": \"==1.0\""), "Pipfile.lock: default: \"six\": there are no hashes"},
        {six(hashes + ", \"version\": \"==1.0\\n--index-url=x\""),
         "Pipfile.lock: default: \"six\": version: "},
        {six(hashes + ", \"version\": \"*\""),
         "Pipfile.lock: default: \"six\": version: \"*\" must be \"==\" and a version"},
        {six(hashes + ", \"version\": \"==1\", \"index\": \"other\""),
         "Pipfile.lock: default: \"six\": index: _meta.sources has no \"other\""},
        {six(hashes + ", \"version\": \"==1\", \"markers\": \"os_name ==\""),
         "Pipfile.lock: default: \"six\": markers: "},
        {six("\"git\": \"https://x.org/r\", \"ref\": \"--upload-pack=x\""),
         "Pipfile.lock: default: \"six\": ref: \"--upload-pack=x\" is no commit"},
    };
    for (const BadCase& one : cases) {
        std::string message = error_of(one.text);
        EXPECT_TRUE(message.starts_with(one.message)) << message << "\n" << one.message;
    }
}

} // namespace
} // namespace pawl::exchange
