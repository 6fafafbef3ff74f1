#pragma once
// What the tests that ask a real server share: an index made from a text, a cache of its own, and
// a client whose retries do not wait.

#include <gtest/gtest.h>

#include "index/index.h"
#include "test/support/test_index.h"

namespace pawl::index {

class ClientTest : public testing::Test {
  protected:
    using ServerOptions = test::TestIndexOptions;

    void SetUp() override {
        auto directory = fs::TemporaryDirectory::create("/tmp", "pawl-index-test-");
        ASSERT_TRUE(directory) << directory.error().message;
        directory_.emplace(std::move(*directory));
    }

    void serve(std::string_view world, const ServerOptions& options = {}) {
        auto index = test::TestIndex::start(world, options);
        ASSERT_TRUE(index) << index.error().message;
        server_ = std::move(*index);
    }

    Options options_for(const std::vector<std::string>& urls) const {
        Options options;
        for (const std::string& url : urls) {
            options.sources.push_back(*parse_source(url, Source::Kind::simple, true));
        }
        options.network.retry_base_ms = 10;
        options.network.netrc_file = path("no-netrc");
        return options;
    }

    /// A client of the server's first index, or with these options.
    std::unique_ptr<Client> client(std::optional<Options> options = {}) const {
        auto made =
            Client::create(options ? *options : options_for({server_->url()}), path("cache"));
        EXPECT_TRUE(made) << made.error().message;
        return std::move(*made);
    }

    std::string path(std::string_view name) const { return fs::join(directory_->path(), name); }

    static Result<ProjectAnswer> ask(Client& client, std::string_view name) {
        return client.wait_project(client.project(pep::Name::of(name)));
    }

    /// The versions of a project, oldest first, parted by blanks; the error when there is one.
    static std::string versions(Client& client, std::string_view name) {
        auto answer = ask(client, name);
        if (!answer) {
            return "error: " + answer.error().message;
        }
        if (answer->outcome == ProjectAnswer::Outcome::unknown) {
            return "unknown";
        }
        std::string text;
        for (uint32_t row = 0; row < answer->files.version_count(); ++row) {
            text += (row > 0 ? " " : "") + std::string(answer->files.version(row).text);
        }
        return text;
    }

    /// What the newest release needs, parted by "; "; the error or outcome when it is another.
    static std::string needs(Client& client, std::string_view name) {
        auto answer = ask(client, name);
        if (!answer || answer->files.version_count() == 0) {
            return answer ? "no versions" : "error: " + answer.error().message;
        }
        auto row = answer->files.metadata_file(answer->files.version_count() - 1);
        auto metadata =
            client.wait_metadata({client.project(pep::Name::of(name)), row.value_or(0)});
        if (!metadata) {
            return "error: " + metadata.error().message;
        }
        switch (metadata->outcome) {
        case MetadataAnswer::Outcome::must_build:
            return "must build";
        case MetadataAnswer::Outcome::invalid:
            return "invalid: " + std::string(metadata->reason);
        case MetadataAnswer::Outcome::foreign:
            return "foreign: " + std::string(metadata->reason);
        case MetadataAnswer::Outcome::found:
            break;
        }
        std::string text;
        for (uint32_t i = 0; i < metadata->metadata.requirement_count(); ++i) {
            text += (i > 0 ? " & " : "") + std::string(metadata->metadata.requirement(i).text);
        }
        return text;
    }

    /// The first file of a project's newest release.
    static DistributionFile newest_file(Client& client, std::string_view name) {
        auto answer = ask(client, name);
        EXPECT_TRUE(answer) << answer.error().message;
        auto version = answer->files.version(answer->files.version_count() - 1);
        return answer->files.distribution(version.file_first);
    }

    std::optional<fs::TemporaryDirectory> directory_;
    std::unique_ptr<test::TestIndex> server_;
};

/// A wheel of so many files that METADATA and the directory need a request each; it has no
/// .metadata.
inline std::string big_wheel_world(int files) {
    std::string text = "release big 1\n hidden\n requires bar>1\n file big/__init__.py\n";
    uint64_t seed = 7;
    for (int i = 0; i < files; ++i) {
        text += " file big/part" + std::to_string(i) + ".py\n| ";
        for (int k = 0; k < 600; ++k) { // does not compress well
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text += static_cast<char>('!' + seed % 90);
        }
        text += "\n";
    }
    for (const char* name : {"a", "b", "other"}) {
        text += "release " + std::string(name) + " 1\n hidden\n";
    }
    return text;
}

inline bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

} // namespace pawl::index
