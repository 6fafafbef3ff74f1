#include "exchange/format.h"

#include <algorithm>
#include <array>
#include <functional>

#include "base/check.h"
#include "base/fs.h"
#include "base/paths.h"
#include "base/text.h"
#include "exchange/formats.h"
#include "exchange/manifest.h"
#include "exchange/memberships.h"
#include "text/place.h"

namespace pawl::exchange {

namespace {

struct Row {
    FormatInfo info;
    Result<Document> (*read)(std::string text, const Context& context);
    Result<Written> (*write)(const Document& document, const Context& context);
};

constexpr std::array<Row, 7> rows = {{
    {{.format = Format::pylock,
      .name = "pylock",
      .file_name = "pylock.toml",
      .files = "pylock.toml, pylock.NAME.toml",
      .needs = {.file_names = true, .addresses = true, .edges = EdgeKnowledge::none}},
     read_pylock,
     write_pylock},
    {{.format = Format::requirements,
      .name = "requirements",
      .file_name = "requirements.txt",
      .files = "requirements.txt",
      .needs = {}},
     read_requirements,
     write_requirements},
    {{.format = Format::pipenv,
      .name = "pipenv",
      .file_name = "Pipfile.lock",
      .files = "Pipfile.lock",
      .needs = {}},
     read_pipenv,
     write_pipenv},
    {{.format = Format::poetry,
      .name = "poetry",
      .file_name = "poetry.lock",
      .files = "poetry.lock",
      .refuses_stale = true,
      .needs = {.file_names = true,
                .edges = EdgeKnowledge::requirements,
                .source_edges = EdgeKnowledge::metadata}},
     read_poetry,
     write_poetry},
    {{.format = Format::pdm,
      .name = "pdm",
      .file_name = "pdm.lock",
      .files = "pdm.lock",
      .needs = {.file_names = true,
                .edges = EdgeKnowledge::requirements,
                .source_edges = EdgeKnowledge::metadata}},
     read_pdm,
     write_pdm},
    {{.format = Format::uv,
      .name = "uv",
      .file_name = "uv.lock",
      .files = "uv.lock, SCRIPT.py.lock",
      .needs = {.file_names = true,
                .addresses = true,
                .edges = EdgeKnowledge::entries,
                .source_edges = EdgeKnowledge::metadata}},
     read_uv,
     write_uv},
    {{.format = Format::cyclonedx,
      .name = "cyclonedx",
      .file_name = "bom.cdx.json",
      .files = "*.cdx.json",
      .can_read = false,
      .needs = {}},
     nullptr,
     write_cyclonedx},
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

void for_each_path(lock::Lock& lock, const std::function<void(std::string&)>& change) {
    for (lock::Package& package : lock.packages) {
        if (package.vcs) {
            change(package.vcs->path);
        }
        if (package.directory) {
            change(package.directory->path);
        }
        if (package.archive) {
            change(package.archive->source.path);
        }
        if (package.sdist) {
            change(package.sdist->source.path);
        }
        for (lock::Wheel& wheel : package.wheels) {
            change(wheel.source.path);
        }
    }
}

Document rebased(Document document, const std::string& to) {
    const std::string from = std::exchange(document.directory, to);
    if (from != to) {
        for_each_path(document.lock, [&](std::string& path) { rebase(path, from, to); });
    }
    return document;
}

/// What git leaves where two changes met.
Result<> check_conflict_marks(std::string_view text) {
    size_t at = text.starts_with("<<<<<<< ") ? 0 : text.find("\n<<<<<<< ");
    if (at == text.npos) {
        return {};
    }
    uint32_t line = text::place_of(text, at == 0 ? 0 : at + 1).line;
    return fail(Error{Error::Kind::input,
                      "line " + std::to_string(line) + ": there are conflict markers of a merge"}
                    .hint("finish the merge, or lock again"));
}

/// Groups and extras of the lock that the tool's manifest does not have: it will not install them.
void add_unknown_selectors(const Document& document, const Project& project, Written& written) {
    for (const Selector& selector : selectors_of(document)) {
        bool is_known = selector.kind == Selector::Kind::main ||
                        std::ranges::find(project.groups, selector.name) != project.groups.end() ||
                        std::ranges::find(project.extras, selector.name, &pep::Name::str) !=
                            project.extras.end();
        if (!is_known) {
            written.losses.push_back(
                {"", "manifest",
                 "pyproject.toml has no " + selector.str() + ", so nobody can ask for it"});
        }
    }
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
    if (lock::is_lock_file_name(file_name)) {
        return Format::pylock;
    }
    bool is_of_script = file_name.ends_with(".py.lock") || file_name.ends_with(".pyw.lock");
    if (file_name == "uv.lock" || is_of_script) {
        return Format::uv;
    }
    if (file_name == "poetry.lock" || file_name == "pdm.lock") {
        return file_name == "pdm.lock" ? Format::pdm : Format::poetry;
    }
    if (file_name.ends_with(".cdx.json")) {
        return Format::cyclonedx;
    }
    if (file_name == "Pipfile.lock") {
        return Format::pipenv;
    }
    if (file_name.starts_with("requirements") && file_name.ends_with(".txt")) {
        return Format::requirements;
    }
    return std::nullopt;
}

std::optional<Format> format_of_content(std::string_view text) {
    auto has_line = [text](std::string_view begin) {
        size_t at = text.find(begin);
        return at != text.npos && (at == 0 || text[at - 1] == '\n');
    };
    if (has_line("lock-version") && has_line("[metadata]")) {
        return Format::poetry;
    }
    if (has_line("lock_version") && has_line("[metadata]")) {
        return Format::pdm;
    }
    if (has_line("lock-version")) {
        return Format::pylock;
    }
    if (text.starts_with("{") && text.find("\"pipfile-spec\"") != text.npos) {
        return Format::pipenv;
    }
    if (has_line("version = ") && has_line("[[package]]")) {
        return Format::uv;
    }
    return std::nullopt;
}

Result<Document> read(std::string text, Format format, const Context& context) {
    check(info(format).can_read);
    TRY_IN(printable(context.file), check_conflict_marks(text));
    Document document = TRY(row(format).read(std::move(text), context));
    if (format != Format::pylock) { // which keeps its own words; the others' are the writers'
        for_each_path(document.lock,
                      [](std::string& path) { path = std::string(lock::plain_path(path)); });
    }
    TRY_IN(printable(context.file), check_unambiguous(document));
    return document;
}

Result<Written> write(const Document& given, Format format, const Context& context) {
    Document document = rebased(given, context.directory);
    std::optional<Project> project = TRY(project_beside(context));
    if (!project && !document.projects.empty()) {
        project = document.projects[0];
    }
    if (project) {
        TRY_IN(printable(context.file), refine_memberships(document, project->roots));
    }
    Written written = TRY(row(format).write(document, context));
    bool is_compared = format == Format::poetry || format == Format::pdm || format == Format::uv;
    if (project && is_compared && context.pyproject) {
        add_unknown_selectors(document, *project, written);
    }
    return written;
}

Needs missing(const Document& document, Format format) {
    const Needs& needed = info(format).needs;
    Needs lacking;
    for (size_t i = 0; i < document.facts.size(); ++i) {
        const lock::Package& package = document.lock.packages[i];
        const Facts& facts = document.facts[i];
        bool lacks = (package.sdist && lacks_address(package.sdist->source)) ||
                     std::ranges::any_of(package.wheels, [](const lock::Wheel& wheel) {
                         return lacks_address(wheel.source);
                     });
        bool is_unplaced = !facts.unplaced_hashes.empty();
        lacking.file_names = lacking.file_names || (needed.file_names && is_unplaced);
        lacking.addresses = lacking.addresses || (needed.addresses && (lacks || is_unplaced));
        if (facts.edge_knowledge < needed.edges_of(package)) {
            lacking.edges = needed.edges;
            lacking.source_edges = needed.source_edges;
        }
    }
    return lacking;
}

} // namespace pawl::exchange
