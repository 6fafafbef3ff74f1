#include "pep/metadata.h"

#include <gtest/gtest.h>

#include "pep/metadata_validation.h"

namespace pawl::pep {
namespace {

using Texts = std::vector<std::string>;

TEST(RawMetadata, reads_headers_and_body) {
    auto raw = *RawMetadata::parse("Metadata-Version: 2.1\nName: foo\n"
                                   "Requires-Dist: a\nREQUIRES-DIST:\tb\n\nBody\n\nmore\n");
    EXPECT_EQ(raw.first("name"), "foo");
    EXPECT_EQ(raw.first("version"), std::nullopt);
    EXPECT_EQ(raw.all("requires-dist"), (std::vector<std::string_view>{"a", "b"}));
    EXPECT_EQ(raw.description, "Body\n\nmore\n");
}

TEST(RawMetadata, takes_what_the_field_has_to_offer) {
    struct {
        const char* text;
        Texts names, values;
        const char* body;
    } cases[] = {
        {"", {}, {}, ""},
        {"\n", {}, {}, ""},
        {"Name: a\r\nSummary: x\r\n y\r\n\r\nbody\r\n",
         {"name", "summary"},
         {"a", "x\r\n y"},
         "body\r\n"},
        {"Name: a\rVersion: 1\r\rfoo", {"name", "version"}, {"a", "1"}, "foo"},
        {"Name: a\nno header\nVersion: 1\n", {"name"}, {"a"}, "no header\nVersion: 1\n"},
        {" folded\nName: a\n", {"name"}, {"a"}, ""},
        {": x\n y\nName: a", {"name"}, {"a"}, ""},
        {"From me\nName: a\nFrom you\n more\nVersion: 1\n", {"name", "version"}, {"a", "1"}, ""},
        {"Name: a\nFrom you\n\nbody", {"name"}, {"a"}, "From you\nbody"},
        {"Name : a\n", {}, {}, "Name : a\n"},
        {"Summary:  b  \n  \n c\n\nx", {"summary"}, {"b  \n  \n c"}, "x"},
        {"A:\nB: \n", {"a", "b"}, {"", ""}, ""},
    };
    for (const auto& test : cases) {
        SCOPED_TRACE(test.text);
        auto raw = *RawMetadata::parse(test.text);
        Texts names, values;
        for (const auto& field : raw.fields) {
            names.push_back(field.name);
            values.push_back(field.value);
        }
        EXPECT_EQ(names, test.names);
        EXPECT_EQ(values, test.values);
        EXPECT_EQ(raw.description, test.body);
    }
}

TEST(RawMetadata, bytes_that_are_no_utf8_are_marked) {
    auto raw = *RawMetadata::parse("Name: \xff\nSummary: \xc3\xa9\n\nbody \xfe");
    EXPECT_FALSE(raw.fields[0].is_utf8);
    EXPECT_EQ(raw.fields[0].value, "\xc3\xbf");
    EXPECT_TRUE(raw.fields[1].is_utf8);
    EXPECT_FALSE(raw.is_description_utf8);
    auto sorted = sort_metadata(raw);
    EXPECT_TRUE(sorted.unparsed.contains("name"));
    EXPECT_TRUE(sorted.unparsed.contains("description"));
}

TEST(CoreMetadata, reads_what_resolving_needs) {
    auto metadata = CoreMetadata::parse(
        "Metadata-Version: 2.5\nName: Foo_Bar \nVersion: 1.0\nRequires-Python: >=3.8,\n <4\n"
        "Requires-Dist: a>=1;\n extra == 'X_y'\nRequires-Dist: b\nProvides-Extra: X_y\n"
        "Provides-Extra: not valid\nDynamic: Requires-Dist\nImport-Name: foo\n"
        "Import-Name: _foo ; private\nImport-Namespace: ns\n");
    ASSERT_TRUE(metadata.has_value()) << metadata.error().message;
    EXPECT_EQ(metadata->name.str(), "foo-bar");
    EXPECT_EQ(metadata->version.str(), "1.0");
    EXPECT_EQ(metadata->requires_python->str(), "<4,>=3.8");
    ASSERT_EQ(metadata->requires_dist.size(), 2u);
    EXPECT_EQ(metadata->requires_dist[0].str(), "a>=1; extra == \"x-y\"");
    EXPECT_EQ(metadata->provides_extra, std::vector<Name>{Name::of("x-y")});
    EXPECT_EQ(metadata->dynamic, Texts{"requires-dist"});
    EXPECT_EQ(metadata->import_names, Texts{"foo"});
    EXPECT_EQ(metadata->import_namespaces, Texts{"ns"});
    EXPECT_TRUE(metadata->has_import_names);
}

TEST(CoreMetadata, an_empty_import_name_says_that_there_are_none) {
    auto metadata = CoreMetadata::parse("Name: a\nVersion: 1\nImport-Name:\n");
    EXPECT_TRUE(metadata->has_import_names);
    EXPECT_TRUE(metadata->import_names.empty());
    EXPECT_FALSE(CoreMetadata::parse("Name: a\nVersion: 1\n")->has_import_names);
}

TEST(CoreMetadata, errors_name_the_field_and_its_text) {
    struct {
        const char *text, *part;
    } cases[] = {
        {"Version: 1\n", "\"name\" is missing"},
        {"Name: a\n", "\"version\" is missing"},
        {"Name: a b\nVersion: 1\n", "name: \"a b\""},
        {"Name: a\nVersion: one\n", "version: \"one\""},
        {"Name: a\nVersion: 1\nRequires-Dist: b (>>1)\n", "requires-dist: \"b (>>1)\""},
        {"Name: a\nVersion: 1\nRequires-Python: >=3.6.*\n", "requires-python: \">=3.6.*\""},
        {"Metadata-Version: 3.0\nName: a\nVersion: 1\n", "newer"},
        {"Name: a\nVersion: 1\nRequires-Dist: b\x1b[31m\n", "requires-dist: \"b\\x1b[31m\""},
    };
    for (const auto& test : cases) {
        SCOPED_TRACE(test.text);
        auto metadata = CoreMetadata::parse(test.text);
        ASSERT_FALSE(metadata.has_value());
        EXPECT_NE(metadata.error().message.find(test.part), std::string::npos)
            << metadata.error().message;
    }
    EXPECT_TRUE(CoreMetadata::parse("Name: a\nVersion: 1\nRequires-Python: UNKNOWN\n"));
}

Texts bad_fields(std::string_view lines) {
    std::string text = "Metadata-Version: 2.6\nName: a\nVersion: 1\n" + std::string(lines);
    Texts names;
    for (const auto& problem : validate_metadata(*RawMetadata::parse(text)).problems) {
        names.push_back(problem.field);
    }
    return names;
}

TEST(MetadataValidation, finds_what_is_wrong) {
    struct {
        const char* lines;
        Texts bad;
    } cases[] = {
        {"", {}},
        {"Summary: a\n b\n", {"summary"}},
        {"Summary: a\nSummary: b\n", {"summary"}},
        {"Bogus: x\n", {"bogus"}},
        {"Description: a\n\nbody\n", {"description"}},
        {"Project-URL: a, b\nProject-URL: a, c\n", {"project-url"}},
        {"Requires-Dist: a>>1\nRequires-Python: x\n", {"requires-dist", "requires-python"}},
        {"License-Expression: mit or\n", {"license-expression"}},
        {"License-File: ../x\n", {"license-file"}},
        {"License-File: a//b\n", {"license-file"}},
        {"License-File: C:/a\n", {"license-file"}},
        {"License-File: a/b.txt\n", {}},
        {"Dynamic: Name\n", {"dynamic"}},
        {"Dynamic: License\n", {}},
        {"Import-Name: a.b ; private\n", {}},
        {"Import-Name: a; public\n", {"import-name"}},
        {"Import-Name: class\n", {"import-name"}},
        {"Import-Name:\n", {}},
        {"Import-Namespace:\n", {"import-namespace"}},
        {"Provides-Extra: a b\n", {"provides-extra"}},
        {"Description-Content-Type: text/markdown; variant=gfm\n", {"description-content-type"}},
        {"Description-Content-Type: text/html\n", {"description-content-type"}},
    };
    for (const auto& test : cases) {
        SCOPED_TRACE(test.lines);
        EXPECT_EQ(bad_fields(test.lines), test.bad);
    }
}

TEST(MetadataValidation, fields_have_an_age) {
    auto report = validate_metadata(
        *RawMetadata::parse("Metadata-Version: 1.0\nName: a\nVersion: 1\nRequires-Dist: b\n"));
    ASSERT_EQ(report.problems.size(), 1u);
    EXPECT_EQ(report.problems[0].field, "requires-dist");
}

TEST(MetadataValidation, values_are_put_into_normal_form) {
    auto report = validate_metadata(*RawMetadata::parse(
        "Metadata-Version: 2.4\nName: A\nVersion: 1.0.RC1\nKeywords: a, b\n"
        "Project-URL: Home , https://x\nLicense-Expression: mit\nProvides-Extra: A_b\n"));
    EXPECT_TRUE(report.problems.empty());
    auto& fields = report.metadata.fields;
    EXPECT_EQ(fields["version"].values, Texts{"1.0rc1"});
    EXPECT_EQ(fields["keywords"].values, (Texts{"a", "b"}));
    EXPECT_EQ(fields["license-expression"].values, Texts{"MIT"});
    EXPECT_EQ(fields["provides-extra"].values, Texts{"a-b"});
    EXPECT_EQ(fields["project-url"].urls[0],
              (std::pair<std::string, std::string>("Home", "https://x")));
}

TEST(MetadataValidation, content_types) {
    for (const char* fine :
         {"text/plain", "Text/X-RST", "text/markdown; charset=UTF-8; variant=GFM", "text/plain;",
          "text/markdown;variant=\"CommonMark\"", "text/plain; other=x"}) {
        EXPECT_TRUE(check_description_content_type(fine).has_value()) << fine;
    }
    for (const char* bad : {"", "markdown", "text/", "text/plain x", "text/plain; charset",
                            "text/plain; charset=latin1", "text/plain;;", "text/ plain",
                            "text/plain; a=1; a=2", "text/markdown; variant=\"GFM"}) {
        EXPECT_FALSE(check_description_content_type(bad).has_value()) << bad;
    }
}

} // namespace
} // namespace pawl::pep
