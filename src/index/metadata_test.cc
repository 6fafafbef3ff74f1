#include "index/metadata.h"

#include <random>

#include <gtest/gtest.h>

namespace pawl::index {
namespace {

constexpr const char* text = "Metadata-Version: 2.5\n"
                             "Name: Foo.Bar\n"
                             "Version: 01.0\n"
                             "Requires-Python: >=3.8, <4\n"
                             "Provides-Extra: Speed_Up\n"
                             "Import-Name: foo.bar\n"
                             "Import-Namespace: foo\n"
                             "Requires-Dist: Baz_Qux [B,a] (>=1.0,<2)\n"
                             "Requires-Dist: fast; extra == 'Speed_Up' and os_name == 'nt'\n"
                             "Requires-Dist: either ; extra == 'a' or extra == 'b'\n"
                             "Requires-Dist: direct @ https://e.org/x.whl ; python_version<'3.9'\n"
                             "\nA description\n";

TEST(Metadata, stands_in_parts_and_in_normal_form) {
    auto record = encode_metadata(text);
    ASSERT_TRUE(record) << record.error().message;
    auto view = MetadataView::open(*record);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->name(), "foo-bar");
    EXPECT_EQ(view->version(), "1.0");
    EXPECT_EQ(view->metadata_version(), "2.5");
    EXPECT_EQ(view->requires_python(), "<4,>=3.8");
    ASSERT_EQ(view->extra_count(), 1u);
    EXPECT_EQ(view->extra(0), "speed-up");
    ASSERT_EQ(view->requirement_count(), 4u);
    auto first = view->requirement(0);
    EXPECT_EQ(first.name, "baz-qux");
    EXPECT_EQ(first.extras, "a,b");
    EXPECT_EQ(first.specifiers, "<2,>=1.0");
    EXPECT_EQ(first.marker, "");
    EXPECT_EQ(first.extra, "");
    EXPECT_EQ(view->requirement(1).extra, "speed-up");
    EXPECT_TRUE(view->requirement(1).marker.find("os_name == \"nt\"") != std::string_view::npos);
    EXPECT_EQ(view->requirement(2).extra, "") << "either of two will do";
    EXPECT_EQ(view->requirement(3).url, "https://e.org/x.whl");
    EXPECT_EQ(view->requirement(3).marker, "python_version < \"3.9\"");
    EXPECT_TRUE(view->has_import_names());
    EXPECT_EQ(view->import_names(), "foo.bar");
    EXPECT_EQ(view->import_namespaces(), "foo");
}

TEST(Metadata, must_be_readable_where_it_counts) {
    EXPECT_FALSE(encode_metadata(""));
    EXPECT_FALSE(encode_metadata("Metadata-Version: 2.1\nName: a\n"));
    EXPECT_FALSE(encode_metadata("Metadata-Version: 2.1\nName: a\nVersion: x y\n"));
    EXPECT_FALSE(encode_metadata("Metadata-Version: 2.1\nName: a\nVersion: 1\n"
                                 "Requires-Dist: !!\n"));
}

TEST(Metadata, of_an_sdist_counts_only_when_it_is_a_promise) {
    struct Case {
        const char* text;
        bool is_static;
    };
    const Case cases[] = {
        {"Metadata-Version: 2.2\nName: a\nVersion: 1\n", true},
        {"Metadata-Version: 2.4\nName: a\nVersion: 1\nDynamic: License\n", true},
        {"Metadata-Version: 2.10\nName: a\nVersion: 1\n", true},
        {"Metadata-Version: 2.1\nName: a\nVersion: 1\n", false},
        {"Metadata-Version: 1.2\nName: a\nVersion: 1\n", false},
        {"Metadata-Version: 2.2\nName: a\nVersion: 1\nDynamic: Requires-Dist\n", false},
        {"Metadata-Version: 2.2\nName: a\nVersion: 1\nDynamic: requires-python\n", false},
        {"Metadata-Version: 2.2\nName: a\nVersion: 1\nDynamic: Provides-Extra\n", false},
        {"Name: a\nVersion: 1\n", false},
        {"Metadata-Version: x\nName: a\nVersion: 1\n", false},
        {"", false},
    };
    for (const Case& one : cases) {
        EXPECT_EQ(is_metadata_static(one.text), one.is_static) << one.text;
    }
}

TEST(Metadata, is_safe_when_its_record_is_damaged) {
    std::string whole = *encode_metadata(text);
    std::mt19937 random(20261120);
    for (int round = 0; round < 20'000; ++round) {
        std::string record = whole;
        for (int k = 0; k < 3; ++k) {
            record[random() % record.size()] = static_cast<char>(random());
        }
        if (round % 3 == 0) {
            record.resize(random() % record.size());
        }
        auto view = MetadataView::open(record);
        for (uint32_t row = 0; view && row < view->requirement_count(); ++row) {
            view->requirement(row);
        }
        for (uint32_t row = 0; view && row < view->extra_count(); ++row) {
            view->extra(row);
        }
    }
}

} // namespace
} // namespace pawl::index
