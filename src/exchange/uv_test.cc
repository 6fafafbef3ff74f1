#include <algorithm>

#include "base/text.h"
#include "exchange/sample_test.h"
#include "exchange/uv_text.h"

namespace pawl::exchange {
namespace {

Result<Document> read_uv_text(std::string text) {
    Context context{.file = "uv.lock", .directory = "/work"};
    return read(std::move(text), Format::uv, context);
}

std::string error_of(std::string text) {
    Result<Document> document = read_uv_text(std::move(text));
    return document ? "no error" : document.error().message;
}

const std::string hash = "sha256:71a8b0df1f6c79c00cb4036eea4c044939f47705c0be7e47e36998167b63a515";

/// A lock of a project "app" that needs six, with these lines in six's package.
std::string with_six(std::string_view lines) {
    return "version = 1\nrequires-python = \">=3.9\"\n\n[[package]]\nname = \"app\"\n"
           "version = \"1\"\nsource = { virtual = \".\" }\n"
           "dependencies = [{ name = \"six\" }]\n\n[[package]]\nname = \"six\"\n"
           "version = \"1.16.0\"\n" +
           std::string(lines) + "\n";
}

const std::string good_source = "source = { registry = \"https://pypi.org/simple\" }\n";
const std::string good_wheel = "wheels = [{ url = \"https://files.example.org/"
                               "six-1.16.0-py2.py3-none-any.whl\", hash = \"" +
                               hash + "\" }]";

TEST(Uv, a_lock_of_uv_is_read_with_groups_extras_and_markers) {
    Document document = read_sample(Format::uv, "project", "uv.lock");
    ASSERT_EQ(document.projects.size(), 1u);
    const Project& project = document.projects[0];
    EXPECT_EQ(project.name->str(), "exchange-sample");
    EXPECT_FALSE(project.is_package);
    EXPECT_EQ(project.groups, (std::vector<std::string>{"dev", "test"}));
    EXPECT_EQ(document.lock.requires_python->str(), ">=3.9");
    std::string text = memberships_text(document);
    const std::string_view colorama = "colorama 0.4.6: main where sys_platform == \"win32\"; "
                                      "group \"dev\" where sys_platform == \"win32\"; "
                                      "group \"test\" where sys_platform == \"win32\"\n";
    for (std::string_view line :
         {std::string_view("click 8.1.8: main where python_version < \"3.10\"\n"), colorama,
          std::string_view("h2 4.3.0: main where python_version < \"3.10\"\n"),
          std::string_view("mdurl 0.1.2: extra \"all\"; extra \"cli\"\n"),
          std::string_view("toml 0.10.2: extra \"all\" where python_version < \"3.11\"; "
                           "group \"dev\"\n")}) {
        EXPECT_NE(text.find(line), std::string::npos) << line << text;
    }
    auto httpx =
        std::ranges::find(document.lock.packages, pep::Name::of("httpx"), &lock::Package::name);
    ASSERT_NE(httpx, document.lock.packages.end());
    EXPECT_EQ(httpx->index, "https://pypi.org/simple");
    EXPECT_TRUE(httpx->sdist->source.size_bytes && httpx->sdist->source.upload_time);
    const Facts& facts =
        document.facts[static_cast<size_t>(httpx - document.lock.packages.begin())];
    EXPECT_EQ(facts.extras, std::vector<pep::Name>{pep::Name::of("http2")});
}

TEST(Uv, what_is_written_reads_the_same) {
    Document document = read_sample(Format::uv, "project", "uv.lock");
    Context context = sample_context("project", "uv.lock");
    Result<Written> written = write(document, Format::uv, context);
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_TRUE(written->losses.empty());
    Result<Document> again = read(written->text, Format::uv, context);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->lock, document.lock);
    EXPECT_EQ(memberships_text(*again), memberships_text(document));
    Result<Written> twice = write(*again, Format::uv, context);
    ASSERT_TRUE(twice);
    EXPECT_EQ(twice->text, written->text);
}

TEST(Uv, extras_that_conflict_have_made_up_names) {
    EXPECT_EQ(selector_of_uv_extra("extra-3-app-gpu", "app"),
              (Selector{Selector::Kind::extra, "gpu"}));
    EXPECT_EQ(selector_of_uv_extra("group-3-app-dev", "app"),
              (Selector{Selector::Kind::group, "dev"}));
    EXPECT_EQ(selector_of_uv_extra("extra-5-other-gpu", "app"), std::nullopt);
    EXPECT_EQ(uv_marker_text(*pep::Marker::parse("'gpu' not in extras and os_name == 'nt'"), "app"),
              "extra != 'extra-3-app-gpu' and os_name == 'nt'");
    EXPECT_EQ(uv_git_of("https://host/a.git@v1#subdirectory=x"),
              "https://host/a.git?subdirectory=x&rev=v1");
    EXPECT_EQ(uv_git_of("ssh://git@host/a.git"), "ssh://git@host/a.git");
}

TEST(Uv, versions_that_conflicting_extras_choose_stay_apart) {
    std::string text = R"(version = 1
requires-python = ">=3.9"
conflicts = [[
    { package = "app", extra = "x" },
    { package = "app", extra = "y" },
]]

[[package]]
name = "app"
version = "1"
source = { virtual = "." }
dependencies = [
    { name = "six", version = "1.15.0", source = { registry = "https://pypi.org/simple" }, )"
                       "marker = \"extra == 'extra-3-app-y'\" },\n"
                       "    { name = \"six\", version = \"1.16.0\", "
                       "source = { registry = \"https://pypi.org/simple\" }, "
                       "marker = \"extra == 'extra-3-app-x' or extra != 'extra-3-app-y'\" },\n]\n";
    for (std::string version : {"1.15.0", "1.16.0"}) {
        text += "\n[[package]]\nname = \"six\"\nversion = \"" + version + "\"\n" + good_source +
                replace_all(good_wheel, "1.16.0", version) + "\n";
    }
    Result<Document> document = read_uv_text(text);
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_EQ(memberships_text(*document), "six 1.15.0: main where \"y\" in extras\n"
                                           "six 1.16.0: main where \"y\" not in extras\n");
    EXPECT_EQ(document->lock.packages[0].marker->str(), "\"y\" in extras");
}

/// To uv, os_name does not tell sys_platform, and it compares what was asked for.
TEST(Uv, what_was_asked_for_keeps_its_markers) {
    Context context{.file = "uv.lock", .directory = "/work"};
    context.pyproject = "[project]\nname = \"app\"\nversion = \"1\"\n"
                        "requires-python = \">=3.11\"\n"
                        "dependencies = [\"six; os_name == 'nt' or sys_platform == 'win32'\"]\n"
                        "[tool.uv.workspace]\nmembers = [\"lib\"]\n";
    Document document;
    Result<Written> written = write(document, Format::uv, context);
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_NE(written->text.find("{ name = \"six\", marker = \"os_name == 'nt' or sys_platform == "
                                 "'win32'\" }"),
              std::string::npos)
        << written->text;
    EXPECT_TRUE(std::ranges::any_of(written->losses, [](const Loss& loss) {
        return loss.key == "members";
    })) << "uv wants to see the members, and nobody knows them";
}

struct BadCase {
    std::string text;
    std::string message;
};

TEST(Uv, bad_locks_are_refused_with_their_place) {
    const BadCase cases[] = {
        {"x = 1", "uv.lock: there is no \"version\": this is no uv.lock"},
        {"version = 99", "uv.lock: line 1: version 99 of uv.lock is not supported (1 is)"},
        {with_six("source = { magic = \"x\" }\n" + good_wheel),
         "uv.lock: line 13: an unknown kind of source: { magic = \"x\" }"},
        {with_six(good_wheel), "uv.lock: line 10: \"source\" is missing"},
        {with_six(good_source), "uv.lock: package \"six\": line 10: neither wheels nor an sdist"},
        {with_six(good_source +
                  "wheels = [{ url = \"https://x.org/six-1.16.0-py3-none-any.whl\" }]"),
         "uv.lock: package \"six\": line 14: six-1.16.0-py3-none-any.whl has no hash"},
        {with_six(good_source + "wheels = [{ url = \"https://x.org/s.whl\", hash = \"md5:" +
                  std::string(32, 'a') + "\" }]"),
         "uv.lock: package \"six\": line 14: md5 is no algorithm to rely on, and there is no other "
         "hash"},
        {with_six("source = { git = \"https://x.org/r?rev=main#--upload-pack=x\" }"),
         "uv.lock: package \"six\": line 10: \"--upload-pack=x\" is no commit: 40 hexadecimal "
         "digits are one"},
        {with_six(good_source + good_wheel +
                  "\n\n[[package]]\nname = \"six\"\n"
                  "version = \"1.16.0\"\n" +
                  good_source + good_wheel),
         "uv.lock: line 16: package \"six\" is there twice with one version and source"},
    };
    for (const BadCase& one : cases) {
        std::string message = error_of(one.text);
        EXPECT_EQ(message.substr(0, message.find("\n  hint")), one.message);
    }
    EXPECT_NE(error_of("<<<<<<< ours\nversion = 1\n").find("conflict"), std::string::npos);
    std::string secret = error_of(
        with_six(good_source + replace_all(good_wheel, "https://", "https://user:s3cr3t@")));
    EXPECT_NE(secret.find("user name or password"), std::string::npos);
    EXPECT_EQ(secret.find("s3cr3t"), std::string::npos);
}

} // namespace
} // namespace pawl::exchange
