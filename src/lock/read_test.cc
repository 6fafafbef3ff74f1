#include "lock/read.h"

#include <gtest/gtest.h>

#include "lock/test_support.h"

namespace pawl::lock {
namespace {

constexpr std::string_view every_key = R"(lock-version = "1.0"
environments = ["sys_platform == 'linux'", "sys_platform == 'win32'"]
requires-python = ">=3.9"
extras = ["cli"]
dependency-groups = ["dev"]
default-groups = ["default"]
created-by = "pawl"

[[packages]]
name = "six"
version = "1.0"
marker = "'default' in dependency_groups"
requires-python = ">=3.8"
dependencies = [{ name = "tree" }, { name = "attrs", version = "1" }]
index = "https://pypi.org/simple"
attestation-identities = [{ kind = "GitHub", repository = "a/b", claims = { x = 1 } }]

[packages.sdist]
name = "six-1.0.tar.gz"
upload-time = 2026-01-01T10:00:00Z
url = "https://x.org/six-1.0.tar.gz"
size = 12
hashes = { sha256 = "71a8b0df1f6c79c00cb4036eea4c044939f47705c0be7e47e36998167b63a515" }

[[packages.wheels]]
upload-time = 2026-01-01T10:00:00.5Z
path = "wheels/six-1.0-py3-none-any.whl"
hashes.SHA256 = "71A8b0df1f6c79c00cb4036eea4c044939f47705c0be7e47e36998167b63a515"
hashes.md5 = "0123456789abcdef0123456789abcdef"

[packages.tool.pdm]
# a comment
x = 1

[[packages]]
name = "tree"
[packages.vcs]
type = "git"
url = "https://x.org/tree.git"
requested-revision = "main"
commit-id = "0123456789012345678901234567890123456789"
subdirectory = "s"

[[packages]]
name = "folder"
directory = { path = "lib", editable = true, subdirectory = "s" }

[[packages]]
name = "attrs"
version = "1"
archive.url = "https://x.org/attrs%2Bx.zip"
archive.size = 5
archive.upload-time = 2026-01-01 10:00:00Z
archive.hashes.sha256 = "71a8b0df1f6c79c00cb4036eea4c044939f47705c0be7e47e36998167b63a515"
archive.subdirectory = "s"

[tool.pawl]
digest = "x"
)";

TEST(Read, every_key_of_the_specification) {
    auto result = read(std::string(every_key));
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->warnings, std::vector<std::string>{});
    const Lock& lock = result->lock;
    EXPECT_EQ(lock.environments.size(), 2u);
    EXPECT_EQ(lock.requires_python->str(), ">=3.9");
    EXPECT_EQ(lock.extras->at(0).str(), "cli");
    EXPECT_EQ(lock.dependency_groups, std::vector<std::string>{"dev"});
    EXPECT_EQ(lock.default_groups, std::vector<std::string>{"default"});
    EXPECT_EQ(lock.created_by, "pawl");
    ASSERT_EQ(lock.packages.size(), 4u);
    const Package& six = lock.packages[0];
    EXPECT_EQ(six.line, 9u);
    EXPECT_EQ(six.version->str(), "1.0");
    EXPECT_EQ(six.marker->str(), "\"default\" in dependency_groups");
    EXPECT_EQ(six.index, "https://pypi.org/simple");
    ASSERT_EQ(six.dependencies.size(), 2u);
    EXPECT_EQ(lock.find(six.dependencies[0]), std::vector<size_t>{1});
    EXPECT_EQ(lock.find(six.dependencies[1]), std::vector<size_t>{3});
    EXPECT_EQ(six.sdist->name, "six-1.0.tar.gz");
    EXPECT_EQ(six.sdist->source.size_bytes, 12u);
    EXPECT_EQ(six.sdist->source.upload_time->microseconds, 1767261600000000);
    ASSERT_EQ(six.wheels.size(), 1u);
    EXPECT_EQ(six.wheels[0].name, "six-1.0-py3-none-any.whl");
    EXPECT_EQ(six.wheels[0].source.hashes[0], (Hash{"sha256", hash64}));
    EXPECT_EQ(six.attestation_identities[0].kind, "GitHub");
    EXPECT_EQ(six.attestation_identities[0].claims[1],
              (std::pair<std::string, std::string>("claims", "{ x = 1 }")));
    EXPECT_EQ(six.tool.find("pdm")->lines, "# a comment\nx = 1\n");
    EXPECT_EQ(lock.packages[1].vcs->commit_id, "0123456789012345678901234567890123456789");
    EXPECT_TRUE(lock.packages[2].directory->editable);
    EXPECT_EQ(lock.packages[3].archive->file_name(), "attrs+x.zip");
    EXPECT_EQ(lock.tool.find("pawl")->document(), "digest = \"x\"\n");
}

struct RuleCase {
    std::string text;
    std::string_view message; // a part of the error
};

void expect_refused(const std::vector<RuleCase>& cases, Rules rules) {
    for (const RuleCase& example : cases) {
        SCOPED_TRACE(example.text);
        auto result = read(example.text, rules);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().kind, Error::Kind::input);
        EXPECT_NE(result.error().message.find(example.message), std::string::npos)
            << result.error().message;
    }
}

TEST(Read, rules_of_the_standard_name_line_and_key) {
    const std::string good = "wheels = [" + wheel_text("six-1.0-py3-none-any.whl") + "]";
    const std::string head = "lock-version = \"1.0\"\ncreated-by = \"x\"\n";
    expect_refused(
        {
            {"", "line 1: lock-version: this key is required"},
            {"lock-version = 1.0", "line 1: lock-version: must be a string, not a float"},
            {"lock-version = \"1.0\"\npackages = []", "created-by: this key is required"},
            {head, "packages: this key is required"},
            {head + "packages = {}", "line 3: packages: must be an array, not a table"},
            {head + "packages = [1]", "line 3: packages[0]: must be a table, not an integer"},
            {head + "packages = []\nextras = [\"A_b\"]",
             "line 4: extras[0]: \"A_b\" is not a norm"},
            {head + "packages = []\nenvironments = [\"x\"]", "line 4: environments[0]: "},
            {head + "packages = []\nrequires-python = \"3\"", "line 4: requires-python: "},
            {head + "[[packages]]", "line 3: packages[0].name: this key is required"},
            {head + "[[packages]]\nname = \"A\"",
             "line 4: packages[0].name (A): \"A\" is not a norm"},
            {lock_with("version = \"x\"\n" + good), "line 6: packages[0].version (six): "},
            {lock_with(""), "packages[0] (six): there is no source"},
            {lock_with(good + "\ndirectory = {path = \"x\"}"), "must not stand beside"},
            {lock_with("directory = {path = \"x\"}\nvcs = {type = \"git\", url = \"https://x/y\", "
                       "commit-id = \"x\"}"),
             "only one of vcs, directory and archive"},
            {lock_with("vcs = {type = \"git\", url = \"https://x/y\"}"),
             "line 6: packages[0].vcs.commit-id (six): this key is required"},
            {lock_with("vcs = {type = \"git\", commit-id = \"x\"}"),
             "line 6: packages[0].vcs (six): url or path is required"},
            {lock_with("wheels = [{url = \"https://x/six-1.0-py3-none-any.whl\"}]"),
             "line 6: packages[0].wheels[0].hashes (six): this key is required"},
            {lock_with("wheels = [{url = \"https://x/six-1.0-py3-none-any.whl\", hashes = {}}]"),
             "at least one hash is required"},
            {lock_with("wheels = [{hashes = {sha256 = \"a\"}}]"), "url or path is required"},
            {lock_with("wheels = [" + wheel_text("six-1.0-py3-none-any.whl", ", size = true") +
                       "]"),
             "wheels[0].size (six): must be an integer, not a boolean"},
            {lock_with("wheels = [" +
                       wheel_text("six-1.0-py3-none-any.whl", ", upload-time = 2026-01-01") + "]"),
             "wheels[0].upload-time (six): must have a date and a time"},
            {lock_with("wheels = [" +
                       wheel_text("six-1.0-py3-none-any.whl", ", upload-time = \"2026\"") + "]"),
             "must be a datetime (without quotes), not a string"},
            {lock_with("wheels = [" + wheel_text("seven-1.0-py3-none-any.whl") + "]"),
             "is a file of seven, not of six"},
            {lock_with("version = \"2.0\"\n" + good), "has version 1.0, not 2.0"},
            {lock_with("wheels = [" + wheel_text("six.whl") + "]"), "packages[0].wheels[0] (six)"},
            {lock_with("sdist = " + wheel_text("six-1.0.rar")), "packages[0].sdist (six)"},
            {lock_with("sdist = " + wheel_text("")), "the sdist has no file name"},
            {lock_with(good + "\nattestation-identities = [{}]"),
             "packages[0].attestation-identities[0].kind (six): this key is required"},
            {lock_with(good + "\ntool = 1"), "packages[0].tool (six): must be a table"},
        },
        Rules::standard);
}

TEST(Read, strict_rules) {
    auto wheel_with = [](std::string_view hashes, std::string_view name = "") {
        return lock_with("wheels = [{ url = \"https://x.org/six-1.0-py3-none-any.whl\"" +
                         std::string(name) + ", hashes = { " + std::string(hashes) + " } }]");
    };
    auto git_with = [](std::string_view url, std::string_view commit, std::string_view more = "") {
        return lock_with("vcs = { type = \"git\", url = \"" + std::string(url) +
                         "\", commit-id = \"" + std::string(commit) + "\"" + std::string(more) +
                         " }");
    };
    const std::string commit(40, 'a');
    const std::string good = "sha256 = \"" + hash64 + "\"";
    expect_refused(
        {
            {wheel_with("md5 = \"0123456789abcdef0123456789abcdef\""), "its only hash is an md5"},
            {wheel_with("other = \"01\""), "none of its hashes can be relied upon"},
            {wheel_with("sha999 = \"ab\""), "can be relied upon"},
            {wheel_with("sha256 = \"ab\""), "must have 64 hexadecimal digits"},
            {wheel_with("sha256 = \"" + std::string(64, 'g') + "\""), "must have 64 hexadecimal"},
            {wheel_with(good + ", sha1 = \"ab\""), "the sha1 hash must have 40"},
            {wheel_with(good + ", SHA256 = \"" + hash64 + "\""), "sha256 is given twice"},
            {lock_with("wheels = [" + wheel_text("six-1.0-py3-none-any.whl", ", size = -1") + "]"),
             "packages[0].wheels[0].size: must not be negative"},
            {lock_with("sdist = { name = \"six-1.0.tar.gz\", url = "
                       "\"https://x.org/six-2.0.tar.gz\", hashes = { " +
                       good + " } }"),
             "is named \"six-1.0.tar.gz\" but lies at \"six-2.0.tar.gz\""},
            {git_with("https://x.org/y", "main"), "commit-id must be a full commit hash"},
            {git_with("https://x.org/y", "--upload-pack=x"),
             "commit-id must be a full commit hash"},
            {git_with("https://x.org/y", std::string(39, 'a')), "commit-id must be a full commit"},
            {git_with("ext::sh -c touch%20x", commit), "url must be an address"},
            {git_with("ext::sh@x:y", commit), "transport that is not allowed"},
            {git_with("--upload-pack=x", commit), "url must be an address"},
            {git_with("javascript://x.org/y", commit), "transport that is not allowed"},
            {git_with("https://x.org/y", commit, ", requested-revision = \"-x\""),
             "must not look like an option"},
            {lock_with("vcs = { type = \"cvs\", url = \"https://x.org/y\", commit-id = \"1\" }"),
             "the type must be git, hg, bzr or svn"},
            {lock_with("vcs = { type = \"svn\", url = \"https://x.org/y\", commit-id = \"HEAD\" }"),
             "must be a revision number"},
            {lock_with("wheels = [" + wheel_text("six-1.0-py3-none-any.whl") +
                       "]\n[[packages]]\nname = \"six\"\nsdist = " + wheel_text("six-2.0.zip")),
             "line 7: packages[1] (six): there are two entries of this name"},
            {"lock-version = \"2.0\"\nanything = 1", "lock-version 2.0 is not supported"},
        },
        Rules::strict);
    for (const std::string& text :
         {wheel_with(good + ", sha999 = \"ab\""), git_with("git@x.org:a/b.git", commit),
          git_with("ssh://git@x.org/b.git", std::string(64, 'b')),
          git_with("git+https://x.org/b.git", commit),
          wheel_with("sha512 = \"" + hash64 + hash64 + "\"")}) {
        read_good(text);
    }
}

TEST(Read, harmless_oddities_are_warnings) {
    const std::string text =
        "lock-version = \"1.3\"\ncreated-by = \"x\"\nnews = 1\nenvironments = []\n"
        "default-groups = [\"ghost\"]\n\n"
        "[[packages]]\nname = \"six\"\nversion = \"1.0\"\nindex = "
        "\"https://u:s3cret@x.org/simple\"\n"
        "dependencies = [{name = \"nowhere\"}, {}]\n"
        "wheels = [" +
        wheel_text("six-1.0-py3-none-any.whl",
                   ", upload-time = 2026-01-01T01:00:00+01:00, zstd = 1") +
        "]\n\n[[packages]]\nname = \"tree\"\nversion = \"1\"\ndirectory = {path = \".\"}\n";
    auto result = read(text);
    ASSERT_TRUE(result) << result.error().message;
    const std::vector<std::string> expected = {
        "line 4: an empty \"environments\" is taken as no limit; some tools take it as none",
        "line 11: packages[0]: a dependency without a valid name was ignored",
        "line 10: packages[0]: index holds a user name or a password, which was left out",
        "line 12: packages[0].wheels[0]: upload-time should be in UTC, with a Z at its end",
        "line 12: packages[0].wheels[0]: the key \"zstd\" is not known and was ignored",
        "line 3: the key \"news\" is not known and was ignored",
        "line 1: lock-version 1.3 is newer than 1.0; what it adds was ignored",
        "line 5: default-groups: \"ghost\" is named by no marker",
        "line 11: packages[0].dependencies (six): no entry is nowhere (dependency 0)",
        "line 16: packages[1].version (tree): the specification forbids a version for a directory",
    };
    EXPECT_EQ(result->warnings, expected);
    EXPECT_EQ(result->lock.packages[0].index, "https://x.org/simple");
    EXPECT_EQ(result->lock.packages[0].wheels[0].source.upload_time->microseconds,
              1767225600000000);
}

TEST(Validate, lists_all_findings_in_order_of_line) {
    const std::string text =
        lock_with("wheels = [{ url = \"https://x.org/six-1.0-py3-none-any.whl\", "
                  "hashes = { md5 = \"x\" } }]\nnews = 1");
    std::vector<std::string> messages;
    for (const Problem& problem : validate(text)) {
        messages.push_back(std::to_string(problem.line) + " " + problem.where);
    }
    EXPECT_EQ(messages, (std::vector<std::string>{"6 packages[0].wheels[0]",
                                                  "6 packages[0].wheels[0]", "7 packages[0]"}));
    EXPECT_EQ(validate("x = ").at(0).where, "toml");
    EXPECT_TRUE(validate("lock-version = \"3\"\ncreated-by = \"x\"\npackages = []", Rules::standard)
                    .at(0)
                    .unsupported_version);
}

TEST(Read, hostile_text_is_not_printed_raw) {
    auto result = read(lock_with("version = \"\\u001b]0;x\\u0007\"\ndirectory = {path = \".\"}"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message.find('\x1b'), std::string::npos) << result.error().message;
}

TEST(FileName, of_locks) {
    EXPECT_EQ(lock_name_of("pylock.toml"), "");
    EXPECT_EQ(lock_name_of("pylock.dev.toml"), "dev");
    EXPECT_EQ(lock_name_of("pylock.DEV-1.toml"), "DEV-1");
    for (std::string_view name :
         {"pylock..toml", "pylock.a.b.toml", "Pylock.toml", "pylock.toml.x", "pylocktoml",
          "pylock.atoml", "", "toml", "x/pylock.toml", "pylock.a/b.toml", "pylock."}) {
        SCOPED_TRACE(name);
        EXPECT_FALSE(is_lock_file_name(name));
    }
}

} // namespace
} // namespace pawl::lock
