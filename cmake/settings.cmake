# Dialect, warnings, sanitizers and speed of the build itself.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
# Programs of the build tree, tests too, find libpawl_fetch.so there; installed ones have it
# beside them or in ../lib/pawl.
set(CMAKE_BUILD_RPATH ${CMAKE_BINARY_DIR})
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

option(PAWL_ASAN "address and undefined-behaviour sanitizers" OFF)
option(PAWL_TSAN "thread sanitizer" OFF)
option(PAWL_FUZZ "libFuzzer targets (clang)" OFF)

add_library(pawl_settings INTERFACE)
add_library(pawl::settings ALIAS pawl_settings)
target_compile_options(pawl_settings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
    -Wold-style-cast -Wunused -Woverloaded-virtual -Werror
    # A designated initialiser names what it sets; the rest has its default on purpose.
    -Wno-missing-field-initializers
    -fno-pie)
# g++ 12 sees optionals that are tested before use as uninitialised; asan and clang look for real ones.
target_compile_options(pawl_settings INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
target_link_options(pawl_settings INTERFACE -no-pie)
target_include_directories(pawl_settings INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR})
target_compile_definitions(pawl_settings INTERFACE PAWL_VERSION="${PROJECT_VERSION}")

if(PAWL_ASAN)
    target_compile_options(pawl_settings INTERFACE
        -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(pawl_settings INTERFACE -fsanitize=address,undefined)
endif()
if(PAWL_TSAN)
    target_compile_options(pawl_settings INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
    target_link_options(pawl_settings INTERFACE -fsanitize=thread)
endif()
if(PAWL_FUZZ)
    target_compile_options(pawl_settings INTERFACE
        -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
    target_link_options(pawl_settings INTERFACE -fsanitize=address,undefined)
endif()

find_program(PAWL_CCACHE ccache)
if(PAWL_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${PAWL_CCACHE})
endif()
find_program(PAWL_MOLD mold)
if(PAWL_MOLD)
    target_link_options(pawl_settings INTERFACE -fuse-ld=mold)
endif()
