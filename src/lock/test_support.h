#pragma once
// Shared by the tests of this room.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lock/lock.h"

namespace pawl::lock {

inline const std::string hash64 =
    "71a8b0df1f6c79c00cb4036eea4c044939f47705c0be7e47e36998167b63a515";

/// A lock with one package "six" 1.0 whose entry holds these further lines.
inline std::string lock_with(std::string_view lines) {
    return "lock-version = \"1.0\"\ncreated-by = \"test\"\n\n[[packages]]\nname = \"six\"\n" +
           std::string(lines) + "\n";
}

/// `name` in inline form: a wheel with a url and a good hash.
inline std::string wheel_text(std::string_view file, std::string_view more = "") {
    return "{ url = \"https://files.example.org/" + std::string(file) + "\"" + std::string(more) +
           ", hashes = { sha256 = \"" + hash64 + "\" } }";
}

inline Lock read_good(const std::string& text, Rules rules = Rules::strict) {
    auto read_lock = read(text, rules);
    EXPECT_TRUE(read_lock) << read_lock.error().message << "\n" << text;
    return read_lock ? std::move(read_lock->lock) : Lock();
}

inline pep::MarkerEnvironment linux_environment(std::string python = "3.12.4") {
    pep::MarkerEnvironment environment;
    environment.os_name = "posix";
    environment.sys_platform = "linux";
    environment.platform_system = "Linux";
    environment.platform_machine = "x86_64";
    environment.platform_python_implementation = "CPython";
    environment.implementation_name = "cpython";
    environment.implementation_version = python;
    environment.python_version = python.substr(0, python.rfind('.'));
    environment.python_full_version = std::move(python);
    environment.platform_release = "6.1.0";
    environment.platform_version = "#1";
    return environment;
}

} // namespace pawl::lock
