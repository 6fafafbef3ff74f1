#include "exchange/format.h"

#include <algorithm>
#include <array>

#include "base/fs.h"
#include "base/paths.h"
#include "base/text.h"
#include "exchange/formats.h"

namespace pawl::exchange {

namespace {

struct Row {
    FormatInfo info;
    Result<Document> (*read)(std::string text, const Context& context);
    Result<Written> (*write)(const Document& document, const Context& context);
};

constexpr std::array<Row, 1> rows = {{
    {{.format = Format::pylock,
      .name = "pylock",
      .files = "pylock.toml, pylock.NAME.toml",
      .needs = {.file_names = true, .addresses = true, .edges = false}},
     read_pylock,
     write_pylock},
}};

constexpr auto all_infos = [] {
    std::array<FormatInfo, rows.size()> infos{};
    for (size_t i = 0; i < rows.size(); ++i) {
        infos[i] = rows[i].info;
    }
    return infos;
}();

const Row& row(Format format) {
    const auto* found =
        std::ranges::find_if(rows, [format](const Row& one) { return one.info.format == format; });
    return *found;
}

/// A path of the lock as the file in `to` names it.
void rebase(std::string& path, const std::string& from, const std::string& to) {
    if (!path.empty() && !path.starts_with('/')) {
        path = fs::relative_path(fs::normalize(fs::join(from, path)), to);
    }
}

Document rebased(Document document, const std::string& to) {
    const std::string from = std::exchange(document.directory, to);
    for (lock::Package& package : document.lock.packages) {
        if (package.vcs) {
            rebase(package.vcs->path, from, to);
        }
        if (package.directory) {
            rebase(package.directory->path, from, to);
        }
        if (package.archive) {
            rebase(package.archive->source.path, from, to);
        }
        if (package.sdist) {
            rebase(package.sdist->source.path, from, to);
        }
        for (lock::Wheel& wheel : package.wheels) {
            rebase(wheel.source.path, from, to);
        }
    }
    return document;
}

bool lacks_address(const lock::FileSource& source) {
    return source.url.empty() && source.path.empty();
}

} // namespace

std::span<const FormatInfo> formats() {
    return all_infos;
}

const FormatInfo& info(Format format) {
    return row(format).info;
}

Result<Format> format_named(std::string_view name) {
    std::vector<std::string> names;
    for (const FormatInfo& one : formats()) {
        if (one.name == name) {
            return one.format;
        }
        names.emplace_back(one.name);
    }
    return fail(Error{Error::Kind::usage, "\"" + printable(name) + "\" is no format of locks"}.hint(
        "there are " + join_words(names)));
}

std::optional<Format> format_of_name(std::string_view file_name) {
    return lock::is_lock_file_name(file_name) ? std::optional(Format::pylock) : std::nullopt;
}

std::optional<Format> format_of_content(std::string_view text) {
    return text.find("lock-version") != text.npos ? std::optional(Format::pylock) : std::nullopt;
}

Result<Document> read(std::string text, Format format, const Context& context) {
    return row(format).read(std::move(text), context);
}

Result<Written> write(const Document& document, Format format, const Context& context) {
    if (document.directory == context.directory) {
        return row(format).write(document, context);
    }
    return row(format).write(rebased(document, context.directory), context);
}

Needs missing(const Document& document, Format format) {
    const Needs& needed = info(format).needs;
    Needs result;
    for (size_t i = 0; i < document.facts.size(); ++i) {
        const lock::Package& package = document.lock.packages[i];
        const Facts& facts = document.facts[i];
        result.file_names = result.file_names || !facts.unplaced_hashes.empty();
        bool lacks = (package.sdist && lacks_address(package.sdist->source)) ||
                     std::ranges::any_of(package.wheels, [](const lock::Wheel& wheel) {
                         return lacks_address(wheel.source);
                     });
        result.addresses = result.addresses || lacks || !facts.unplaced_hashes.empty();
        result.edges = result.edges || facts.edge_knowledge != EdgeKnowledge::requirements;
    }
    return {.file_names = needed.file_names && result.file_names,
            .addresses = needed.addresses && result.addresses,
            .edges = needed.edges && result.edges};
}

} // namespace pawl::exchange
