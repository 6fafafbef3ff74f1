// Every file of the store with one bit flipped: found, taken away, and clean afterwards.

#include <random>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/seal.h"
#include "store/environments.h"
#include "store/pack.h"
#include "store/references.h"
#include "store/store_fixture_test.h"
#include "store/upkeep.h"

namespace pawl::store {
namespace {

class VerifyTest : public StoreTest {
  protected:
    /// A wheel with bytecode, an environment that links and copies, a pack, two records, a root.
    void fill() {
        wheel_ = add_wheel("p", "content of p\n");
        std::optional<WheelEntry> entry = *find_wheel(store, wheel_);
        ASSERT_TRUE(do_once(*entry, "compiled", [](const std::string& files) -> Result<> {
            TRY(fs::make_directories(files + "/p/__pycache__"));
            return fs::write_new(files + "/p/__pycache__/x.pyc", "bytecode");
        }));
        Staging staging = *store.begin();
        ASSERT_TRUE(fs::write_new(staging.path() + "/pyvenv.cfg", "home = /usr\n"));
        ASSERT_TRUE(fs::hard_link(entry->files() + "/p/__init__.py", staging.path() + "/linked"));
        ASSERT_TRUE(fs::copy_file(entry->files() + "/p/sub/run", staging.path() + "/copied"));
        ASSERT_TRUE(fs::symlink(entry->files() + "/p", staging.path() + "/p"));
        EnvironmentContents contents{.wheels = {wheel_},
                                     .own_files = {{"pyvenv.cfg", Sha256::hex_of("home = /usr\n")}},
                                     .entries = 4};
        ASSERT_TRUE(publish_environment(store, std::move(staging), "0123456789abcdef", contents));
        Pack pack = *Pack::open(store.path("http") + "/pages.pack");
        for (int i = 0; i < 20; ++i) {
            ASSERT_TRUE(pack.put("key " + std::to_string(i), std::string(100, 'v')));
        }
        for (const char* name : {"runs", "built"}) {
            ASSERT_TRUE(fs::make_directories(store.path(name)));
            ASSERT_TRUE(fs::write_new(store.path(name) + "/one", seal("pawl stamp 1", "body")));
        }
        ASSERT_TRUE(add_root(store, directory_.path(), std::vector{wheel_}));
    }

    /// All regular files of the cache that mean something, each inode once.
    std::vector<std::string> files() const {
        std::vector<std::string> found, waiting{store.directory()};
        while (!waiting.empty()) {
            std::string directory = std::move(waiting.back());
            waiting.pop_back();
            std::vector<fs::DirectoryEntry> entries = *fs::list(directory);
            for (const fs::DirectoryEntry& entry : entries) {
                std::string path = fs::join(directory, entry.name);
                if (entry.type == fs::FileStat::Type::directory) {
                    waiting.push_back(path);
                } else if (entry.type == fs::FileStat::Type::file &&
                           !entry.name.ends_with(".lock")) {
                    found.push_back(path);
                }
            }
        }
        return found;
    }

    /// In place, as a bad disk would do it: the inode stays, and so does its time.
    static void flip(const std::string& path, uint64_t bit) {
        std::string text = *fs::read(path);
        struct ::stat before {};
        ASSERT_EQ(::stat(path.c_str(), &before), 0);
        text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
        ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
        int fd = ::open(path.c_str(), O_WRONLY);
        ASSERT_EQ(::pwrite(fd, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
        ::close(fd);
        ASSERT_EQ(::chmod(path.c_str(), before.st_mode & 07777), 0);
        struct timespec times[2] = {before.st_atim, before.st_mtim};
        ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    }

    std::string wheel_;
};

TEST_F(VerifyTest, a_sound_store_has_nothing_to_say) {
    fill();
    VerifyReport report = *verify(store);
    for (const Damage& damage : report.damaged) {
        ADD_FAILURE() << damage.message;
    }
    EXPECT_EQ(report.wheels, 1U);
    EXPECT_EQ(report.environments, 1U);
    EXPECT_EQ(report.others, 4U);
    EXPECT_EQ(report.unmarked, 0U);
}

TEST_F(VerifyTest, what_another_process_is_writing_is_no_damage) {
    fill();
    std::optional<WheelEntry> entry = *find_wheel(store, wheel_);
    for (const std::string& directory : {entry->directory + "/marks", store.path("runs")}) {
        ASSERT_TRUE(fs::write_new(directory + "/.pawl-0123456789abcdef.tmp", ""));
    }
    EXPECT_TRUE(verify(store)->damaged.empty());
    EXPECT_TRUE(do_once(*entry, "another", [](const std::string&) -> Result<> { return {}; }));
}

TEST_F(VerifyTest, bytecode_that_a_python_is_writing_just_now_is_in_no_mark) {
    fill();
    std::optional<WheelEntry> entry = *find_wheel(store, wheel_);
    const std::string half = "/p/__pycache__/y.cpython-313.pyc.140334982053104";
    ASSERT_TRUE(do_once(*entry, "another", [&](const std::string& files) -> Result<> {
        TRY(fs::write_new(files + "/p/__pycache__/y.cpython-313.pyc", "bytecode"));
        return fs::write_new(files + half, "byte");
    }));
    ASSERT_TRUE(fs::remove_file(entry->files() + half));
    EXPECT_TRUE(verify(store)->damaged.empty());
}

TEST_F(VerifyTest, what_a_power_cut_leaves_is_no_damage_and_is_never_used) {
    fill();
    const std::string environment = store.path("envs") + "/0123456789abcdef";
    const std::string wheel = store.path("wheels") + "/" + wheel_;
    auto empty = [](const std::string& path) {
        ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
        ASSERT_EQ(::truncate(path.c_str(), 0), 0);
    };
    empty(wheel + "/manifest"); // under this very start: a disk's image that was copied
    empty(environment + "/" + std::string(wheels_name));
    empty(store.path("runs") + "/one");
    VerifyReport report = *verify(store);
    EXPECT_TRUE(report.damaged.empty());
    EXPECT_EQ(report.unfinished.size(), 3U);
    EXPECT_FALSE(find_environment(store, "0123456789abcdef")->has_value());
    EXPECT_FALSE(find_wheel(store, wheel_)->has_value());
    report = *verify(store);
    for (const Damage& unfinished : report.unfinished) {
        EXPECT_TRUE(*take_away(store, unfinished));
    }
    EXPECT_TRUE(verify(store)->unfinished.empty());
}

TEST_F(VerifyTest, a_bit_of_a_pack_that_no_sum_covers_is_found) {
    fill();
    const std::string pack = store.path("http") + "/pages.pack";
    constexpr uint64_t unused_byte = 48, garbage_byte = 35;
    std::string bytes = *fs::read(pack);
    size_t empty_slot = 64;
    while (bytes.substr(empty_slot, 8) != std::string(8, '\0')) {
        empty_slot += 8;
    }
    for (uint64_t byte : {unused_byte, garbage_byte, uint64_t{empty_slot}}) {
        flip(pack, byte * 8);
        VerifyReport report = *verify(store);
        EXPECT_EQ(report.damaged.size(), 1U) << byte;
        flip(pack, byte * 8);
    }
    EXPECT_TRUE(verify(store)->damaged.empty());
}

TEST_F(VerifyTest, after_another_start_only_what_was_durable_can_be_damaged) {
    fill();
    const std::string wheel = store.path("wheels") + "/" + wheel_;
    flip(wheel + "/files/p/__init__.py", 3);
    forget_boot(wheel);
    EXPECT_EQ(verify(store)->unfinished.size(), 1U);
    ASSERT_TRUE(fs::remove_file(wheel + "/.pawl-state"));
    ASSERT_TRUE(fs::symlink("durable", wheel + "/.pawl-state"));
    VerifyReport report = *verify(store);
    EXPECT_TRUE(report.unfinished.empty());
    EXPECT_EQ(report.damaged[0].what, Damage::What::wheel);
}

TEST_F(VerifyTest, every_file_with_a_flipped_bit_is_found_and_taken_away) {
    fill();
    std::vector<std::string> all = files();
    ASSERT_GE(all.size(), 11U);
    unsigned seed = std::random_device()();
    std::mt19937 random(seed);
    for (const std::string& path : all) {
        for (int round = 0; round < 4; ++round) {
            SCOPED_TRACE(path + ", seed " + std::to_string(seed));
            std::string bytes = *fs::read(path);
            uint64_t bit = random() % (bytes.size() * 8);
            bool is_pack = path.ends_with(".pack");
            if (is_pack) { // most of it is empty: a byte of a record that is in use
                bit = (bytes.find("key 3") + random() % 100) * 8 + random() % 8;
            }
            flip(path, bit);
            VerifyReport report = *verify(store);
            ASSERT_FALSE(report.damaged.empty()) << "bit " << bit;
            for (const Damage& damage : report.damaged) {
                EXPECT_TRUE(take_away(store, damage)) << damage.message;
            }
            VerifyReport after = *verify(store);
            EXPECT_TRUE(after.damaged.empty()) << after.damaged[0].message;
            ASSERT_TRUE(fs::remove_tree(store.directory()));
            fill();
        }
    }
}

TEST_F(VerifyTest, an_environment_in_use_stays) {
    fill();
    std::string path = store.path("envs") + "/0123456789abcdef/pyvenv.cfg";
    flip(path, 3);
    VerifyReport report = *verify(store);
    ASSERT_EQ(report.damaged.size(), 1U);
    {
        std::optional<Lease> lease = *Lease::acquire(fs::parent(path));
        ASSERT_TRUE(lease);
        EXPECT_EQ(in_child([&] { return *take_away(store, report.damaged[0]) ? 1 : 0; }), 0);
        EXPECT_TRUE(fs::exists(path));
    }
    EXPECT_TRUE(*take_away(store, report.damaged[0]));
    EXPECT_FALSE(fs::exists(path));
}

TEST_F(VerifyTest, what_was_written_to_is_noticed_by_a_stat_and_fetched_anew) {
    struct Harm {
        std::string_view what;
        std::function<void(const std::string& files)> inflict;
        bool is_harmless = false;
    };
    const std::vector<Harm> harms = {
        {"written to", [](const std::string& f) { overwrite(f + "/p/__init__.py", "x"); }},
        {"written to in place, same size",
         [](const std::string& f) {
             int fd = ::open((f + "/p/__init__.py").c_str(), O_WRONLY);
             if (fd < 0) { // no root: as the owner may
                 ::chmod((f + "/p/__init__.py").c_str(), 0644);
                 fd = ::open((f + "/p/__init__.py").c_str(), O_WRONLY);
             }
             EXPECT_EQ(::pwrite(fd, "C", 1, 0), 1);
             ::close(fd);
         }},
        {"something beside it",
         [](const std::string& f) {
             ::chmod((f + "/p").c_str(), 0755);
             EXPECT_TRUE(fs::write_new(f + "/p/table.py", ""));
             ::chmod((f + "/p").c_str(), 0555);
         }},
        {"mode", [](const std::string& f) { ::chmod((f + "/p/sub/run").c_str(), 0755); }, true},
        {"touched",
         [](const std::string& f) {
             ::utimensat(AT_FDCWD, (f + "/p/sub/run").c_str(), nullptr, 0);
         },
         true},
    };
    for (const Harm& harm : harms) {
        SCOPED_TRACE(harm.what);
        std::string sha256 = add_wheel("p", "content of p\n");
        std::optional<WheelEntry> entry = *find_wheel(store, sha256);
        ASSERT_TRUE(entry);
        EXPECT_TRUE(is_untouched(*entry));
        harm.inflict(entry->files());
        EXPECT_FALSE(is_untouched(*entry));
        FoundWheel found = *find_sound_wheel(store, sha256);
        EXPECT_EQ(found.entry.has_value(), harm.is_harmless);
        EXPECT_EQ(found.damage.empty(), harm.is_harmless);
        if (harm.is_harmless) {
            EXPECT_TRUE(is_untouched(*found.entry)) << "it was put right";
        }
        ASSERT_TRUE(fs::remove_tree(store.directory()));
    }
}

TEST_F(VerifyTest, bytecode_of_another_hand_is_counted) {
    fill();
    std::string cache = store.path("wheels") + "/" + wheel_ + "/files/p/__pycache__";
    ::chmod(cache.c_str(), 0755);
    ASSERT_TRUE(fs::write_new(cache + "/y.pyc", "by root's own Python"));
    VerifyReport report = *verify(store);
    EXPECT_TRUE(report.damaged.empty());
    EXPECT_EQ(report.unmarked, 1U);
    EXPECT_TRUE(is_untouched(**find_wheel(store, wheel_)));
}

TEST_F(VerifyTest, bytecode_that_a_python_put_in_place_of_ours_is_counted_and_what_rots_is_damage) {
    fill();
    std::string file = store.path("wheels") + "/" + wheel_ + "/files/p/__pycache__/x.pyc";
    ::chmod(std::string(fs::parent(file)).c_str(), 0755);
    ASSERT_TRUE(fs::write_atomic(file, "of the same source, by another run of the compiler"));
    VerifyReport report = *verify(store);
    EXPECT_TRUE(report.damaged.empty());
    EXPECT_EQ(report.unmarked, 1U);
    ASSERT_TRUE(fs::remove_tree(store.directory()));
    fill();
    overwrite(file, "rotten");
    EXPECT_EQ(verify(store)->damaged.size(), 1U);
}

} // namespace
} // namespace pawl::store
