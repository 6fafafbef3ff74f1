#pragma once
// For the tests of this room: small wheels made on the fly, a store of their own, and the real
// interpreters of the machine.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/check.h"
#include "base/fs.h"
#include "base/sha256.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "install/dist_info.h"
#include "install/environment.h"
#include "install/unpack.h"
#include "python/find.h"
#include "store/store.h"
#include "wheel/wheel_text_test.h"

namespace pawl::install {

using wheel::WheelText;

/// A store under a temporary directory, with what was unpacked into it.
class Depot {
  public:
    Depot()
        : directory_(std::move(*fs::TemporaryDirectory::create("/tmp", "pawl-install-"))),
          store_(std::move(*store::Store::open(directory_.path() + "/cache"))) {}

    const std::string& path() const { return directory_.path(); }
    const store::Store& store() const { return store_; }

    Result<store::WheelEntry> unpack(const WheelText& text) {
        std::string bytes = text.bytes();
        std::string path = directory_.path() + "/" + text.file_name();
        TRY(fs::write_atomic(path, bytes));
        return unpack_wheel(store_, {.path = path, .file_name = text.file_name()});
    }
    store::WheelEntry wheel(const WheelText& text) {
        Result<store::WheelEntry> entry = unpack(text);
        if (!entry) {
            ADD_FAILURE() << text.file_name() << ": " << entry.error().message;
        }
        check(entry.has_value());
        return std::move(*entry);
    }
    /// A simple package "name" with a module that knows its version.
    store::WheelEntry simple(const std::string& name, const std::string& version = "1.0") {
        WheelText text{.name = name, .version = version};
        text.files[replace_all(name, "-", "_") + "/__init__.py"] = "version = '" + version + "'\n";
        return wheel(text);
    }

  private:
    fs::TemporaryDirectory directory_;
    store::Store store_;
};

inline std::vector<Item> items_of(const std::vector<store::WheelEntry>& wheels) {
    std::vector<Item> items;
    for (const store::WheelEntry& wheel : wheels) {
        items.push_back(Item{.sha256 = wheel.sha256, .wheel = &wheel});
    }
    return items;
}

/// All supported interpreters, oldest first; asked once for the whole program.
inline const std::vector<python::Interpreter>& interpreters() {
    static const std::vector<python::Interpreter> all = [] {
        std::vector<python::Interpreter> found;
        Result<std::vector<python::Found>> listed =
            python::list(python::Surroundings::of_process(""));
        for (python::Found& one : *listed) {
            if (one.interpreter && one.note.empty()) {
                found.insert(found.begin(), std::move(*one.interpreter));
            }
        }
        return found;
    }();
    return all;
}

#define NEEDS_PYTHON()                                                                             \
    if (interpreters().empty()) {                                                                  \
        GTEST_SKIP() << "NO PYTHON 3.8+ ON THIS MACHINE";                                          \
    }

/// Runs a program and gives its standard output without the last line end; a failure of the test
/// when it does not end with 0.
inline std::string output_of(std::vector<std::string> arguments, std::string directory = "/") {
    SpawnOptions options;
    options.arguments = std::move(arguments);
    options.directory = std::move(directory);
    Result<SpawnResult> ran = spawn(options);
    if (!ran) {
        ADD_FAILURE() << ran.error().message;
        return "";
    }
    EXPECT_EQ(ran->exit_code, 0) << ran->err;
    return std::string(trim_right(ran->out));
}

} // namespace pawl::install
