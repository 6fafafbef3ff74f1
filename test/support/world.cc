#include "test/support/world.h"

#include <algorithm>

#include "base/text.h"
#include "pep/name.h"

namespace pawl::test {

namespace {

class WorldParser {
  public:
    Result<World> parse(std::string_view text) {
        for (std::string_view line : split_lines(text)) {
            ++line_number_;
            auto done = read_line(line);
            if (!done) {
                return fail(std::move(done.error()).in("line " + std::to_string(line_number_)));
            }
        }
        for (Release& release : world_.releases) {
            complete(release);
        }
        return std::move(world_);
    }

  private:
    Result<> read_line(std::string_view line) {
        line = trim(line);
        if (line.starts_with('|')) {
            if (world_.releases.empty() || world_.releases.back().files.empty()) {
                return fail(Error::Kind::input, "content without a file");
            }
            line.remove_prefix(line.starts_with("| ") ? 2 : 1);
            world_.releases.back().files.back().content.append(line).append("\n");
            return {};
        }
        if (line.empty() || line.front() == '#') {
            return {};
        }
        auto halves = split_once(line, ' ');
        std::string_view word = halves ? halves->before : line;
        std::string rest(halves ? trim(halves->after) : std::string_view());
        if (word == "index") {
            index_ = rest;
            return {};
        }
        if (word == "status") {
            return read_status(rest);
        }
        if (word == "release") {
            auto name_and_version = split_once(rest, ' ');
            if (!name_and_version) {
                return fail(Error::Kind::input, "release NAME VERSION");
            }
            Release release;
            release.index = index_;
            release.name = name_and_version->before;
            release.version = trim(name_and_version->after);
            world_.releases.push_back(std::move(release));
            return {};
        }
        if (world_.releases.empty()) {
            return fail(Error::Kind::input, "\"" + std::string(word) + "\" before any release");
        }
        return read_property(world_.releases.back(), word, rest);
    }

    Result<> read_status(std::string_view rest) {
        std::vector<std::string_view> words = split(rest, ' ');
        if (words.size() < 2) {
            return fail(Error::Kind::input, "status PROJECT STATUS [REASON]");
        }
        size_t taken = words[0].size() + 1 + words[1].size();
        world_.statuses.push_back({.index = index_,
                                   .project = std::string(words[0]),
                                   .status = std::string(words[1]),
                                   .reason = std::string(trim(rest.substr(taken)))});
        return {};
    }

    static Result<> read_property(Release& release, std::string_view word,
                                  const std::string& rest) {
        if (word == "requires") {
            release.requires_dist.push_back(rest);
        } else if (word == "extra") {
            release.extras.push_back(rest);
        } else if (word == "python") {
            release.requires_python = rest;
        } else if (word == "yanked") {
            release.yanked = rest;
        } else if (word == "uploaded") {
            release.uploaded = rest;
        } else if (word == "wheel") {
            release.wheels.push_back(rest.empty() ? "py3-none-any" : rest);
        } else if (word == "sdist") {
            release.has_sdist = true;
            release.is_dynamic = rest == "dynamic";
        } else if (word == "file") {
            release.files.push_back({.path = rest, .content = {}});
        } else if (word == "variants") {
            release.files.push_back({.path = "variants.json", .content = {}, .is_beside = true});
        } else if (word == "script") {
            release.scripts.push_back(rest);
        } else if (word == "metadata") {
            release.metadata_lines.push_back(rest);
        } else if (word == "claims") {
            auto halves = split_once(rest, ' ');
            if (!halves) {
                return fail(Error::Kind::input, "claims NAME VERSION");
            }
            release.claimed_name = halves->before;
            release.claimed_version = halves->after;
        } else if (word == "record") {
            release.record_rows.push_back(rest);
        } else if (word == "plain") {
            release.announces_metadata = false;
        } else if (word == "hidden") {
            release.announces_metadata = release.has_metadata = false;
        } else {
            return fail(Error::Kind::input, "\"" + printable(word) + "\" is no word of a world");
        }
        return {};
    }

    static void complete(Release& release) {
        if (release.wheels.empty() && !release.has_sdist) {
            release.wheels.emplace_back("py3-none-any");
        }
        if (std::ranges::all_of(release.files, &WorldFile::is_beside)) {
            std::string package =
                replace_all(pep::normalize_name(release.name), "-", "_") + "/__init__.py";
            release.files.insert(
                release.files.begin(),
                {.path = package, .content = "__version__ = \"" + release.version + "\"\n"});
        }
    }

    World world_;
    std::string index_ = "simple";
    size_t line_number_ = 0;
};

} // namespace

Result<World> World::parse(std::string_view text) {
    return WorldParser().parse(text);
}

} // namespace pawl::test
