#include "archive/sdist.h"

#include <gtest/gtest.h>

#include "archive/tar_forge_test.h"
#include "archive/zip_writer.h"
#include "base/fs.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace pawl::archive {
namespace {

using forge::tar_end;
using forge::tar_member;
using forge::TarMember;

class SdistTest : public testing::Test {
  protected:
    SdistTest() : directory(*fs::TemporaryDirectory::create("/tmp", "sdist-")) {}

    static std::string sdist(std::initializer_list<TarMember> members) {
        std::string bytes;
        for (const TarMember& m : members) {
            bytes += tar_member(m);
        }
        return forge::gzip(bytes + tar_end());
    }
    Result<std::string> unpack(std::string_view bytes, std::string_view name = "p-1.0.tar.gz") {
        return unpack_sdist(bytes, name, directory.path());
    }
    std::string content(const std::string& path) {
        return fs::read(directory.path() + "/" + path).value_or("not there");
    }

    fs::TemporaryDirectory directory;
};

TarMember member(std::string name, std::string content) {
    TarMember m;
    m.name = std::move(name);
    m.content = std::move(content);
    return m;
}

TarMember link(char type, std::string name, std::string target) {
    TarMember m = member(std::move(name), "");
    m.type = type;
    m.link = std::move(target);
    return m;
}

TEST_F(SdistTest, files_arrive_with_our_modes) {
    TarMember program = member("p-1.0/run", "#!");
    program.mode = "0006777";
    TarMember unreadable = member("p-1.0/src/p.py", "1");
    unreadable.mode = "0000000";
    Result<std::string> top = unpack(sdist({program, unreadable}));
    ASSERT_TRUE(top) << top.error().message;
    EXPECT_EQ(*top, "p-1.0");
    EXPECT_EQ((*fs::stat(directory.path() + "/p-1.0/run"))->mode, 0755U);
    EXPECT_EQ((*fs::stat(directory.path() + "/p-1.0/src/p.py"))->mode, 0644U);
    EXPECT_EQ(content("p-1.0/src/p.py"), "1");
}

TEST_F(SdistTest, zips_are_sdists_too) {
    ZipWriter writer;
    ASSERT_TRUE(writer.add("p-1.0/PKG-INFO", "Name: p\n"));
    ASSERT_TRUE(writer.add("p-1.0/bin/run", "#!", {.is_executable = true}));
    std::string bytes = writer.finish();
    EXPECT_EQ(*read_pkg_info(bytes, "p-1.0.zip"), "Name: p\n");
    EXPECT_EQ(*unpack(bytes, "p-1.0.zip"), "p-1.0");
    EXPECT_EQ(content("p-1.0/bin/run"), "#!");
    EXPECT_FALSE(unpack(bytes, "p-1.0.tar.gz"));
    EXPECT_FALSE(unpack(bytes, "p-1.0.tar.bz2"));
}

TEST_F(SdistTest, links_to_files_inside_become_copies) {
    Result<std::string> top =
        unpack(sdist({link('2', "p/a/first", "../b/file"), member("p/b/file", "text"),
                      link('1', "p/hard", "p/b/file"), link('2', "p/b/beside", "file")}));
    ASSERT_TRUE(top) << top.error().message;
    for (const char* path : {"p/a/first", "p/hard", "p/b/beside"}) {
        EXPECT_EQ(content(path), "text") << path;
        EXPECT_EQ((*fs::lstat(directory.path() + "/" + path))->type, fs::FileStat::Type::file);
    }
}

TEST_F(SdistTest, links_to_nothing_are_left_out) {
    auto top = unpack(sdist({link('2', "p/.hgignore", ".dotfiles/mercurial/.hgignore"),
                             link('2', "p/d/l", "../missing"), member("p/file", "text")}));
    ASSERT_TRUE(top) << top.error().message;
    EXPECT_FALSE(fs::exists(directory.path() + "/p/.hgignore"));
    EXPECT_FALSE(fs::exists(directory.path() + "/p/d/l"));
    EXPECT_EQ(content("p/file"), "text");
}

TEST_F(SdistTest, all_other_links_are_refused_before_anything_is_written) {
    struct {
        const char* what;
        TarMember bad;
    } cases[] = {
        {"absolute", link('2', "p/l", "/etc/passwd")},
        {"out of the sdist", link('2', "p/l", "../../x")},
        {"out and in again", link('2', "p/l", "../../p/file")},
        {"the directory at the top", link('2', "p/l", "..")},
        {"a directory", link('2', "p/l", "d")},
        {"through a file", link('2', "p/l", "file/x")},
        {"through another link", link('2', "p/l", "good/x")},
        {"hard, nothing", link('1', "p/l", "p/missing")},
        {"itself", link('2', "p/l", "l")},
        {"another link", link('2', "p/l", "good")},
        {"no target", link('2', "p/l", "")},
        {"hard, outside", link('1', "p/l", "/etc/passwd")},
        {"hard, climbing", link('1', "p/l", "p/../p/file")},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.what);
        Result<std::string> top = unpack(sdist(
            {member("p/file", "x"), member("p/d/f", "y"), link('2', "p/good", "file"), c.bad}));
        ASSERT_FALSE(top);
        EXPECT_EQ(top.error().kind, Error::Kind::refused);
        EXPECT_FALSE(fs::exists(directory.path() + "/p"));
    }
}

TEST_F(SdistTest, everything_lies_in_one_directory) {
    EXPECT_FALSE(unpack(sdist({member("setup.py", "")})));
    EXPECT_FALSE(unpack(sdist({member("p/a", ""), member("q/a", "")})));
    EXPECT_FALSE(unpack(sdist({member("p/a", ""), member("loose", "")})));
    EXPECT_FALSE(unpack(sdist({})));
}

TEST_F(SdistTest, pkg_info_is_read_without_unpacking) {
    std::string bytes = sdist({member("p/a", ""), member("p/PKG-INFO", "Name: p\n")});
    EXPECT_EQ(*read_pkg_info(bytes, "p-1.0.tar.gz"), "Name: p\n");
    EXPECT_FALSE(read_pkg_info(bytes, "p-1.0.tar.gz", 4));
    Result<std::string> none = read_pkg_info(sdist({member("p/a", "")}), "p-1.0.tar.gz");
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, Error::Kind::input);
    EXPECT_FALSE(read_pkg_info(sdist({link('2', "p/PKG-INFO", "/etc/passwd")}), "p-1.tar.gz"));
}

TEST_F(SdistTest, copies_of_links_count_against_the_budget) {
    std::string bytes = sdist({member("p/big", std::string(600, 'x')), link('2', "p/1", "big"),
                               link('2', "p/2", "big"), link('2', "p/3", "big")});
    EXPECT_FALSE(unpack_sdist(bytes, "p-1.tar.gz", directory.path(),
                              {.ratio_max = 8, .ratio_free_bytes = 2'000}));
}

/// What shows only when the sdist is built, or when its name is known.
bool is_decided_later(std::string_view id) {
    return id == "S19" || id == "S20" || id == "S21" || id.front() == 'T';
}

/// The text of a member of one case of the manifest, which has one line for each.
std::string value_of(std::string_view row, std::string_view key) {
    std::string begin = "\"" + std::string(key) + "\": \"";
    size_t at = row.find(begin);
    if (at == std::string_view::npos) {
        return "";
    }
    row.remove_prefix(at + begin.size());
    return std::string(row.substr(0, row.find('"')));
}

TEST_F(SdistTest, every_known_evil_sdist_is_judged_as_its_manifest_says) {
    std::optional<std::string> named = environment_variable("PAWL_SHARED");
    std::string evil = (named ? *named : fs::join(PAWL_SOURCE_DIR, "../shared")) + "/evil";
    if (!fs::exists(evil + "/manifest.json")) {
        GTEST_SKIP() << "THE EVIL SDISTS ARE NOT THERE (" << evil << "); set PAWL_SHARED";
    }
    std::string manifest = *fs::read(evil + "/manifest.json");
    size_t judged = 0;
    for (std::string_view row : split(manifest, '{')) { // no case has an object inside
        std::string id = value_of(row, "id");
        if (value_of(row, "kind") != "sdist" || is_decided_later(id)) {
            continue;
        }
        SCOPED_TRACE(id + ": " + value_of(row, "does"));
        std::string file = value_of(row, "file");
        std::string bytes = *fs::read(evil + "/cases/" + file);
        std::string place = directory.path() + "/" + id;
        ASSERT_TRUE(fs::make_directories(place));
        Result<std::string> top = unpack_sdist(bytes, fs::base_name(file), place);
        EXPECT_EQ(top.has_value(), value_of(row, "must") == "install")
            << (top ? "accepted" : top.error().message);
        ++judged;
    }
    EXPECT_GT(judged, 25U);
}

} // namespace
} // namespace pawl::archive
