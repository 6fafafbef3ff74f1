#include "store/pack.h"

#include <csignal>
#include <cstring>
#include <map>
#include <random>
#include <thread>

#include <sys/resource.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "store/store_fixture_test.h"

namespace pawl::store {
namespace {

class PackTest : public StoreTest {
  protected:
    std::string path() const { return directory_.path() + "/packs/test.pack"; }
    Pack open() const { return std::move(*Pack::open(path())); }
};

std::string value_of(int i, size_t bytes = 0) {
    return "value " + std::to_string(i) + std::string(bytes, static_cast<char>('a' + i % 26));
}

TEST_F(PackTest, what_is_put_is_found_by_others_and_later) {
    EXPECT_FALSE(Pack::open_existing(path()));
    Pack first = open();
    EXPECT_FALSE(first.find("six"));
    ASSERT_TRUE(first.put("six", "1.17"));
    ASSERT_TRUE(first.put("", "the empty key"));
    ASSERT_TRUE(first.put("empty", ""));
    Pack second = open();
    EXPECT_EQ(second.find("six"), "1.17");
    EXPECT_EQ(second.find(""), "the empty key");
    EXPECT_EQ(second.find("empty"), "");
    EXPECT_FALSE(second.find("si"));
    ASSERT_TRUE(second.put("six", "1.18"));
    EXPECT_EQ(first.find("six"), "1.18") << "without opening it again";
    ASSERT_TRUE(first.erase("six"));
    EXPECT_FALSE(second.find("six"));
    ASSERT_TRUE(first.erase("never there"));
    EXPECT_TRUE(Pack::open_existing(path()));
}

TEST_F(PackTest, values_are_aligned_and_views_stay) {
    Pack pack = open();
    std::vector<std::string_view> views;
    for (int i = 0; i < 3'000; ++i) { // grows the table twice
        std::string key(static_cast<size_t>(i % 13), 'k');
        key += std::to_string(i);
        ASSERT_TRUE(pack.put(key, value_of(i)));
        std::optional<std::string_view> found = pack.find(key);
        ASSERT_TRUE(found);
        EXPECT_EQ(reinterpret_cast<uintptr_t>(found->data()) % 8, 0U);
        views.push_back(*found);
    }
    for (int i = 0; i < 3'000; ++i) {
        EXPECT_EQ(views[static_cast<size_t>(i)], value_of(i));
    }
    EXPECT_EQ(pack.usage().records, 3'000U);
}

TEST_F(PackTest, of_equal_keys_the_last_counts) {
    Pack pack = open();
    std::vector<Pack::Record> records{{"a", "1"}, {"b", "2"}, {"a", "3"}};
    ASSERT_TRUE(pack.put(records));
    EXPECT_EQ(pack.find("a"), "3");
    EXPECT_EQ(pack.usage().records, 2U);
    uint64_t bytes = pack.usage().file_bytes;
    ASSERT_TRUE(pack.put("b", "2"));
    EXPECT_EQ(pack.usage().file_bytes, bytes) << "the same value is not written again";
}

TEST_F(PackTest, it_behaves_as_a_map_does) {
    unsigned seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::map<std::string, std::string> model;
    Pack pack = open();
    for (int step = 0; step < 6'000; ++step) {
        std::string key = "key" + std::to_string(random() % 500);
        switch (random() % 16) {
        case 0:
            ASSERT_TRUE(pack.erase(key));
            model.erase(key);
            break;
        case 1:
            if (random() % 50 == 0) {
                ASSERT_TRUE(pack.compact());
            }
            break;
        case 2:
            pack = open();
            break;
        default:
            model[key] = value_of(static_cast<int>(random() % 1000), random() % 3'000);
            ASSERT_TRUE(pack.put(key, model[key]));
        }
    }
    std::map<std::string, std::string> content;
    pack.for_each([&](const Pack::Record& record) { content.emplace(record.key, record.value); });
    EXPECT_EQ(content, model);
    Pack::Usage usage = pack.usage();
    EXPECT_LT(usage.file_bytes, 3 * usage.live_bytes + (2U << 20)) << "garbage is collected";
}

TEST_F(PackTest, no_flipped_bit_ever_gives_a_wrong_value) {
    {
        Pack pack = open();
        for (int i = 0; i < 5; ++i) {
            ASSERT_TRUE(pack.put("k" + std::to_string(i), value_of(i)));
        }
    }
    std::string good = *fs::read(path());
    size_t used_table = 0;
    for (size_t at = 0; at < good.size(); ++at) {
        bool is_table = at >= 64 && at < 64 + 1024 * 8;
        used_table += is_table && good[at] != 0 ? 1U : 0U;
        if (is_table && good[at] == 0 && at % 61 != 0) {
            continue; // enough of the many unused slots
        }
        for (int bit = 0; bit < 8; ++bit) {
            std::string bytes = good;
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
            ASSERT_TRUE(fs::remove_file(path()));
            ASSERT_TRUE(fs::write_new(path(), bytes));
            Result<Pack> pack = Pack::open(path());
            if (!pack) {
                EXPECT_EQ(pack.error().kind, Error::Kind::disk); // "newer version"
                continue;
            }
            int found = 0;
            for (int i = 0; i < 5; ++i) {
                if (std::optional<std::string_view> value = pack->find("k" + std::to_string(i))) {
                    EXPECT_EQ(*value, value_of(i)) << "byte " << at << " bit " << bit;
                    ++found;
                }
            }
            EXPECT_GE(found, at < 64 ? 0 : 4) << "byte " << at << " bit " << bit;
            ASSERT_TRUE(pack->put("k0", "new"));
            EXPECT_EQ(pack->find("k0"), "new");
        }
    }
    EXPECT_GT(used_table, 10U);
}

TEST_F(PackTest, a_file_that_is_cut_anywhere_is_read_as_far_as_it_goes) {
    {
        Pack pack = open();
        for (int i = 0; i < 20; ++i) {
            ASSERT_TRUE(pack.put("k" + std::to_string(i), value_of(i, 100)));
        }
    }
    std::string good = *fs::read(path());
    for (size_t length = 0; length < good.size(); length += length < 8'000 ? 397 : 7) {
        SCOPED_TRACE(length);
        ASSERT_TRUE(fs::remove_file(path()));
        ASSERT_TRUE(fs::write_new(path(), good.substr(0, length)));
        Pack pack = open();
        for (int i = 0; i < 20; ++i) {
            std::optional<std::string_view> value = pack.find("k" + std::to_string(i));
            EXPECT_TRUE(!value || *value == value_of(i, 100));
        }
        ASSERT_TRUE(pack.put("k3", "again"));
        EXPECT_EQ(pack.find("k3"), "again");
    }
}

TEST_F(PackTest, many_writers_lose_nothing) {
    constexpr int writers = 6;
    constexpr int each = 400; // enough for the table to grow under all of them
    std::vector<pid_t> children;
    for (int writer = 0; writer < writers; ++writer) {
        pid_t child = ::fork();
        if (child == 0) {
            Pack pack = open();
            for (int i = 0; i < each; ++i) {
                std::string key = std::to_string(writer) + "/" + std::to_string(i);
                if (!pack.put(key, value_of(i, 500)) || pack.find(key) != value_of(i, 500)) {
                    ::_exit(1);
                }
            }
            ::_exit(0);
        }
        children.push_back(child);
    }
    for (pid_t child : children) {
        EXPECT_EQ(wait_for(child), 0);
    }
    Pack pack = open();
    for (int writer = 0; writer < writers; ++writer) {
        for (int i = 0; i < each; ++i) {
            std::string key = std::to_string(writer) + "/" + std::to_string(i);
            EXPECT_EQ(pack.find(key), value_of(i, 500)) << key;
        }
    }
}

TEST_F(PackTest, threads_share_one_object) {
    Pack pack = open();
    std::atomic<int> wrong{0};
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 4; ++thread) {
            threads.emplace_back([&, thread] {
                for (int i = 0; i < 400; ++i) {
                    std::string key = std::to_string(i);
                    if (thread < 2 && !pack.put(key, value_of(i))) {
                        ++wrong;
                    }
                    std::optional<std::string_view> value = pack.find(key);
                    if ((thread < 2 || value) && value != value_of(i)) {
                        ++wrong;
                    }
                }
            });
        }
    }
    EXPECT_EQ(wrong.load(), 0);
}

TEST_F(PackTest, killed_writers_leave_a_pack_that_works) {
    for (int round = 0; round < 60; ++round) {
        SCOPED_TRACE(round);
        pid_t child = ::fork();
        if (child == 0) {
            Pack pack = open();
            for (int i = 0;; ++i) {
                std::string key = std::to_string(i % 700);
                if (!pack.put(key, value_of(i % 700, 5'000 + static_cast<size_t>(i % 7)))) {
                    ::_exit(1);
                }
            }
        }
        ::usleep(static_cast<useconds_t>(500 + round * 300));
        ::kill(child, SIGKILL);
        EXPECT_EQ(wait_for(child), 128 + SIGKILL);
        Pack pack = open();
        pack.for_each([&](const Pack::Record& record) {
            if (record.key == "mine") {
                return;
            }
            std::string prefix = value_of(std::stoi(std::string(record.key)));
            EXPECT_EQ(record.value.substr(0, prefix.size()), prefix);
        });
        ASSERT_TRUE(pack.put("mine", std::to_string(round)));
        EXPECT_EQ(pack.find("mine"), std::to_string(round));
    }
    Pack pack = open();
    ASSERT_TRUE(pack.compact());
    EXPECT_EQ(fs::list(directory_.path() + "/packs")->size(), 1U) << "half-made files are gone";
}

TEST_F(PackTest, a_limit_drops_the_oldest) {
    Result<Pack> pack = Pack::open(path(), {.bytes_max = 200'000});
    ASSERT_TRUE(pack);
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(pack->put(std::to_string(i), value_of(i, 5'000)));
        EXPECT_LT(pack->usage().file_bytes, 200'000U);
    }
    EXPECT_EQ(pack->find("99"), value_of(99, 5'000));
    EXPECT_FALSE(pack->find("0"));
    ASSERT_TRUE(pack->put("huge", std::string(150'000, 'x'))) << "not kept, and no error";
    EXPECT_FALSE(pack->find("huge"));
}

TEST_F(PackTest, strange_files_in_its_place_are_handled) {
    ASSERT_TRUE(fs::make_directories(directory_.path() + "/packs"));
    ASSERT_TRUE(fs::write_new(path(), "not a pack at all"));
    EXPECT_FALSE(Pack::open_existing(path()));
    EXPECT_TRUE(open().put("a", "b"));
    std::string victim = directory_.path() + "/victim";
    ASSERT_TRUE(fs::write_new(victim, "precious"));
    ASSERT_TRUE(fs::remove_file(path()));
    ASSERT_TRUE(fs::symlink(victim, path()));
    EXPECT_TRUE(open().put("a", "b")) << "a planted link is replaced, not followed";
    EXPECT_EQ(*fs::read(victim), "precious");
    ASSERT_TRUE(fs::remove_file(path()));
    ASSERT_TRUE(fs::make_directories(path()));
    EXPECT_FALSE(Pack::open(path()));
}

TEST_F(PackTest, a_newer_versions_file_is_left_alone) {
    ASSERT_TRUE(open().put("a", "b"));
    std::string bytes = *fs::read(path());
    constexpr size_t version_at = 8;
    constexpr size_t sum_at = 24;
    bytes[version_at] = 2;
    uint64_t sum = XXH3_64bits(bytes.data(), sum_at);
    std::memcpy(bytes.data() + sum_at, &sum, sizeof sum);
    ASSERT_TRUE(fs::write_atomic(path(), bytes));
    Result<Pack> pack = Pack::open(path());
    ASSERT_FALSE(pack);
    EXPECT_NE(pack.error().message.find("a newer pawl"), std::string::npos);
    EXPECT_EQ(*fs::read(path()), bytes);
}

TEST_F(PackTest, a_file_that_vanishes_is_made_again_by_the_next_put) {
    Pack pack = open();
    ASSERT_TRUE(pack.put("a", "1"));
    ASSERT_TRUE(fs::remove_tree(directory_.path() + "/packs")); // pawl cache clean
    EXPECT_EQ(pack.find("a"), "1");
    ASSERT_TRUE(pack.put("b", "2"));
    EXPECT_EQ(open().find("b"), "2");
}

TEST_F(PackTest, little_address_space_is_enough) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "sanitizers map terabytes themselves";
#endif
    EXPECT_EQ(in_child([&] {
                  rlimit limit{400U << 20, 400U << 20};
                  ::setrlimit(RLIMIT_AS, &limit);
                  Result<Pack> pack = Pack::open(path());
                  bool good = pack && pack->put("a", "b") && pack->find("a") == "b";
                  return good ? 0 : 1;
              }),
              0);
}

} // namespace
} // namespace pawl::store
