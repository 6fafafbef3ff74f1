#pragma once
// A store in a temporary directory, and children that die, for this room's tests.

#include <functional>
#include <string>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/sha256.h"
#include "store/durability.h"
#include "store/store.h"
#include "store/wheel_entry.h"
#include "store/wheel_tree.h"

namespace pawl::store {

class StoreTest : public testing::Test {
  protected:
    StoreTest()
        : directory_(*fs::TemporaryDirectory::create("/tmp", "store-")),
          store(*Store::open(directory_.path() + "/cache")) {}

    /// Publishes a wheel of two files; its sha256.
    std::string add_wheel(const std::string& name, const std::string& content = "x = 1\n") {
        std::string sha256 = Sha256::hex_of(name);
        Result<WheelEntry> entry = publish(name, content, sha256);
        EXPECT_TRUE(entry) << entry.error().message;
        return sha256;
    }

    Result<WheelEntry> publish(const std::string& name, const std::string& content,
                               const std::string& sha256) {
        Staging staging = TRY(store.begin());
        std::string files = staging.path() + "/files/";
        TRY(fs::make_directories(files + name + "/sub"));
        WheelManifest manifest;
        manifest.file_name = name + "-1.0-py3-none-any.whl";
        manifest.name = name;
        manifest.version = "1.0";
        manifest.dist_info = name + "-1.0.dist-info";
        manifest.top_level = {name};
        for (std::string path : {name + "/__init__.py", name + "/sub/run"}) {
            bool executable = path.ends_with("run");
            TRY(fs::write_new(files + path, content, executable ? 0555 : 0444));
            manifest.files.push_back({.path = path,
                                      .sha256 = Sha256::of(content),
                                      .size_bytes = content.size(),
                                      .is_executable = executable});
        }
        TRY(stamp_files(staging.path() + "/files", sha256));
        return publish_wheel(store, std::move(staging), sha256, std::move(manifest));
    }

    /// As if the machine had been started anew since the entry was published.
    static void forget_boot(const std::string& entry) {
        std::string state = fs::join(entry, state_name);
        ASSERT_TRUE(fs::remove_file(state));
        ASSERT_TRUE(fs::symlink("boot-another", state));
    }

    /// Writes over a read-only file, as a failing disk would.
    static void overwrite(const std::string& path, const std::string& content) {
        uint32_t mode = (*fs::stat(path))->mode;
        std::string parent(fs::parent(path));
        ASSERT_TRUE(fs::set_mode(parent, 0755));
        ASSERT_TRUE(fs::remove_file(path));
        ASSERT_TRUE(fs::write_new(path, content, mode));
        ASSERT_TRUE(fs::set_mode(parent, 0555));
    }

    /// Runs `work` in a child; its exit status, or 128 + the signal that ended it.
    static int in_child(const std::function<int()>& work) {
        pid_t child = ::fork();
        if (child == 0) {
            ::_exit(work());
        }
        return wait_for(child);
    }

    static int wait_for(pid_t child) {
        int status = 0;
        while (::waitpid(child, &status, 0) < 0) {
        }
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }

    size_t count(std::string_view name) const {
        std::string path = store.path(name);
        return fs::is_directory(path) ? fs::list(path)->size() : 0;
    }

    fs::TemporaryDirectory directory_;
    Store store;
};

} // namespace pawl::store
