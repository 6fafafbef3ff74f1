#include "pep/licence.h"

#include <gtest/gtest.h>

namespace pawl::pep {
namespace {

TEST(Licence, is_written_as_spdx_writes_it) {
    struct {
        const char *text, *normal;
    } cases[] = {
        {"mit", "MIT"},
        {" mit\tand (apache-2.0 or bsd-2-clause) ", "MIT AND (Apache-2.0 OR BSD-2-Clause)"},
        {"GPL-2.0-only with classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"},
        {"gpl-2.0+", "GPL-2.0+"},
        {"LICENSEREF-My.Own", "LicenseRef-My.Own"},
        {"LicenseRef-a AND licenseref-A", "LicenseRef-A AND LicenseRef-A"},
        {"((mit))", "((MIT))"},
        {"(mit)or(isc)", "(MIT) OR (ISC)"},
        {"0bsd OR zlib AND isc", "0BSD OR Zlib AND ISC"},
    };
    for (const auto& test : cases) {
        SCOPED_TRACE(test.text);
        auto licence = normalize_licence(test.text);
        ASSERT_TRUE(licence.has_value()) << licence.error().message;
        EXPECT_EQ(*licence, test.normal);
    }
}

TEST(Licence, malformed_expressions_are_errors) {
    for (const char* text : {"",
                             " ",
                             "nope",
                             "mit or",
                             "or mit",
                             "mit isc",
                             "(mit",
                             "mit)",
                             "()",
                             "mit ()",
                             "mit and or isc",
                             "mit with",
                             "mit with isc",
                             "mit with (llvm-exception)",
                             "(mit) with llvm-exception",
                             "mit with llvm-exception with llvm-exception",
                             "licenseref-",
                             "LicenseRef-a_b",
                             "LicenseRef-a+",
                             "llvm-exception",
                             "mit++",
                             "+",
                             "mit/isc"}) {
        EXPECT_FALSE(normalize_licence(text).has_value()) << text;
    }
    EXPECT_FALSE(normalize_licence(std::string(100'000, '(')).has_value());
}

} // namespace
} // namespace pawl::pep
