// Edits of the inline metadata. The TOML is edited without loss (text/toml_edit.h); then only the
// lines that changed are put back behind their "# ", so that all other lines keep their bytes:
// "#" or "# " on an empty line, "\r\n", whatever stands around the block.

#include <algorithm>

#include "base/text.h"
#include "script/block.h"
#include "script/inline_metadata.h"
#include "text/toml.h"
#include "text/toml_edit.h"
#include "text/toml_write.h"

namespace pawl::script {
namespace {

using text::TomlDocument;

/// The lines of a block's content, as they stand in the script: with "# " and line ending.
std::vector<std::string_view> raw_lines(std::string_view text, const Block& block) {
    std::vector<std::string_view> lines;
    for (size_t at = block.content_begin; at < block.content_end;) {
        const Line line = line_at(text, at);
        lines.push_back(text.substr(line.begin, line.next - line.begin));
        at = line.next;
    }
    return lines;
}

/// The script with the block's content replaced; lines that are the same before and behind the
/// change keep their bytes.
std::string with_content(std::string_view text, const Block& block, std::string_view content) {
    const std::vector<std::string_view> old_lines = split_lines(block.content);
    const std::vector<std::string_view> new_lines = split_lines(content);
    const std::vector<std::string_view> raw = raw_lines(text, block);
    const size_t common_max = std::min(old_lines.size(), new_lines.size());
    size_t front = 0;
    while (front < common_max && old_lines[front] == new_lines[front]) {
        ++front;
    }
    size_t back = 0;
    while (back < common_max - front &&
           old_lines[old_lines.size() - 1 - back] == new_lines[new_lines.size() - 1 - back]) {
        ++back;
    }
    const std::string_view newline = newline_of(text.substr(block.begin));
    std::string result(text.substr(0, block.content_begin));
    for (size_t i = 0; i < front; ++i) {
        result += raw[i];
    }
    for (size_t i = front; i < new_lines.size() - back; ++i) {
        result += new_lines[i].empty() ? "#" : "# ";
        result += new_lines[i];
        result += newline;
    }
    for (size_t i = raw.size() - back; i < raw.size(); ++i) {
        result += raw[i];
    }
    return result += text.substr(block.content_end);
}

/// Where a new block goes: behind the BOM, the "#!" line and the encoding line.
size_t place_of_new_block(std::string_view text) {
    size_t at = text_begin(text);
    for (int i = 0; i < 2 && at < text.size(); ++i) {
        const Line line = line_at(text, at);
        const std::string_view content = text.substr(line.begin, line.size());
        const bool is_shebang = i == 0 && content.starts_with("#!");
        const bool is_encoding =
            content.starts_with("#") && (content.find("coding:") != std::string_view::npos ||
                                         content.find("coding=") != std::string_view::npos);
        if (!is_shebang && !is_encoding) {
            break;
        }
        at = line.next;
    }
    return at;
}

/// A script without metadata gets a block whose content is still empty of entries.
std::string with_new_block(std::string_view text, std::string_view content) {
    const size_t at = place_of_new_block(text);
    const std::string_view newline = newline_of(text);
    std::string block;
    const std::string_view before = text.substr(0, at);
    if (!before.empty() && !before.ends_with('\n') && !before.ends_with('\r') &&
        at > text_begin(text)) {
        block += newline; // a first line without an ending
    }
    block += "# /// script";
    block += newline;
    for (const std::string_view line : split_lines(content)) {
        block += line.empty() ? "#" : "# ";
        block += line;
        block += newline;
    }
    block += "# ///";
    block += newline;
    // An empty line behind the block, so that no comment of the script becomes part of it.
    const bool is_followed = at < text.size();
    const bool has_blank = is_followed && line_at(text, at).size() == 0;
    return std::string(before) + block + std::string(is_followed && !has_blank ? newline : "") +
           std::string(text.substr(at));
}

struct Edit {
    std::optional<Block> block; ///< nothing: the script has no metadata yet
    std::string content;
};

Result<Edit> begin_edit(std::string_view text, std::string_view name) {
    std::optional<InlineMetadata> metadata = TRY(read_inline_metadata(text, name));
    if (!metadata) {
        return Edit{};
    }
    if (!is_utf8(metadata->block.content)) {
        return fail(Error::Kind::input,
                    printable(name) + ":" + std::to_string(metadata->block.line) +
                        ": a metadata block in another encoding than UTF-8 is not edited");
    }
    Edit edit;
    edit.content = metadata->block.content;
    edit.block = std::move(metadata->block);
    return edit;
}

std::string end_edit(std::string_view text, const Edit& edit) {
    return edit.block ? with_content(text, *edit.block, edit.content)
                      : with_new_block(text, edit.content);
}

constexpr std::string_view dependencies_path[] = {"dependencies"};
constexpr std::string_view requires_python_path[] = {"requires-python"};

/// Whether `added` stands for the same edge as `present`, and so replaces it.
bool replaces(const pep::Requirement& added, const pep::Requirement& present) {
    const auto marker_text = [](const pep::Requirement& requirement) {
        return requirement.marker ? requirement.marker->str() : std::string();
    };
    return added.name == present.name && marker_text(added) == marker_text(present) &&
           (added.extras == present.extras || added.extras.empty() || present.extras.empty());
}

/// A requirement as TOML: a marker's double quotes read best inside of single ones.
std::string quoted(std::string_view requirement) {
    const bool fits_literal =
        requirement.find('"') != std::string_view::npos &&
        std::ranges::all_of(requirement, [](char c) { return c >= ' ' && c <= '~' && c != '\''; });
    return fits_literal ? "'" + std::string(requirement) + "'" : text::toml_string(requirement);
}

/// A new array: one line for one element, else an element a line.
std::string new_array(const std::vector<std::string>& requirements) {
    std::string array = "[\n";
    for (const std::string& requirement : requirements) {
        array += "    " + quoted(requirement) + ",\n";
    }
    return array + "]";
}

Result<std::string> add_one(const std::string& content, const std::string& requirement) {
    const TomlDocument document = TRY(TomlDocument::parse(content));
    const auto array = document.root().find("dependencies");
    if (!array) {
        return text::toml_set(document, dependencies_path, new_array({requirement}));
    }
    const pep::Requirement added = TRY(pep::Requirement::parse(requirement));
    std::optional<text::TomlNode> same;
    size_t place = array->size(); // sorted arrays stay sorted, others grow at their end
    bool is_sorted = true;
    std::string previous;
    size_t index = 0;
    for (const text::TomlNode& node : *array) {
        const pep::Requirement present = TRY(pep::Requirement::parse(node.string()));
        if (!same && replaces(added, present)) {
            same = node;
        }
        is_sorted = is_sorted && previous <= present.name.str();
        previous = present.name.str();
        if (place == array->size() && added.name < present.name) {
            place = index;
        }
        ++index;
    }
    if (same) {
        return text::toml_replace(document, *same, quoted(requirement));
    }
    if (array->size() == 0 && array->source().find('#') == std::string_view::npos) {
        return text::toml_replace(document, *array, new_array({requirement}));
    }
    return text::toml_array_insert(document, *array, is_sorted ? place : array->size(),
                                   quoted(requirement));
}

} // namespace

Result<std::string> add_dependencies(std::string_view text, std::string_view name,
                                     const std::vector<std::string>& requirements) {
    for (const std::string& requirement : requirements) {
        TRY(pep::Requirement::parse(requirement));
    }
    Edit edit = TRY(begin_edit(text, name));
    for (const std::string& requirement : requirements) {
        edit.content = TRY_IN(printable(name), add_one(edit.content, requirement));
    }
    if (requirements.empty() && !edit.block) {
        edit.content = "dependencies = []\n";
    }
    return end_edit(text, edit);
}

Result<std::string> remove_dependencies(std::string_view text, std::string_view name,
                                        const std::vector<std::string>& projects) {
    Edit edit = TRY(begin_edit(text, name));
    for (const std::string& project : projects) {
        const pep::Name wanted = TRY(pep::Name::parse(project));
        bool is_found = false;
        for (bool is_searching = true; is_searching;) { // one may stand there with several markers
            const TomlDocument document = TRY(TomlDocument::parse(edit.content));
            const auto array = document.root().find("dependencies");
            is_searching = false;
            for (size_t i = 0; array && !is_searching && i < array->size(); ++i) {
                auto node = array->begin();
                std::advance(node, i);
                if (TRY(pep::Requirement::parse((*node).string())).name == wanted) {
                    edit.content = TRY(text::toml_array_remove(document, *array, i));
                    is_found = is_searching = true;
                }
            }
        }
        if (!is_found) {
            std::vector<std::string> present;
            if (const auto metadata = TRY(read_inline_metadata(text, name))) {
                for (const DeclaredRequirement& declared : metadata->dependencies) {
                    present.push_back(declared.requirement.name.str());
                }
            }
            return fail(Error{Error::Kind::usage,
                              printable(name) + " does not depend on " + printable(project)}
                            .hint(present.empty() ? "it declares no dependencies"
                                                  : "it declares " + join_words(present)));
        }
    }
    return end_edit(text, edit);
}

Result<std::string> set_requires_python(std::string_view text, std::string_view name,
                                        std::string_view specifiers) {
    TRY(pep::Specifiers::parse(specifiers));
    Edit edit = TRY(begin_edit(text, name));
    const TomlDocument document = TRY(TomlDocument::parse(edit.content));
    edit.content =
        TRY(text::toml_set(document, requires_python_path, text::toml_string(specifiers)));
    return end_edit(text, edit);
}

} // namespace pawl::script
