#include "wheel/layout.h"

#include <gtest/gtest.h>

namespace pawl::wheel {
namespace {

std::vector<archive::ZipEntry> entries_of(std::initializer_list<std::string_view> paths) {
    std::vector<archive::ZipEntry> entries;
    for (std::string_view path : paths) {
        archive::ZipEntry entry;
        entry.is_directory = path.ends_with('/');
        entry.path = path.substr(0, path.size() - (entry.is_directory ? 1 : 0));
        entries.push_back(std::move(entry));
    }
    return entries;
}

TEST(Layout, every_file_of_data_has_a_place_below_a_scheme) {
    auto name = pep::WheelName::parse("tiny-1.0-py3-none-any.whl");
    ASSERT_TRUE(name);
    auto fine = entries_of({"tiny-1.0.dist-info/METADATA", "tiny-1.0.data/",
                            "tiny-1.0.data/scripts/", "tiny-1.0.data/scripts/run"});
    auto layout = find_layout(fine, *name);
    ASSERT_TRUE(layout) << layout.error().message;
    EXPECT_EQ(layout->place(fine[3].path).path, "run");
    for (std::string_view bad : {"tiny-1.0.data", "tiny-1.0.data/scripts", "tiny-1.0.data/odd/x"}) {
        auto entries = entries_of({"tiny-1.0.dist-info/METADATA", "tiny-1.0.data/data/x", bad});
        auto refused = find_layout(entries, *name);
        ASSERT_FALSE(refused) << bad;
        EXPECT_EQ(refused.error().kind, Error::Kind::refused) << refused.error().message;
    }
}

TEST(Layout, nothing_lies_below_what_the_installer_writes) {
    auto name = pep::WheelName::parse("tiny-1.0-py3-none-any.whl");
    ASSERT_TRUE(name);
    for (std::string_view file : {"INSTALLER", "record", "REQUESTED", "direct_url.json"}) {
        std::string bad = "tiny-1.0.dist-info/" + std::string(file) + "/x";
        auto refused = find_layout(entries_of({"tiny-1.0.dist-info/METADATA", bad}), *name);
        ASSERT_FALSE(refused) << bad;
        EXPECT_EQ(refused.error().kind, Error::Kind::refused);
    }
    auto fine = entries_of({"tiny-1.0.dist-info/RECORD", "tiny-1.0.dist-info/licenses/RECORD/x"});
    EXPECT_TRUE(find_layout(fine, *name));
}

} // namespace
} // namespace pawl::wheel
