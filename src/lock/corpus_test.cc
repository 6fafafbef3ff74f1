// Against the shared cases, where they are there: every valid lock of the conformance corpus is
// written and read again; the malformed and malicious locks are refused.

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/fs.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "lock/test_support.h"
#include "text/json.h"

namespace pawl::lock {
namespace {

std::string shared_directory() {
    if (const char* given = std::getenv("PAWL_SHARED")) {
        return given;
    }
    return std::string(PAWL_SOURCE_DIR) + "/../shared";
}

/// What spec-conforming rewriting changes: the order, and versions of source trees.
Lock normalized(Lock lock) {
    sort(lock);
    for (Package& package : lock.packages) {
        if (package.vcs || package.directory) {
            package.version.reset();
        }
        std::ranges::sort(package.dependencies, {}, [](const Dependency& dependency) {
            return std::pair(dependency.name, dependency.version ? dependency.version->str() : "");
        });
        auto sort_hashes = [](FileSource& source) { std::ranges::sort(source.hashes); };
        for (Wheel& wheel : package.wheels) {
            sort_hashes(wheel.source);
        }
        if (package.sdist) {
            sort_hashes(package.sdist->source);
        }
        if (package.archive) {
            sort_hashes(package.archive->source);
        }
    }
    lock.lock_version = "1.0";
    if (lock.extras) {
        std::ranges::sort(*lock.extras);
    }
    if (lock.dependency_groups) {
        std::ranges::sort(*lock.dependency_groups);
    }
    std::ranges::sort(lock.default_groups);
    return lock;
}

TEST(Corpus, every_valid_lock_survives_rewriting) {
    const std::string path = shared_directory() + "/corpus/data/pylock_docs.jsonl.gz";
    if (!fs::exists(path)) {
        GTEST_SKIP() << "no shared corpus at " << path << " (set PAWL_SHARED)";
    }
    auto unpacked = spawn({.arguments = {"/bin/gzip", "-dc", path}});
    ASSERT_TRUE(unpacked && unpacked->exit_code == 0);
    size_t valid = 0;
    for (std::string_view line : split_lines(unpacked->out)) {
        auto entry = text::parse_json(line);
        ASSERT_TRUE(entry) << entry.error().message;
        auto before = read(std::string(*entry->string_at("toml")), Rules::standard);
        if (!before) {
            continue;
        }
        ++valid;
        SCOPED_TRACE(*entry->string_at("doc"));
        const std::string written = write(before->lock);
        auto after = read(written, Rules::standard);
        ASSERT_TRUE(after) << after.error().message << "\n" << written;
        EXPECT_TRUE(normalized(before->lock) == normalized(after->lock)) << written;
        EXPECT_EQ(write(after->lock), written);
    }
    EXPECT_GT(valid, 1000u);
}

/// Whether the lock alone is enough to refuse it, for the environment of the cases.
std::string refusal(const std::string& body) {
    auto result = read(body);
    if (!result) {
        return result.error().message;
    }
    if (auto sources = check_sources(result->lock); !sources) {
        return sources.error().message;
    }
    const pep::TagSet tags(pep::compatible_tags({.implementation = "cpython",
                                                 .major = 3,
                                                 .minor = 12,
                                                 .abis = {"cp312"},
                                                 .platforms = {"linux_x86_64"}}));
    auto selected = select(result->lock, {.environment = linux_environment(), .tags = &tags});
    return selected ? "" : selected.error().message;
}

TEST(Evil, locks_are_refused_before_anything_is_touched) {
    const std::string root = shared_directory() + "/evil";
    if (!fs::exists(root + "/manifest.json")) {
        GTEST_SKIP() << "no shared cases at " << root << " (set PAWL_SHARED)";
    }
    auto manifest = text::parse_json(*fs::read(root + "/manifest.json"));
    ASSERT_TRUE(manifest) << manifest.error().message;
    // These need the file itself (its digest or size), or may be warnings as their notes say.
    static constexpr std::string_view later[] = {"L12", "L16", "L39", "L53", "L55"};
    for (const text::Value& entry : *manifest->array_at("cases")) {
        const std::string_view id = *entry.string_at("id");
        if (entry.string_at("group") != "lock-pylock" ||
            std::ranges::find(later, id) != std::end(later)) {
            continue;
        }
        SCOPED_TRACE(id);
        auto body = fs::read(root + "/cases/" + std::string(*entry.string_at("file")));
        ASSERT_TRUE(body) << body.error().message;
        const std::string message = refusal(*body);
        EXPECT_EQ(message.empty(), entry.string_at("must") == "install") << message;
        EXPECT_EQ(message.find("s3cr3t"), std::string::npos);
        EXPECT_EQ(message.find('\x1b'), std::string::npos);
    }
}

} // namespace
} // namespace pawl::lock
