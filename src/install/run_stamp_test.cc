// The stamp: believed while everything is as it was, and never otherwise.

#include "install/run_stamp.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "base/clock.h"
#include "base/sha256.h"
#include "install/wheels_test.h"
#include "store/upkeep.h"

namespace pawl::install {
namespace {

/// A script, a lock and an environment of one wheel.
class Stamp : public testing::Test {
  protected:
    void SetUp() override {
        NEEDS_PYTHON();
        wheels_.push_back(depot_.simple("alpha"));
        Result<Environment> made =
            make_environment(depot_.store(), interpreters().back(), items_of(wheels_));
        ASSERT_TRUE(made) << made.error().message;
        facts_.environment = made->path;
        facts_.executable = made->executable;
        facts_.interpreter = interpreters().back().real_path;
        facts_.note = "a note\nof two lines";
        write("report.py", "import alpha\n");
        write("pylock.report.toml", "lock-version = \"1.0\"\n");
        facts_.inputs = {{at("report.py"), ""}, {at("pylock.report.toml"), ""}};
        facts_.absent = {at("alpha.py"), at("alpha")};
        key_ = {.script = at("report.py"), .options = "--offline"};
    }

    std::string at(std::string_view name) { return depot_.path() + "/" + std::string(name); }
    std::string cache() { return depot_.path() + "/cache"; }

    void write(std::string_view name, std::string_view text) {
        ASSERT_TRUE(fs::write_atomic(at(name), text));
    }
    void write_stamp_now() {
        Result<> written = write_stamp(cache(), key_, facts_);
        ASSERT_TRUE(written) << written.error().message;
    }
    bool is_hit() { return check_stamp(cache(), key_).has_value(); }

    Depot depot_;
    std::vector<store::WheelEntry> wheels_;
    StampFacts facts_;
    StampKey key_;
};

TEST_F(Stamp, gives_back_what_was_written) {
    EXPECT_FALSE(is_hit());
    write_stamp_now();
    std::optional<StampHit> hit = check_stamp(cache(), key_);
    ASSERT_TRUE(hit);
    EXPECT_EQ(hit->executable, facts_.executable);
    EXPECT_EQ(hit->environment, facts_.environment);
    EXPECT_EQ(hit->note, facts_.note);
    EXPECT_FALSE(hit->refreshed);
    EXPECT_EQ(output_of({hit->executable, "-c", "import alpha; print(alpha.version)"}), "1.0");
    for (StampKey other : {StampKey{key_.script, ""}, StampKey{key_.script + "x", key_.options},
                           StampKey{"", key_.script + key_.options}}) {
        EXPECT_FALSE(check_stamp(cache(), other));
    }
}

TEST_F(Stamp, any_change_of_content_is_a_miss) {
    struct Case {
        std::string_view what;
        std::function<void()> change;
    };
    const Case cases[] = {
        {"the script grows", [&] { write("report.py", "import alpha, beta\n"); }},
        {"the script changes within its size and its tick",
         [&] {
             int file = ::open(at("report.py").c_str(), O_WRONLY);
             ASSERT_EQ(::pwrite(file, "X", 1, 0), 1);
             ::close(file);
         }},
        {"the lock goes", [&] { ASSERT_TRUE(fs::remove_file(at("pylock.report.toml"))); }},
        {"the lock becomes a directory",
         [&] {
             ASSERT_TRUE(fs::remove_file(at("pylock.report.toml")));
             ASSERT_TRUE(fs::make_directories(at("pylock.report.toml")));
         }},
        {"a module appears", [&] { write("alpha.py", ""); }},
        {"a dangling link appears", [&] { ASSERT_TRUE(fs::symlink("/nowhere", at("alpha"))); }},
        {"the environment goes", [&] { ASSERT_TRUE(fs::remove_tree(facts_.environment)); }},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.what);
        write("report.py", "import alpha\n");
        static_cast<void>(fs::remove_tree(at("pylock.report.toml")));
        write("pylock.report.toml", "lock-version = \"1.0\"\n");
        static_cast<void>(fs::remove_file(at("alpha.py")));
        static_cast<void>(fs::remove_file(at("alpha")));
        write_stamp_now();
        ASSERT_TRUE(is_hit());
        one.change();
        EXPECT_FALSE(is_hit());
    }
}

TEST_F(Stamp, a_touch_is_looked_into_once_and_remembered) {
    write_stamp_now();
    ::usleep(60'000); // until the times of the inputs count as settled
    std::optional<StampHit> first = check_stamp(cache(), key_);
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->refreshed) << "from now on their stat is believed";
    {
        fs::Recording recording;
        std::optional<StampHit> second = check_stamp(cache(), key_);
        ASSERT_TRUE(second);
        EXPECT_FALSE(second->refreshed);
        EXPECT_EQ(recording.count("open"), 2u) << "the stamp and the kernel's boot id";
        EXPECT_LE(recording.accesses().size(), 9u);
    }
    std::string text = *fs::read(at("report.py"));
    write("report.py", text); // another inode, the same content
    ::utimensat(AT_FDCWD, at("pylock.report.toml").c_str(), nullptr, 0);
    EXPECT_TRUE(is_hit());
    ::usleep(60'000);
    ASSERT_TRUE(check_stamp(cache(), key_)->refreshed);
    EXPECT_FALSE(check_stamp(cache(), key_)->refreshed);
}

TEST_F(Stamp, a_damaged_one_is_none) {
    write_stamp_now();
    Result<std::vector<fs::DirectoryEntry>> stamps = fs::list(cache() + "/runs");
    ASSERT_TRUE(stamps);
    ASSERT_EQ(stamps->size(), 1u);
    std::string path = cache() + "/runs/" + (*stamps)[0].name;
    const std::string good = *fs::read(path);
    for (size_t i = 0; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 0x11);
        ASSERT_TRUE(fs::remove_file(path));
        ASSERT_TRUE(fs::write_new(path, bad, 0600));
        EXPECT_FALSE(is_hit()) << i;
        ASSERT_TRUE(fs::remove_file(path));
        ASSERT_TRUE(fs::write_new(path, good.substr(0, i), 0600));
        EXPECT_FALSE(is_hit()) << i;
    }
    ASSERT_TRUE(fs::remove_file(path));
    ASSERT_TRUE(fs::write_new(path, good, 0600));
    EXPECT_TRUE(is_hit());
    ASSERT_TRUE(fs::set_mode(path, 0666));
    EXPECT_FALSE(is_hit()) << "others could have written it";
}

TEST_F(Stamp, an_edit_between_reading_and_stamping_is_noticed) {
    facts_.inputs[0].sha256 = Sha256::hex_of("import alpha\n");
    facts_.inputs[1].sha256 = Sha256::hex_of("something else");
    EXPECT_FALSE(write_stamp(cache(), key_, facts_));
    facts_.inputs[1].sha256 = Sha256::hex_of(*fs::read(at("pylock.report.toml")));
    EXPECT_TRUE(write_stamp(cache(), key_, facts_));
    facts_.inputs.push_back({at("gone.py"), ""});
    EXPECT_FALSE(write_stamp(cache(), key_, facts_));
    facts_.inputs.pop_back();
    write("alpha.py", "");
    EXPECT_FALSE(write_stamp(cache(), key_, facts_));
}

TEST_F(Stamp, a_link_that_leads_elsewhere_is_a_miss_even_to_the_same_content) {
    write("other.py", "import alpha\n");
    ASSERT_TRUE(fs::symlink("report.py", at("link.py")));
    facts_.inputs.push_back({at("link.py"), ""});
    facts_.links = {at("link.py")};
    write_stamp_now();
    EXPECT_TRUE(is_hit());
    ASSERT_TRUE(fs::remove_file(at("link.py")));
    ASSERT_TRUE(fs::symlink("other.py", at("link.py")));
    EXPECT_FALSE(is_hit());
}

TEST_F(Stamp, names_are_kept_by_folder) {
    facts_.absent.clear();
    for (int i = 0; i < 40; ++i) {
        facts_.absent.push_back(at("module" + std::to_string(i) + ".py"));
    }
    facts_.absent.push_back(at("package/below/it.py"));
    write_stamp_now();
    ::usleep(60'000); // until the times of folder and inputs count as settled
    write_stamp_now();
    {
        fs::Recording recording;
        EXPECT_TRUE(is_hit());
        EXPECT_LE(recording.accesses().size(), 8u) << "one look at the folder, not 41";
    }
    write("unrelated.txt", "");
    EXPECT_TRUE(is_hit());
    for (const char* name : {"module39.py", "package"}) {
        ASSERT_TRUE(fs::make_directories(at(name)));
        EXPECT_FALSE(is_hit()) << name;
        ASSERT_TRUE(fs::remove_tree(at(name)));
        EXPECT_TRUE(is_hit());
    }
}

TEST_F(Stamp, a_running_script_keeps_its_environment_from_being_pruned) {
    write_stamp_now();
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        std::optional<StampHit> hit = check_stamp(cache(), key_);
        if (hit && ::write(ready[1], "x", 1) == 1) {
            ::execl(hit->executable.c_str(), hit->executable.c_str(), "-c",
                    "import time, alpha; time.sleep(1.5); import alpha", nullptr);
        }
        ::_exit(9);
    }
    ::close(ready[1]);
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]);
    store::PruneOptions all{.environment_age_us = -1'000'000};
    Result<store::Removed> removed = store::prune(depot_.store(), all);
    ASSERT_TRUE(removed) << removed.error().message;
    EXPECT_TRUE(fs::exists(facts_.environment));
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    ASSERT_TRUE(store::prune(depot_.store(), all));
    EXPECT_FALSE(fs::exists(facts_.environment));
    EXPECT_FALSE(is_hit());
}

TEST_F(Stamp, a_hit_takes_less_than_a_millisecond) {
    write_stamp_now();
    ASSERT_TRUE(is_hit());
    int64_t best_ns = INT64_MAX;
    for (int round = 0; round < 50; ++round) {
        int64_t begin = monotonic_ns();
        ASSERT_TRUE(is_hit());
        best_ns = std::min(best_ns, monotonic_ns() - begin);
    }
    RecordProperty("best_us", std::to_string(best_ns / 1000));
    EXPECT_LT(best_ns, 1'000'000);
}

} // namespace
} // namespace pawl::install
