#include "script/place.h"

#include <gtest/gtest.h>

#include "base/fs.h"

namespace pawl::script {
namespace {

TEST(Place, is_named_after_the_script) {
    EXPECT_EQ(lock_path_beside("report.py"), "pylock.report.toml");
    EXPECT_EQ(lock_path_beside("/a/b/report.py"), "/a/b/pylock.report.toml");
    EXPECT_EQ(lock_path_beside("./x"), "./pylock.x.toml");
    EXPECT_EQ(lock_path_beside("my.report.py"), "pylock.my-report.toml"); // PEP 751: no dots
    EXPECT_EQ(lock_path_workspace("f/a/job.py"), "f/a/job.lock");
}

class PlaceFiles : public testing::Test {
  protected:
    void SetUp() override {
        auto folder = fs::TemporaryDirectory::create(testing::TempDir(), "place");
        ASSERT_TRUE(folder) << folder.error().message;
        folder_.emplace(std::move(*folder));
    }
    std::string path(std::string_view name) const { return fs::join(folder_->path(), name); }
    void write(std::string_view name) const { ASSERT_TRUE(fs::write_new(path(name), "x")); }

    std::optional<fs::TemporaryDirectory> folder_;
    const std::string embedded_ = "x = 1\n\n# /// pylock\n# a = 1\n# ///\n";
};

TEST_F(PlaceFiles, finds_the_one_lock_that_is_there) {
    const std::string script = path("s.py");
    EXPECT_EQ(find_lock(script, "x = 1\n")->kind, LockPlace::Kind::none);
    EXPECT_EQ(find_lock(script, embedded_)->kind, LockPlace::Kind::embedded);
    EXPECT_EQ(find_lock("", embedded_)->kind, LockPlace::Kind::embedded);
    write("s.lock");
    EXPECT_EQ(find_lock(script, "x = 1\n")->kind, LockPlace::Kind::none); // no workspace
    write("s.yaml");
    const auto workspace = find_lock(script, "x = 1\n");
    EXPECT_EQ(workspace->kind, LockPlace::Kind::workspace);
    EXPECT_EQ(workspace->path, path("s.lock"));
}

TEST_F(PlaceFiles, two_locks_are_an_error_that_names_both) {
    write("pylock.s.toml");
    EXPECT_EQ(find_lock(path("s.py"), "x = 1\n")->kind, LockPlace::Kind::beside);
    const auto both = find_lock(path("s.py"), embedded_);
    ASSERT_FALSE(both);
    EXPECT_EQ(both.error().kind, Error::Kind::input);
    EXPECT_NE(both.error().message.find("embedded in " + path("s.py")), std::string::npos);
    EXPECT_NE(both.error().message.find(path("pylock.s.toml")), std::string::npos);
}

TEST_F(PlaceFiles, a_variant_has_its_own_and_no_other) {
    EXPECT_EQ(lock_path_beside("d/my.script.py", "cuda12"), "d/pylock.my-script-cuda12.toml");
    write("pylock.s.toml");
    EXPECT_EQ(find_lock(path("s.py"), "x = 1\n", "cpu")->kind, LockPlace::Kind::none);
    write("pylock.s-cpu.toml");
    EXPECT_EQ(find_lock(path("s.py"), "x = 1\n", "cpu")->path, path("pylock.s-cpu.toml"));
    const auto both = find_lock(path("s.py"), embedded_, "cpu");
    ASSERT_FALSE(both);
    EXPECT_NE(both.error().message.find("has variants"), std::string::npos);
}

TEST_F(PlaceFiles, a_damaged_block_is_told) {
    EXPECT_FALSE(find_lock(path("s.py"), "# /// pylock\n# a = 1\n"));
}

} // namespace
} // namespace pawl::script
