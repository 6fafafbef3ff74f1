#include "index/page_builder.h"

#include <random>

#include <gtest/gtest.h>

#include "index/html_page.h"

namespace pawl::index {
namespace {

PageBuilder builder_for(std::string_view project,
                        const char* url = "https://index.example/simple/p/") {
    return {pep::Name::of(project), *Url::parse(url)};
}

/// What a page with one entry comes to: "version file-name tags|build", or "" when it was skipped.
std::string one(std::string_view project, std::string_view file_name) {
    PageBuilder builder = builder_for(project);
    PageEntry entry;
    entry.file_name = file_name;
    entry.url = "https://files.example/x";
    builder.add(entry);
    std::string record = builder.finish();
    auto files = ProjectFiles::open(record);
    EXPECT_TRUE(files);
    if (!files || files->file_count() == 0) {
        return "";
    }
    FileView file = files->file(0);
    return std::string(files->version(file.version).text) + " " + std::string(file.tags) + "|" +
           std::string(file.build);
}

TEST(PageBuilder, takes_the_files_of_its_project_only) {
    struct Case {
        const char* project;
        const char* file_name;
        const char* expected;
    };
    const Case cases[] = {
        {"foo", "foo-1.0-py3-none-any.whl", "1.0 py3-none-any|"},
        {"foo", "Foo-1.0-1build-py3-none-any.whl", "1.0 py3-none-any|1build"},
        {"foo-bar", "foo_bar-01.0-cp312-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
         "1.0 cp312-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64|"},
        {"foo-bar", "Foo.Bar-1.0-py3-none-any.whl", "1.0 py3-none-any|"},
        {"foo-bar", "foo__bar-1.0-py3-none-any.whl", "1.0 py3-none-any|"},
        {"foo", "foo-1!2.0rc1.post2+ubuntu.1-py3-none-any.whl",
         "1!2.0rc1.post2+ubuntu.1 py3-none-any|"},
        {"foo", "foo-1.0.tar.gz", "1.0 |"},
        {"foo", "foo-1.0.zip", "1.0 |"},
        {"foo-bar", "foo-bar-1.0.tar.gz", "1.0 |"},
        {"foo", "foo-bar-1.0.tar.gz", ""},
        {"foo", "foobar-1.0.tar.gz", ""},
        {"foo", "bar-1.0-py3-none-any.whl", ""},
        {"foo", "foo-1.0-x-py3-none-any.whl", ""},
        {"foo", "foo-1.0-py3-none.whl", ""},
        {"foo", "foo-1.0--none-any.whl", ""},
        {"foo", "foo-latest-py3-none-any.whl", ""},
        {"foo", "foo-1.0-py3-none-any.whl.asc", ""},
        {"foo", "foo-1.0.exe", ""},
        {"foo", "foo-1.0.tar.bz2", ""},
        {"foo", "", ""},
        {"foo", ".whl", ""},
        {"foo", "-.whl", ""},
        {"foo", "../foo-1.0-py3-none-any.whl", ""},
        {"foo", "a\\foo-1.0.tar.gz", ""},
        {"foo", "foo-1.0\n.tar.gz", ""},
        {"foo", "c:foo-1.0.tar.gz", ""},
    };
    for (const Case& one_case : cases) {
        SCOPED_TRACE(one_case.file_name);
        EXPECT_EQ(one(one_case.project, one_case.file_name), one_case.expected);
    }
    EXPECT_EQ(one("foo", "foo-" + std::string(300, '1') + ".tar.gz"), "");
}

TEST(PageBuilder, makes_one_row_of_spellings_of_one_version) {
    PageBuilder builder = builder_for("foo");
    for (const char* name : {"foo-1.10.tar.gz", "foo-1.0.0-py3-none-any.whl", "foo-1.0.tar.gz",
                             "foo-1.2-py3-none-any.whl", "foo-1.0rc1.tar.gz"}) {
        PageEntry entry;
        entry.file_name = name;
        entry.url = name;
        entry.yanked = std::string_view(name).find("1.0r") != std::string_view::npos
                           ? std::optional<std::string_view>("")
                           : std::nullopt;
        builder.add(entry);
    }
    std::string record = builder.finish();
    auto files = ProjectFiles::open(record);
    ASSERT_EQ(files->version_count(), 4u);
    EXPECT_EQ(files->version(0).text, "1.0rc1");
    EXPECT_TRUE(files->version(0).is_yanked && files->version(0).is_prerelease);
    EXPECT_EQ(files->version(1).file_count, 2u);
    EXPECT_TRUE(files->version(1).has_wheel && files->version(1).has_sdist);
    EXPECT_FALSE(files->version(1).is_yanked);
    EXPECT_EQ(files->version(2).text, "1.2");
    EXPECT_EQ(files->version(3).text, "1.10");
    EXPECT_EQ(files->file(files->version(1).file_first).kind, FileKind::wheel);
}

TEST(PageBuilder, joins_the_digests_of_a_file_that_is_listed_twice) {
    PageBuilder builder = builder_for("foo");
    for (const char* digest : {"sha256=00", "sha256=00", "sha256=11"}) {
        PageEntry entry;
        entry.file_name = "foo-1-py3-none-any.whl";
        entry.url = "x";
        entry.hashes = {digest};
        builder.add(entry);
    }
    std::string record = builder.finish();
    auto files = ProjectFiles::open(record);
    ASSERT_EQ(files->file_count(), 1u);
    EXPECT_EQ(files->distribution(0).hashes.size(), 2u) << "no file can have both";
}

TEST(PageBuilder, reads_digests_out_of_fragments) {
    struct Case {
        const char* url;
        const char* hashes;
    };
    const std::string hex(64, 'A');
    const std::string upper = "x#sha256=" + hex;
    const std::string lower = "sha256=" + std::string(64, 'a');
    const Case cases[] = {
        {upper.c_str(), lower.c_str()},
        {"x#md5=00&sha256=11", "md5=00 sha256=11"},
        {"x#sha256=00&sha256=11", "sha256=00 sha256=11"},
        {"x#sha256=nothex", "sha256=nothex"},
        {"x#egg=foo&subdirectory=y", ""},
        {"x#", ""},
        {"x", ""},
    };
    for (const Case& one_case : cases) {
        SCOPED_TRACE(one_case.url);
        PageBuilder builder = builder_for("foo");
        PageEntry entry;
        entry.file_name = "foo-1-py3-none-any.whl";
        entry.url = one_case.url;
        builder.add(entry);
        std::string record = builder.finish();
        EXPECT_EQ(ProjectFiles::open(record)->file(0).hashes, one_case.hashes);
        EXPECT_EQ(ProjectFiles::open(record)->file(0).url, "https://index.example/simple/p/x");
    }
}

TEST(PageBuilder, never_leads_from_the_network_to_this_machine) {
    for (const char* url : {"file:///x/foo-1-py3-none-any.whl", "javascript:x", "data:,x",
                            "ftp://x/foo-1-py3-none-any.whl", "ssh://x/y", "//[broken/x"}) {
        SCOPED_TRACE(url);
        PageBuilder builder = builder_for("foo");
        PageEntry entry;
        entry.file_name = "foo-1-py3-none-any.whl";
        entry.url = url;
        builder.add(entry);
        EXPECT_EQ(builder.file_count(), 0u);
        EXPECT_EQ(builder.take_warnings().size(), 1u);
    }
    PageBuilder based = builder_for("foo");
    based.set_base("file:///etc/");
    PageEntry entry;
    entry.file_name = "foo-1-py3-none-any.whl";
    entry.url = "x";
    based.add(entry);
    std::string record = based.finish();
    EXPECT_EQ(ProjectFiles::open(record)->file(0).url, "https://index.example/simple/p/x");
    PageBuilder local = builder_for("foo", "file:///srv/index/foo/");
    local.add(entry);
    record = local.finish();
    EXPECT_EQ(ProjectFiles::open(record)->file(0).url, "file:///srv/index/foo/x");
}

TEST(PageBuilder, drops_credentials_of_links) {
    PageBuilder builder = builder_for("foo", "https://me:secret@index.example/simple/foo/");
    PageEntry entry;
    entry.file_name = "foo-1-py3-none-any.whl";
    for (const char* url : {"x", "https://you:secret@index.example/x"}) {
        entry.url = url;
        builder.add(entry);
    }
    EXPECT_EQ(builder.finish().find("secret"), std::string::npos);
}

TEST(ProjectFiles, chooses_the_cheapest_file_for_metadata) {
    text::HtmlPage page = text::parse_html(
        "<a href='foo-1.tar.gz'>1</a><a href='foo-1-cp312-cp312-linux_x86_64.whl'>1</a>"
        "<a href='foo-2.tar.gz' data-core-metadata=true>2</a>"
        "<a href='foo-3-py3-none-any.whl'>3</a>"
        "<a href='foo-3-cp312-cp312-linux_x86_64.whl' data-core-metadata='true'>3</a>"
        "<a href='foo-4-cp312-cp312-linux_x86_64.whl'>4</a><a href='foo-4-py3-none-any.whl'>4</a>");
    PageBuilder builder = builder_for("foo");
    ASSERT_TRUE(read_html_page(page, builder));
    std::string record = builder.finish();
    auto files = ProjectFiles::open(record);
    const char* expected[] = {"foo-1-cp312-cp312-linux_x86_64.whl", "foo-2.tar.gz",
                              "foo-3-cp312-cp312-linux_x86_64.whl", "foo-4-py3-none-any.whl"};
    for (uint32_t row = 0; row < 4; ++row) {
        EXPECT_EQ(files->file(*files->metadata_file(row)).file_name, expected[row]);
    }
}

TEST(ProjectFiles, is_safe_with_damaged_records) {
    PageBuilder builder = builder_for("foo");
    for (const char* name : {"foo-1.tar.gz", "foo-1-py3-none-any.whl", "foo-2.tar.gz"}) {
        PageEntry entry;
        entry.file_name = name;
        entry.url = name;
        entry.requires_python = ">=3";
        builder.add(entry);
    }
    std::string whole = builder.finish();
    std::mt19937 random(20261120);
    for (int round = 0; round < 20'000; ++round) {
        std::string record = whole;
        for (int k = 0; k < 3; ++k) {
            record[random() % record.size()] = static_cast<char>(random());
        }
        if (round % 3 == 0) {
            record.resize(random() % record.size());
        }
        auto files = ProjectFiles::open(record);
        if (!files) {
            continue;
        }
        for (uint32_t row = 0; row < files->version_count(); ++row) {
            files->version(row);
            files->metadata_file(row);
        }
        for (uint32_t row = 0; row < files->file_count(); ++row) {
            files->distribution(row);
        }
    }
}

} // namespace
} // namespace pawl::index
