// Locks that somebody has damaged: read as something, or refused with a reason; never a crash, and
// what was read can be written or is refused with a reason, too.

#include <random>

#include "base/text.h"
#include "exchange/sample_test.h"

namespace pawl::exchange {
namespace {

constexpr unsigned seed = 20261126;
constexpr int rounds = 200;

struct Seed {
    Format format;
    std::string text;
};

std::vector<Seed> seeds() {
    std::vector<Seed> all;
    for (Format format : {Format::poetry, Format::pdm, Format::pipenv, Format::uv}) {
        std::string path =
            PAWL_SOURCE_DIR "/fuzz/corpus/foreign_lock/" + std::string(info(format).file_name);
        Result<std::string> text = fs::read(path);
        EXPECT_TRUE(text) << text.error().message;
        all.push_back({format, text.value_or("")});
    }
    return all;
}

/// A line gone, twice, elsewhere; a word of another place; a cut; another character.
std::string damaged(const std::string& text, std::mt19937& random) {
    auto below = [&random](size_t bound) {
        return bound == 0 ? size_t{0} : std::uniform_int_distribution<size_t>(0, bound - 1)(random);
    };
    std::vector<std::string> lines;
    for (std::string_view line : split_lines(text)) {
        lines.emplace_back(line);
    }
    for (size_t change = 0; change <= below(3); ++change) {
        size_t at = below(lines.size());
        size_t other = below(lines.size());
        switch (below(5)) {
        case 0:
            lines.erase(lines.begin() + static_cast<ptrdiff_t>(at));
            break;
        case 1:
            lines.insert(lines.begin() + static_cast<ptrdiff_t>(other), lines[at]);
            break;
        case 2:
            std::swap(lines[at], lines[other]);
            break;
        case 3:
            lines[at].resize(below(lines[at].size() + 1));
            break;
        default:
            if (!lines[at].empty()) {
                constexpr std::string_view odd = "\"'{}[]=,;@#!*^~|<>\\/.-_ \n\xc3"
                                                 "a0";
                lines[at][below(lines[at].size())] = odd[below(odd.size())];
            }
        }
        if (lines.empty()) {
            break;
        }
    }
    return join(lines, "\n");
}

Context context_for(Format format) {
    Context context;
    context.file = std::string(info(format).file_name);
    context.directory = "/nonexistent";
    return context;
}

TEST(Damage, a_lock_is_read_or_refused_with_a_reason) {
    std::mt19937 random(seed);
    SCOPED_TRACE("seed " + std::to_string(seed));
    size_t read_count = 0;
    for (const Seed& one : seeds()) {
        for (int round = 0; round < rounds; ++round) {
            std::string text = damaged(one.text, random);
            Result<Document> document = read(text, one.format, context_for(one.format));
            if (!document) {
                EXPECT_FALSE(document.error().message.empty()) << text;
                continue;
            }
            ++read_count;
            for (const FormatInfo& target : formats()) {
                Result<Written> written =
                    write(*document, target.format, context_for(target.format));
                EXPECT_TRUE(written || !written.error().message.empty()) << text;
                if (written && target.format == one.format) {
                    Result<Document> again =
                        read(written->text, one.format, context_for(one.format));
                    EXPECT_TRUE(again) << again.error().message << "\n" << written->text;
                }
            }
        }
    }
    EXPECT_GT(read_count, 50u) << "hardly any was readable: the damage is too much";
}

} // namespace
} // namespace pawl::exchange
