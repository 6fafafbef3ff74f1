#include <algorithm>

#include "base/text.h"
#include "exchange/manifest_hash.h"
#include "exchange/poetry_constraint.h"
#include "exchange/sample_test.h"

namespace pawl::exchange {
namespace {

std::string error_of(std::string text) {
    Context context{.file = "poetry.lock", .directory = "/work"};
    Result<Document> document = read(std::move(text), Format::poetry, context);
    return document ? "no error" : document.error().message;
}

TEST(Poetry, a_lock_of_poetry_is_read_with_groups_extras_and_markers) {
    Document document = read_sample(Format::poetry, "project", "poetry.lock");
    EXPECT_EQ(document.stale_reason, "") << "the hash is not the one that poetry takes";
    std::string text = memberships_text(document);
    for (std::string_view line :
         {std::string_view("mdurl 0.1.2: extra \"all\"; extra \"cli\"\n"),
          std::string_view("toml 0.10.2: extra \"all\" where python_version < \"3.11\"; "
                           "group \"dev\"\n"),
          std::string_view("pytest 8.4.2: group \"dev\"; group \"test\"\n"),
          std::string_view("httpx 0.28.1: main\n")}) {
        EXPECT_NE(text.find(line), std::string::npos) << line << text;
    }
    auto httpx =
        std::ranges::find(document.lock.packages, pep::Name::of("httpx"), &lock::Package::name);
    ASSERT_NE(httpx, document.lock.packages.end());
    EXPECT_EQ(httpx->index, "https://pypi.org/simple");
    const Facts& facts =
        document.facts[static_cast<size_t>(httpx - document.lock.packages.begin())];
    EXPECT_EQ(facts.extras, std::vector<pep::Name>{pep::Name::of("http2")});
    EXPECT_TRUE(std::ranges::any_of(facts.edges, [](const Edge& edge) {
        return edge.str() == "h2<5,>=3; extra == \"http2\"";
    }));
}

TEST(Poetry, what_is_written_reads_the_same) {
    Document document = read_sample(Format::poetry, "project", "poetry.lock");
    Context context = sample_context("project", "poetry.lock");
    Result<Written> written = write(document, Format::poetry, context);
    ASSERT_TRUE(written) << written.error().message;
    Result<Document> again = read(written->text, Format::poetry, context);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->stale_reason, "");
    EXPECT_EQ(again->lock, document.lock);
    EXPECT_EQ(memberships_text(*again), memberships_text(document));
    Result<Written> twice = write(*again, Format::poetry, context);
    ASSERT_TRUE(twice);
    EXPECT_EQ(twice->text, written->text);
}

TEST(Poetry, its_language_of_constraints_becomes_specifiers) {
    struct Case {
        std::string_view text, specifiers;
    };
    const Case cases[] = {
        {"^1.2.3", "<2,>=1.2.3"},
        {"^0.2.3", "<0.3,>=0.2.3"},
        {"^0.0.3", "<0.0.4,>=0.0.3"},
        {"^0.0", "<0.1,>=0.0"},
        {"^0", "<1,>=0"},
        {"~1.2.3", "<1.3,>=1.2.3"},
        {"~1", "<2,>=1"},
        {"~=1.4.2", "~=1.4.2"},
        {"*", ""},
        {"1.2", "==1.2"},
        {"1.*", "==1.*"},
        {">=1,<2", "<2,>=1"},
        {">= 1 <2", "<2,>=1"},
        {"=1.0", "==1.0"},
        {"<>1.0", "!=1.0"},
        {">=2.7,<3.0 || >=3.2", "!=3.0.*,!=3.1.*,>=2.7"},
        {">=3.7|<3", ""},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.text);
        Result<PoetryConstraint> constraint = PoetryConstraint::parse(one.text);
        ASSERT_TRUE(constraint) << constraint.error().message;
        if (one.text != ">=3.7|<3") {
            EXPECT_EQ(constraint->specifiers().str(), one.specifiers);
            EXPECT_TRUE(constraint->is_exact());
        }
    }
    EXPECT_FALSE(PoetryConstraint::parse("^^1"));
    EXPECT_FALSE(PoetryConstraint::parse("nonsense"));
}

/// The expected ones were taken by poetry 2.5.1 of these texts.
TEST(Poetry, the_hash_of_a_project_that_only_poetry_knows_is_that_of_its_old_keys) {
    Result<std::string> hash = poetry_content_hash("[tool.poetry]\nname = \"a\"\n"
                                                   "[tool.poetry.dependencies]\n"
                                                   "python = \"^3.9\"\nsix = \"*\"\n");
    ASSERT_TRUE(hash);
    EXPECT_EQ(*hash, "718445a9066b7d68dde59740cf0cf1b5f8aea354b506e6a2dd5da03f214e0068");
    hash = poetry_content_hash("[project]\nname = \"a\"\nrequires-python = \">=3.9\"\n"
                               "dependencies = [\"six\", \"é\"]\n");
    ASSERT_TRUE(hash);
    EXPECT_EQ(*hash, "d0476563fa65ceeba5702e1044d355348f471f0d56e08f6b75f1ea601f66923f");
}

TEST(Poetry, an_old_lock_gets_its_groups_from_what_pyproject_asks_for) {
    Context context{.file = "poetry.lock", .directory = "/work"};
    context.pyproject = "[tool.poetry]\nname = \"app\"\nversion = \"1\"\n"
                        "[tool.poetry.dependencies]\npython = \"^3.8\"\nspam = \"^1\"\n"
                        "egg = {version = \"*\", optional = true}\n"
                        "[tool.poetry.extras]\nbreakfast = [\"egg\"]\n"
                        "[tool.poetry.dev-dependencies]\nlint = \"*\"\n";
    std::string text;
    for (std::string name : {"egg", "lint", "spam", "six"}) {
        text += "[[package]]\nname = \"" + name +
                "\"\nversion = \"1.0\"\ndescription = \"\"\ncategory = \"main\"\n"
                "optional = false\npython-versions = \"*\"\n";
        text += name == "spam" ? "\n[package.dependencies]\n"
                                 "six = {version = \"*\", markers = \"os_name == 'nt'\"}\n\n"
                               : "\n";
    }
    text += "[metadata]\nlock-version = \"1.1\"\npython-versions = \"^3.8\"\n\n[metadata.files]\n";
    for (std::string name : {"egg", "lint", "spam", "six"}) {
        text += name + " = [{file = \"" + name +
                "-1.0-py3-none-any.whl\", hash = \"sha256:" + std::string(64, 'a') +
                "\"}, {file = \"" + name +
                "-0.9.tar.gz\", hash = \"sha256:" + std::string(64, 'b') + "\"}]\n";
    }
    Result<Document> document = read(text, Format::poetry, context);
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_EQ(memberships_text(*document),
              "egg 1.0: extra \"breakfast\"\nlint 1.0: group \"dev\"\n"
              "six 1.0: main where os_name == \"nt\"\nspam 1.0: main\n");
    EXPECT_EQ(document->lock.packages[0].wheels.size(), 1u);
    EXPECT_FALSE(document->lock.packages[0].sdist);
    EXPECT_EQ(document->lock.requires_python->str(), "<4,>=3.8");
}

struct BadCase {
    std::string text;
    std::string message;
};

TEST(Poetry, bad_locks_are_refused_with_their_place) {
    const std::string metadata = "\n[metadata]\nlock-version = \"2.1\"\npython-versions = \"*\"\n";
    auto six = [&metadata](const std::string& lines) {
        return "[[package]]\nname = \"six\"\nversion = \"1.0\"\noptional = false\n"
               "python-versions = \"*\"\n" +
               lines + metadata;
    };
    const std::string hash = "sha256:" + std::string(64, 'a');
    const std::string file =
        "files = [{file = \"six-1.0-py3-none-any.whl\", hash = \"" + hash + "\"}]\n";
    const BadCase cases[] = {
        {"x = 1\n", "poetry.lock: there is no \"lock-version\" in [metadata]: this is no "
                    "poetry.lock that can be read"},
        {replace_all(six(file), "2.1", "9.0"),
         "poetry.lock: line 9: lock-version 9.0 of poetry.lock is not supported (1 and 2 are)"},
        {six(file), "poetry.lock: package \"six\": line 1: \"groups\" is missing"},
        {six("groups = [\"main\"]\n"),
         "poetry.lock: package \"six\": line 1: neither wheels nor an sdist"},
        {six("groups = [\"main\"]\nmarkers = \"os_name ==\"\n" + file),
         "poetry.lock: package \"six\": line 7: marker: "},
        {six("groups = [\"main\"]\n" + replace_all(file, "six-1.0", "../six-1.0")),
         "poetry.lock: package \"six\": line 7: \"../six-1.0-py3-none-any.whl\" must be a file's "
         "name, without a folder"},
        {six("groups = [\"main\"]\n" + replace_all(file, "six-1.0", "other-1.0")),
         "poetry.lock: package \"six\": line 7: other-1.0-py3-none-any.whl is a file of another "
         "release"},
        {six("groups = [\"main\"]\n" + replace_all(file, hash, "md5:" + std::string(32, 'a'))),
         "poetry.lock: package \"six\": line 7: md5 is no algorithm to rely on, and there is no "
         "other hash"},
        {six("groups = [\"main\"]\nfiles = []\n[package.source]\ntype = \"git\"\n"
             "url = \"https://x.org/r\"\nresolved_reference = \"main\"\n"),
         "poetry.lock: package \"six\": line 8: \"main\" is no commit"},
        {six("groups = [\"main\", \"!\"]\n" + file), "poetry.lock: package \"six\": line 1: "},
    };
    for (const BadCase& one : cases) {
        std::string message = error_of(one.text);
        EXPECT_TRUE(message.starts_with(one.message)) << message << "\n" << one.message;
    }
}

} // namespace
} // namespace pawl::exchange
