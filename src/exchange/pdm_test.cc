#include <algorithm>

#include "base/text.h"
#include "exchange/sample_test.h"

namespace pawl::exchange {
namespace {

std::string error_of(std::string text) {
    Context context{.file = "pdm.lock", .directory = "/work"};
    Result<Document> document = read(std::move(text), Format::pdm, context);
    return document ? "no error" : document.error().message;
}

TEST(Pdm, a_lock_of_pdm_is_read_with_groups_extras_and_markers) {
    Document document = read_sample(Format::pdm, "project", "pdm.lock");
    EXPECT_EQ(document.stale_reason, "") << "the hash is not the one that pdm takes";
    EXPECT_EQ(document.lock.requires_python->str(), ">=3.9");
    EXPECT_TRUE(document.lock.environments.empty());
    std::string text = memberships_text(document);
    for (std::string_view line : {std::string_view("mdurl 0.1.2: extra \"all\"; extra \"cli\"\n"),
                                  std::string_view("toml 0.10.2: extra \"all\"; group \"dev\"\n"),
                                  std::string_view("httpx 0.28.1: main\n")}) {
        EXPECT_NE(text.find(line), std::string::npos) << line << text;
    }
    auto httpx =
        std::ranges::find(document.lock.packages, pep::Name::of("httpx"), &lock::Package::name);
    ASSERT_NE(httpx, document.lock.packages.end());
    const Facts& facts =
        document.facts[static_cast<size_t>(httpx - document.lock.packages.begin())];
    EXPECT_EQ(facts.extras, std::vector<pep::Name>{pep::Name::of("http2")});
    EXPECT_TRUE(std::ranges::any_of(facts.edges, [](const Edge& edge) {
        return edge.str() == "h2<5,>=3; extra == \"http2\"";
    }));
}

TEST(Pdm, what_is_written_reads_the_same) {
    Document document = read_sample(Format::pdm, "project", "pdm.lock");
    Context context = sample_context("project", "pdm.lock");
    Result<Written> written = write(document, Format::pdm, context);
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_TRUE(
        std::ranges::all_of(written->losses, [](const Loss& loss) { return loss.key == "roots"; }));
    Result<Document> again = read(written->text, Format::pdm, context);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->stale_reason, "");
    EXPECT_EQ(again->lock, document.lock);
    Result<Written> twice = write(*again, Format::pdm, context);
    ASSERT_TRUE(twice);
    EXPECT_EQ(twice->text, written->text);
}

TEST(Pdm, a_lock_with_addresses_keeps_them) {
    Document document = read_sample(Format::uv, "project", "uv.lock");
    for (Facts& facts : document.facts) {
        facts.edge_knowledge = EdgeKnowledge::requirements;
    }
    Context context = sample_context("project", "pdm.lock");
    Result<Written> written = write(document, Format::pdm, context);
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_NE(written->text.find("strategy = [\"inherit_metadata\", \"static_urls\"]"),
              std::string::npos);
    Result<Document> again = read(written->text, Format::pdm, context);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->lock.packages.size(), document.lock.packages.size());
    EXPECT_TRUE(std::ranges::all_of(again->lock.packages, [](const lock::Package& package) {
        return !package.sdist || !package.sdist->source.url.empty();
    }));
}

TEST(Pdm, bad_locks_are_refused_with_their_place) {
    const std::string metadata =
        "[metadata]\nlock_version = \"4.5.1\"\nstrategy = [\"inherit_metadata\"]\n";
    auto six = [&metadata](const std::string& lines) {
        return metadata + "[[package]]\nname = \"six\"\nversion = \"1.0\"\n" +
               "groups = [\"default\"]\n" + lines;
    };
    const std::string file =
        "files = [{file = \"six-1.0-py3-none-any.whl\", hash = \"sha256:" + std::string(64, 'a') +
        "\"}]\n";
    struct BadCase {
        std::string text;
        std::string message;
    };
    const BadCase cases[] = {
        {"x = 1\n",
         "pdm.lock: there is no \"lock_version\" in [metadata]: this is no pdm.lock that can be "
         "read"},
        {replace_all(six(file), "4.5.1", "5.0"),
         "pdm.lock: line 2: lock_version 5.0 of pdm.lock is not supported (4 is)"},
        {six(""), "pdm.lock: package \"six\": line 4: neither wheels nor an sdist"},
        {six("dependencies = [\"a b\"]\n" + file), "pdm.lock: package \"six\": line 8: "},
        {six("git = \"https://x.org/r\"\nrevision = \"--upload-pack=x\"\n"),
         "pdm.lock: package \"six\": line 4: \"--upload-pack=x\" is no commit"},
        {six("extras = [\"a\"]\n" + file), "pdm.lock: line 4: \"six\" is only there with extras"},
        {six(file) + "[[package]]\nname = \"six\"\nversion = \"2.0\"\ngroups = [\"default\"]\n" +
             replace_all(file, "1.0", "2.0"),
         "pdm.lock: two entries of six would be installed at once"},
    };
    for (const BadCase& one : cases) {
        std::string message = error_of(one.text);
        EXPECT_TRUE(message.starts_with(one.message)) << message << "\n" << one.message;
    }
}

} // namespace
} // namespace pawl::exchange
