#include "store/wheel_entry.h"

#include <csignal>

#include "store/environments.h"
#include "store/store_fixture_test.h"
#include "store/upkeep.h"

namespace pawl::store {
namespace {

WheelManifest example() {
    WheelManifest manifest;
    manifest.file_name = "a_b-1.0-py3-none-any.whl";
    manifest.name = "a-b";
    manifest.version = "1.0+local.1";
    manifest.dist_info = "a_b-1.0.dist-info";
    manifest.has_native = true;
    manifest.is_self_contained = true;
    manifest.top_level = {"a/", "b.py"};
    manifest.own_files = {{"a_b-1.0.dist-info/RECORD", Sha256::of("r"), 1, false}};
    manifest.warnings = {"RECORD does not list 'x'"};
    manifest.files = {{"a/__init__.py", Sha256::of("1"), 1, false},
                      {"a/name with blanks ü", Sha256::of("2"), 123456789012, true},
                      {"b.py", Sha256::of(""), 0, false}};
    return manifest;
}

TEST(WheelManifest, writing_and_reading_are_inverse) {
    std::string text = write_manifest(example());
    Result<WheelManifest> read = read_manifest(text);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(write_manifest(*read), text);
    EXPECT_EQ(read->files[1].path, "a/name with blanks ü");
    EXPECT_EQ(read->files[1].size_bytes, 123456789012U);
    EXPECT_TRUE(read->files[1].is_executable);
    EXPECT_EQ(read->warnings, example().warnings);
    EXPECT_EQ(read->data_directory, "");
    ASSERT_NE(read->find("b.py"), nullptr);
    EXPECT_EQ(read->find("b"), nullptr);
    EXPECT_TRUE(read->is_self_contained);
    EXPECT_EQ(read->find("a_b-1.0.dist-info/RECORD"), read->own_files.data());
    Result<WheelManifest> facts = read_manifest(text, ManifestPart::facts);
    ASSERT_TRUE(facts);
    EXPECT_TRUE(facts->files.empty());
    EXPECT_EQ(facts->top_level, example().top_level);
}

TEST(WheelManifest, every_flipped_bit_and_every_cut_is_noticed) {
    std::string good = write_manifest(example());
    for (size_t bit = 0; bit < good.size() * 8; ++bit) {
        std::string text = good;
        text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_FALSE(read_manifest(text)) << "bit " << bit;
    }
    for (size_t length = 0; length < good.size(); ++length) {
        EXPECT_FALSE(read_manifest(good.substr(0, length))) << "length " << length;
    }
    EXPECT_FALSE(read_manifest(good + "x"));
}

TEST(WheelManifest, another_versions_manifest_is_left_alone) {
    // Its sum is over "2\na b\n".
    Result<WheelManifest> read = read_manifest("pawl-wheel 2 2946677d7c8399c3 4\na b\n");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, Error::Kind::disk);
    read = read_manifest("pawl-wheel 3 2946677d7c8399c3 4\na b\n");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, Error::Kind::integrity) << "a rotten digit";
}

TEST_F(StoreTest, a_published_wheel_is_found_and_read_only) {
    EXPECT_FALSE((*find_wheel(store, Sha256::hex_of("six"))).has_value());
    std::string sha256 = add_wheel("six");
    std::optional<WheelEntry> entry = *find_wheel(store, sha256);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->manifest.name, "six");
    EXPECT_EQ((*fs::stat(entry->files() + "/six/__init__.py"))->mode, 0444U);
    EXPECT_EQ((*fs::stat(entry->files() + "/six/sub/run"))->mode, 0555U);
    EXPECT_EQ((*fs::stat(entry->files() + "/six"))->mode, 0555U);
    EXPECT_EQ(count("tmp"), 0U);
    EXPECT_TRUE(verify_wheel(*entry));
}

TEST_F(StoreTest, finding_a_wheel_opens_one_file) {
    std::string sha256 = add_wheel("six");
    fs::Recording recording;
    ASSERT_TRUE(*find_wheel(store, sha256));
    EXPECT_LE(recording.accesses().size(), 4U); // manifest, state, the boot's id
}

TEST_F(StoreTest, a_damaged_manifest_is_the_same_as_no_wheel) {
    for (const char* text : {"", "garbage", "pawl-wheel 1 0123456789abcdef 5\n12345"}) {
        SCOPED_TRACE(text);
        std::string sha256 = add_wheel("six");
        std::string manifest = store.path("wheels/" + sha256 + "/manifest");
        ASSERT_TRUE(fs::remove_file(manifest));
        ASSERT_TRUE(fs::write_new(manifest, text));
        EXPECT_FALSE((*find_wheel(store, sha256)).has_value());
        EXPECT_EQ(count("wheels"), 0U);
    }
}

struct Damage {
    const char* what;
    std::function<void(const WheelEntry&)> inflict;
};

TEST_F(StoreTest, after_a_restart_damage_is_found_once_and_the_entry_goes) {
    std::vector<Damage> damages = {
        {"empty file", [](const WheelEntry& e) { overwrite(e.files() + "/p/__init__.py", ""); }},
        {"another content",
         [](const WheelEntry& e) { overwrite(e.files() + "/p/__init__.py", "x = 2\n"); }},
        {"file missing",
         [](const WheelEntry& e) { EXPECT_TRUE(fs::remove_file(e.files() + "/p/sub/run")); }},
        {"file added",
         [](const WheelEntry& e) {
             EXPECT_TRUE(fs::set_mode(e.files() + "/p", 0755));
             EXPECT_TRUE(fs::write_new(e.files() + "/p/evil.py", ""));
         }},
        {"mode",
         [](const WheelEntry& e) { EXPECT_TRUE(fs::set_mode(e.files() + "/p/sub/run", 0444)); }},
        {"link instead of a file",
         [](const WheelEntry& e) {
             EXPECT_TRUE(fs::set_mode(e.files() + "/p", 0755));
             EXPECT_TRUE(fs::remove_file(e.files() + "/p/__init__.py"));
             EXPECT_TRUE(fs::symlink("sub/run", e.files() + "/p/__init__.py"));
         }},
    };
    for (const Damage& damage : damages) {
        SCOPED_TRACE(damage.what);
        std::string sha256 = add_wheel("p");
        std::optional<WheelEntry> entry = *find_wheel(store, sha256);
        ASSERT_TRUE(entry);
        damage.inflict(*entry);
        EXPECT_FALSE(verify_wheel(*entry));
        EXPECT_TRUE((*find_wheel(store, sha256)).has_value()) << "not asked under the same boot";
        forget_boot(entry->directory);
        EXPECT_FALSE((*find_wheel(store, sha256)).has_value());
        EXPECT_EQ(count("wheels"), 0U);
    }
}

TEST_F(StoreTest, a_sound_wheel_is_checked_once_after_a_restart_and_never_when_settled) {
    std::string sha256 = add_wheel("p");
    std::string entry = store.path("wheels/" + sha256);
    forget_boot(entry);
    EXPECT_EQ(survival(entry), Survival::uncertain);
    ASSERT_TRUE(*find_wheel(store, sha256));
    EXPECT_EQ(survival(entry), Survival::sound);
    fs::Recording recording;
    ASSERT_TRUE(*find_wheel(store, sha256));
    EXPECT_LE(recording.accesses().size(), 4U);
    ASSERT_TRUE(settle(store, std::vector{entry}));
    EXPECT_EQ(*fs::read_link(fs::join(entry, state_name)), "durable");
}

TEST_F(StoreTest, what_was_not_checked_is_never_called_durable) {
    std::string entry = store.path("wheels/" + add_wheel("p"));
    forget_boot(entry);
    ASSERT_TRUE(settle(store, std::vector{entry}));
    EXPECT_EQ(survival(entry), Survival::uncertain);
}

TEST_F(StoreTest, settling_in_the_background_ends_by_itself) {
    std::string entry = store.path("wheels/" + add_wheel("p"));
    settle_later(store, std::vector{entry});
    for (int i = 0; i < 12'000; ++i) { // a syncfs, on a disk that others keep busy
        if (*fs::read_link(fs::join(entry, state_name)) == "durable") {
            return;
        }
        ::usleep(10'000);
    }
    FAIL() << "not durable after two minutes";
}

TEST_F(StoreTest, additions_are_made_once_and_do_not_outlive_a_doubtful_restart) {
    std::string sha256 = add_wheel("p");
    std::optional<WheelEntry> entry = *find_wheel(store, sha256);
    int calls = 0;
    auto work = [&](const std::string& files) -> Result<> {
        ++calls;
        TRY(fs::make_directories(files + "/p/__pycache__"));
        return fs::write_new(files + "/p/__pycache__/x.pyc", "bytecode");
    };
    ASSERT_TRUE(do_once(*entry, "compiled-1", work));
    ASSERT_TRUE(do_once(*entry, "compiled-1", work));
    EXPECT_EQ(calls, 1);
    EXPECT_TRUE(has_mark(*entry, "compiled-1"));
    EXPECT_FALSE(has_mark(*entry, "compiled-2"));
    EXPECT_TRUE(verify_wheel(*entry)) << "bytecode is no damage";
    EXPECT_EQ((*fs::stat(entry->files() + "/p"))->mode, 0555U);
    forget_boot(entry->directory);
    ASSERT_TRUE(*find_wheel(store, sha256));
    EXPECT_FALSE(has_mark(*entry, "compiled-1"));
    EXPECT_FALSE(fs::exists(entry->files() + "/p/__pycache__"));
}

TEST_F(StoreTest, additions_that_fail_leave_no_mark) {
    std::optional<WheelEntry> entry = *find_wheel(store, add_wheel("p"));
    auto work = [](const std::string&) -> Result<> { return fail(Error::Kind::disk, "full"); };
    EXPECT_FALSE(do_once(*entry, "mark", work));
    EXPECT_FALSE(has_mark(*entry, "mark"));
    EXPECT_EQ((*fs::stat(entry->files() + "/p"))->mode, 0555U);
}

TEST_F(StoreTest, many_processes_do_the_work_once) {
    std::optional<WheelEntry> entry = *find_wheel(store, add_wheel("p"));
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i) {
        pid_t child = ::fork();
        if (child == 0) {
            Result<> done = do_once(*entry, "m", [](const std::string& files) -> Result<> {
                TRY(fs::make_directories(files + "/p/__pycache__"));
                return fs::write_new(files + "/p/__pycache__/once", ""); // fails when there
            });
            ::_exit(done ? 0 : 1);
        }
        children.push_back(child);
    }
    for (pid_t child : children) {
        EXPECT_EQ(wait_for(child), 0);
    }
}

TEST_F(StoreTest, the_environments_of_a_damaged_wheel_go_with_it) {
    std::string sha256 = add_wheel("p");
    std::string other = add_wheel("q");
    for (const auto& [digest, wheel] :
         {std::pair{"0123456789abcdef", sha256}, std::pair{"fedcba9876543210", other}}) {
        ASSERT_TRUE(publish_environment(store, *store.begin(), digest, {.wheels = {wheel}}));
    }
    overwrite(store.path("wheels/" + sha256 + "/files/p/__init__.py"), "");
    VerifyReport report = *verify(store);
    EXPECT_EQ(report.wheels, 2U);
    ASSERT_EQ(report.damaged.size(), 1U);
    EXPECT_EQ(count("wheels"), 2U);
    EXPECT_TRUE(*take_away(store, report.damaged[0]));
    EXPECT_EQ(count("wheels"), 1U);
    EXPECT_FALSE((*find_environment(store, "0123456789abcdef")).has_value());
    EXPECT_TRUE((*find_environment(store, "fedcba9876543210")).has_value());
    EXPECT_TRUE(verify(store)->damaged.empty());
}

} // namespace
} // namespace pawl::store
