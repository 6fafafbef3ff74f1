#include "lock/sources.h"

#include <gtest/gtest.h>

#include "lock/test_support.h"

namespace pawl::lock {
namespace {

Package with_file(std::string url, std::string path) {
    Package package{.name = pep::Name::of("six")};
    package.wheels = {{.name = "six-1-py3-none-any.whl",
                       .source = {.url = std::move(url), .path = std::move(path)}}};
    return package;
}

Package with_directory(std::string path, std::string subdirectory = "") {
    Package package{.name = pep::Name::of("six")};
    package.directory = Directory{
        .path = std::move(path), .editable = false, .subdirectory = std::move(subdirectory)};
    return package;
}

Package with_repository(std::string url) {
    Package package{.name = pep::Name::of("six")};
    package.vcs = Vcs{.type = "git", .url = std::move(url)};
    return package;
}

/// "" when the package is fine.
std::string problem(const Package& package, const SourceRules& rules = {}) {
    auto result = check_sources(package, rules);
    if (result) {
        return "";
    }
    EXPECT_EQ(result.error().kind, Error::Kind::refused);
    return result.error().message;
}

TEST(Sources, addresses) {
    for (std::string_view url :
         {"https://pypi.org/six.whl", "http://127.0.0.1:8080/six.whl",
          "https://[2001:db8::1]/six.whl", "https://10.0.0.1/six.whl", "https://localhost/x",
          "https://1.2.3.4/x", "https://x.169.254.example/x"}) {
        SCOPED_TRACE(url);
        EXPECT_EQ(problem(with_file(std::string(url), "")), "");
    }
    for (std::string_view url :
         {"file:///etc/passwd", "ftp://x.org/a", "javascript:alert(1)", "six.whl", "//x.org/a",
          "https://u:p@x.org/a", "https://u@x.org/a", "http://169.254.169.254/latest",
          "http://[fe80::1]/", "http://[fd00:ec2::254]/", "http://2852039166/",
          "http://0xa9fea9fe/", "http://0251.0376.0251.0376/", "http://[::ffff:169.254.169.254]/",
          "https://x.org/a b"}) {
        SCOPED_TRACE(url);
        EXPECT_NE(problem(with_file(std::string(url), "")), "");
    }
    EXPECT_EQ(problem(with_file("file:///x/six.whl", ""), {.allow_file_urls = true}), "");
    for (std::string_view url :
         {"http://127.0.0.1/x", "http://10.1.2.3/x", "http://192.168.0.1/x", "http://172.20.0.1/x",
          "http://localhost/x", "http://[::1]/x", "http://100.64.0.1/x", "http://0.0.0.0/x"}) {
        SCOPED_TRACE(url);
        SourceRules rules;
        rules.allow_private_hosts = false;
        EXPECT_NE(problem(with_file(std::string(url), ""), rules), "");
    }
}

TEST(Sources, passwords_are_not_printed) {
    for (std::string_view url : {"https://u:s3cret@x.org/a", "https://u:s3cret@/a b", "s3cret"}) {
        EXPECT_EQ(problem(with_file(std::string(url), "")).find("s3cret"), std::string::npos);
        EXPECT_EQ(problem(with_repository(std::string(url))).find("s3cret"), std::string::npos);
    }
}

TEST(Sources, paths_of_files) {
    for (std::string_view path : {"six.whl", "a/b/six.tar.gz", "./a/../six.whl", "../six.whl",
                                  "../../files/six.zip", "a/blob"}) {
        SCOPED_TRACE(path);
        EXPECT_EQ(problem(with_file("", std::string(path))), "");
    }
    for (std::string_view path : {"/etc/passwd", "/x/six.whl", "../../etc/passwd", "a\\six.whl",
                                  "C:/six.whl", "~/six.whl", "a/../../passwd", "a\nb.whl"}) {
        SCOPED_TRACE(path);
        EXPECT_NE(problem(with_file("", std::string(path))), "");
    }
    SourceRules inside;
    inside.allow_files_above = false;
    EXPECT_NE(problem(with_file("", "../six.whl"), inside), "");
    EXPECT_EQ(problem(with_file("", "/x/six.whl"), {.allow_outside_paths = true}), "");
}

TEST(Sources, source_trees_stay_below_the_lock) {
    for (std::string_view path : {".", "lib", "./lib/x", "a/../b"}) {
        EXPECT_EQ(problem(with_directory(std::string(path))), "") << path;
    }
    for (std::string_view path : {"..", "../lib", "a/../../b", "/lib", "..\\lib"}) {
        EXPECT_NE(problem(with_directory(std::string(path))), "") << path;
    }
    EXPECT_EQ(problem(with_directory("../lib"), {.allow_outside_paths = true}), "");
    EXPECT_EQ(problem(with_directory(".", "../x"), {.allow_outside_paths = true}),
              "six: directory.subdirectory leads out of the source");
}

TEST(Sources, repositories) {
    for (std::string_view url : {"https://x.org/a.git", "git+https://x.org/a.git",
                                 "ssh://git@x.org/a.git", "git@x.org:a/b.git"}) {
        EXPECT_EQ(problem(with_repository(std::string(url))), "") << url;
    }
    for (std::string_view url : {"https://token@x.org/a.git", "ssh://u:p@x.org/a.git", "file:///x",
                                 "http://169.254.169.254/a.git"}) {
        EXPECT_NE(problem(with_repository(std::string(url))), "") << url;
    }
}

} // namespace
} // namespace pawl::lock
