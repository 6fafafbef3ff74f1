#include "pep/tag_marker.h"

#include <gtest/gtest.h>

#include "pep/marker_space.h"

namespace pawl::pep {
namespace {

struct Case {
    const char* tags;
    const char* marker;
};

TEST(TagEnvironments, say_where_a_wheel_can_be_installed) {
    MarkerSpace space;
    TagEnvironments environments(space);
    const Case cases[] = {
        {"py3-none-any", "python_version >= '3' and python_version < '4'"},
        {"py38-none-any", "python_version >= '3.8' and python_version < '4'"},
        {"py2.py3-none-any", "python_version >= '2' and python_version < '4'"},
        {"cp312-cp312-win_amd64",
         "python_version == '3.12' and implementation_name == 'cpython' and "
         "sys_platform == 'win32' and platform_machine == 'AMD64'"},
        {"cp38-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64",
         "python_version >= '3.8' and python_version < '4' and "
         "implementation_name == 'cpython' and sys_platform == 'linux' and "
         "platform_machine == 'x86_64'"},
        // A Python takes "none" wheels of its own version only, abi3 ones of all before it.
        {"cp310-none-any", "python_version == '3.10' and implementation_name == 'cpython'"},
        {"cp37.cp38-none-win32",
         "python_version >= '3.7' and python_version < '3.9' and implementation_name == 'cpython' "
         "and sys_platform == 'win32' and platform_machine == 'x86'"},
        {"pp310-pypy310_pp73-macosx_11_0_arm64",
         "python_version == '3.10' and implementation_name == 'pypy' and "
         "sys_platform == 'darwin' and platform_machine == 'arm64'"},
        {"py3-none-macosx_10_9_universal2",
         "python_version >= '3' and python_version < '4' and sys_platform == 'darwin'"},
        {"py3-none-musllinux_1_2_i686",
         "python_version >= '3' and python_version < '4' and sys_platform == 'linux' and "
         "(platform_machine == 'i686' or platform_machine == 'x86_64')"},
        {"py3-none-ios_13_0_arm64_iphoneos",
         "python_version >= '3' and python_version < '4' and sys_platform == 'ios'"},
        {"py3-none-pyodide_2024_0_wasm32",
         "python_version >= '3' and python_version < '4' and sys_platform == 'emscripten'"},
    };
    for (const Case& one : cases) {
        auto marker = Marker::parse(one.marker);
        ASSERT_TRUE(marker) << one.marker;
        EXPECT_EQ(environments.of(one.tags), space.from(*marker))
            << one.tags << ": " << space.text(environments.of(one.tags));
        auto tags = parse_tag(one.tags);
        ASSERT_TRUE(tags) << one.tags;
        EXPECT_EQ(environments.of(*tags), space.from(*marker)) << "one by one: " << one.tags;
    }
}

TEST(TagEnvironments, are_none_for_what_is_no_tag_and_all_for_what_nobody_knows) {
    MarkerSpace space;
    TagEnvironments environments(space);
    for (const char* tags : {"", "py3", "py3-none", "py3--any", "py-none-any", "py3-none-any-x"}) {
        EXPECT_EQ(environments.of(tags), MarkerId::never) << tags;
    }
    EXPECT_EQ(environments.of("graalpy240_311_native-graalpy240_311_native-plan9"),
              MarkerId::always);
}

} // namespace
} // namespace pawl::pep
