// Edits work on the text: the tree says where things stand, and the text around them says how the
// author likes them laid out. What an edit cannot know it leaves alone. Each result is parsed
// again, so that a mistake here is an error and never a broken file.

#include "text/toml_edit.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "text/toml_tree.h"
#include "text/toml_write.h"

namespace pawl::text {

namespace {

using Form = TomlNode::Form;

/// Replaces bytes of a text; edits are given in any order and must not overlap.
class Splicer {
  public:
    explicit Splicer(const std::string& text) : text_(text) {}

    void replace(size_t begin, size_t end, std::string with) {
        edits_.push_back({begin, end, std::move(with)});
    }
    void insert(size_t at, std::string what) { replace(at, at, std::move(what)); }
    void erase(size_t begin, size_t end) { replace(begin, end, ""); }

    Result<std::string> finish() {
        std::ranges::stable_sort(edits_, {}, &Edit::begin);
        std::string out;
        size_t at = 0;
        for (const Edit& edit : edits_) {
            check(edit.begin >= at && edit.end >= edit.begin && edit.end <= text_.size());
            out.append(text_, at, edit.begin - at).append(edit.with);
            at = edit.end;
        }
        out.append(text_, at);
        TRY_IN("the edited document would be broken", TomlDocument::parse(out));
        return out;
    }

  private:
    struct Edit {
        size_t begin, end;
        std::string with;
    };
    const std::string& text_;
    std::vector<Edit> edits_;
};

/// A mark of the byte order stays in front of the first line.
size_t line_begin_of(std::string_view text, size_t at) {
    constexpr std::string_view mark = "\xef\xbb\xbf";
    const size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1; // npos + 1 is 0
    return begin == 0 && text.starts_with(mark) ? mark.size() : begin;
}

/// Where the line's content ends: before "\n" or "\r\n".
size_t line_end_of(std::string_view text, size_t at) {
    const size_t end = std::min(text.find('\n', at), text.size());
    return end > at && text[end - 1] == '\r' && end < text.size() ? end - 1 : end;
}

/// Behind the line's end.
size_t next_line_of(std::string_view text, size_t at) {
    return std::min(text.find('\n', at), text.size() - 1) + 1;
}

bool is_blank(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c == ' ' || c == '\t'; });
}

std::string line_end_style(std::string_view text) {
    return text.find("\r\n") != text.npos ? "\r\n" : "\n";
}

/// The blanks in front of what begins at `at`; nothing when something else stands there too.
std::optional<std::string> indentation_of(std::string_view text, size_t at) {
    const size_t begin = line_begin_of(text, at);
    const std::string_view before = text.substr(begin, at - begin);
    return is_blank(before) ? std::optional<std::string>(before) : std::nullopt;
}

/// The comma that follows, over white space and comments; npos when something else does.
size_t comma_after(std::string_view text, size_t at) {
    while (at < text.size()) {
        if (text[at] == '#') {
            at = std::min(text.find('\n', at), text.size());
        } else if (is_space(text[at])) {
            ++at;
        } else {
            return text[at] == ',' ? at : text.npos;
        }
    }
    return text.npos;
}

/// Behind the last value that stands below a node: the tree gives no span to dotted tables.
uint32_t last_end(TomlNode node) {
    if (node.form() == Form::value) {
        return node.span().end;
    }
    uint32_t end = 0;
    for (const TomlNode entry : node) {
        end = std::max(end, last_end(entry));
    }
    return end;
}

std::string dotted(TomlPath keys) {
    std::string out;
    for (std::string_view key : keys) {
        out += (out.empty() ? "" : ".") + toml_key(key);
    }
    return out;
}

tl::unexpected<Error> edit_error(std::string message) {
    return fail(Error::Kind::input, std::move(message));
}

// --- arrays -------------------------------------------------------------------------------------

void insert_into_empty_array(const std::string& text, TomlNode array, std::string_view value,
                             Splicer& splicer) {
    const TomlSpan span = array.span();
    const std::string_view inner =
        std::string_view(text).substr(span.begin + 1, span.end - span.begin - 2);
    if (inner.find('\n') == inner.npos) {
        splicer.replace(span.begin + 1, span.end - 1, std::string(value));
        return;
    }
    // Before the line of the closing bracket, one step further in than it.
    const size_t bracket = span.end - 1;
    const std::string outer = indentation_of(text, bracket).value_or("");
    splicer.insert(bracket - outer.size(),
                   outer + "    " + std::string(value) + "," + line_end_style(text));
}

void insert_first(const std::string& text, TomlNode first, std::string_view value,
                  Splicer& splicer) {
    const auto indentation = indentation_of(text, first.span().begin);
    splicer.insert(first.span().begin,
                   std::string(value) + "," +
                       (indentation ? line_end_style(text) + *indentation : std::string(" ")));
}

void insert_behind(const std::string& text, TomlNode before, std::string_view value,
                   Splicer& splicer) {
    const size_t end = before.span().end;
    const size_t comma = comma_after(text, end);
    const size_t line_end = line_end_of(text, end);
    const auto indentation = indentation_of(text, before.span().begin);
    const std::string new_line = line_end_style(text) + indentation.value_or("");
    if (comma == text.npos) {
        const std::string_view rest = std::string_view(text).substr(end, line_end - end);
        const bool line_ends_here = is_blank(rest) || trim(rest).starts_with('#');
        if (indentation && line_ends_here && line_end < text.size()) {
            splicer.insert(end, ",");
            splicer.insert(line_end, new_line + std::string(value));
        } else if (indentation) {
            splicer.insert(end, "," + new_line + std::string(value));
        } else {
            splicer.insert(end, ", " + std::string(value));
        }
        return;
    }
    const std::string_view rest =
        comma < line_end ? std::string_view(text).substr(comma + 1, line_end - comma - 1) : "";
    const bool line_ends_here = is_blank(rest) || trim(rest).starts_with('#');
    if (comma >= line_end) {
        splicer.insert(end,
                       ", " + std::string(value)); // the comma stands in front of the next line
    } else if (indentation && line_ends_here) {
        splicer.insert(line_end, new_line + std::string(value) + ",");
    } else {
        splicer.insert(comma + 1, " " + std::string(value) + ",");
    }
}

} // namespace

Result<std::string> toml_array_insert(const TomlDocument& document, TomlNode array, size_t index,
                                      std::string_view value) {
    if (!array.is_array() || !array.is_inline()) {
        return edit_error("only an array of values can take an element");
    }
    Splicer splicer(document.text());
    if (array.size() == 0) {
        insert_into_empty_array(document.text(), array, value, splicer);
    } else if (index == 0) {
        insert_first(document.text(), *array.begin(), value, splicer);
    } else {
        auto before = array.begin();
        const size_t steps = std::min(index, array.size()) - 1;
        std::advance(before, static_cast<std::ptrdiff_t>(steps));
        insert_behind(document.text(), *before, value, splicer);
    }
    return splicer.finish();
}

namespace {

/// One of several things with commas between them: elements of an array, entries of a table.
struct Item {
    size_t begin = 0, end = 0;
};

/// An element whose line holds nothing else but its comma and a comment.
bool has_own_line(std::string_view text, const Item& item, size_t comma) {
    const size_t line_end = line_end_of(text, item.end);
    const bool comma_is_elsewhere = comma != text.npos && comma >= line_end;
    if (!indentation_of(text, item.begin) || line_end == text.size() || comma_is_elsewhere) {
        return false;
    }
    const size_t behind = comma < line_end ? comma + 1 : item.end;
    const std::string_view rest = trim(text.substr(behind, line_end - behind));
    return rest.empty() || rest.starts_with('#');
}

void remove_item(const std::string& text, std::span<const Item> items, size_t index,
                 Splicer& splicer) {
    const Item& item = items[index];
    const std::string_view view = text;
    const size_t comma = comma_after(view, item.end);
    const bool is_last = index + 1 == items.size();
    const size_t comma_before = index > 0 ? comma_after(view, items[index - 1].end) : view.npos;
    if (has_own_line(view, item, comma)) {
        splicer.erase(line_begin_of(view, item.begin), next_line_of(view, item.end));
        if (is_last && comma == view.npos && comma_before != view.npos) {
            splicer.erase(comma_before, comma_before + 1);
        }
        return;
    }
    const bool has_comma = comma != view.npos;
    if (has_comma && view.substr(item.end, comma - item.end).find('#') != view.npos) {
        splicer.erase(item.begin, item.end); // a comment stands between: it stays
        splicer.erase(comma, comma + 1);
        return;
    }
    if (!is_last) {
        size_t end = comma + 1;
        while (end < view.size() && (view[end] == ' ' || view[end] == '\t')) {
            ++end;
        }
        splicer.erase(item.begin, end);
        return;
    }
    if (index == 0) {
        splicer.erase(item.begin, has_comma ? comma + 1 : item.end);
        return;
    }
    const std::string_view between =
        view.substr(items[index - 1].end, item.begin - items[index - 1].end);
    if (between.find('#') == between.npos) {
        splicer.erase(items[index - 1].end, item.end);
    } else {
        splicer.erase(comma_before, comma_before + 1); // a comment stands between: it stays
        splicer.erase(item.begin, item.end);
    }
}

} // namespace

Result<std::string> toml_array_remove(const TomlDocument& document, TomlNode array, size_t index) {
    if (!array.is_array() || !array.is_inline() || index >= array.size()) {
        return edit_error("the array has no such element");
    }
    std::vector<Item> items;
    for (const TomlNode element : array) {
        items.push_back({element.span().begin, element.span().end});
    }
    Splicer splicer(document.text());
    remove_item(document.text(), items, index, splicer);
    return splicer.finish();
}

Result<std::string> toml_replace(const TomlDocument& document, TomlNode node,
                                 std::string_view value) {
    if (!node.is_inline()) {
        return edit_error(printable(node.path()) + " is a table of its own, not a value");
    }
    Splicer splicer(document.text());
    splicer.replace(node.span().begin, node.span().end, std::string(value));
    return splicer.finish();
}

// --- keys ---------------------------------------------------------------------------------------

namespace {

/// Adds a line behind the last entry of a section.
void insert_line(const TomlDocument& document, size_t after, const std::string& line,
                 Splicer& splicer) {
    const std::string& text = document.text();
    const size_t at = line_end_of(text, after);
    const size_t entry_line = line_begin_of(text, after);
    const size_t content = std::min(text.find_first_not_of(" \t", entry_line), text.size());
    const bool is_header = content < text.size() && text[content] == '[';
    const std::string indentation =
        is_header ? "" : text.substr(entry_line, std::min(content, at) - entry_line);
    splicer.insert(at, line_end_style(text) + indentation + line);
}

void insert_at_top(const TomlDocument& document, const std::string& line, Splicer& splicer) {
    const std::string& text = document.text();
    const std::string style = line_end_style(text);
    const std::vector<TomlTree::Section>& sections = document.tree().sections;
    if (sections.size() > 1) {
        splicer.insert(line_begin_of(text, sections[1].begin), line + style + style);
    } else {
        const bool needs_end = !text.empty() && !text.ends_with('\n');
        splicer.insert(text.size(), (needs_end ? style : "") + line + style);
    }
}

void append_section(const TomlDocument& document, const std::string& header,
                    const std::string& line, Splicer& splicer) {
    const std::string& text = document.text();
    const std::string style = line_end_style(text);
    std::string section;
    if (!text.empty()) {
        section = text.ends_with('\n') ? style : style + style;
    }
    section += "[" + header + "]" + style + line + style;
    splicer.insert(text.size(), std::move(section));
}

void insert_into_inline(TomlNode table, const std::string& entry, Splicer& splicer) {
    if (table.size() == 0) {
        splicer.replace(table.span().begin, table.span().end, "{ " + entry + " }");
    } else {
        uint32_t end = 0;
        for (const TomlNode present : table) {
            end = std::max(end, last_end(present));
        }
        splicer.insert(end, ", " + entry);
    }
}

/// The section of a table that a header made.
const TomlTree::Section& section_of(const TomlDocument& document, TomlNode table) {
    const std::vector<TomlTree::Section>& sections = document.tree().sections;
    if (table == document.root()) {
        return sections.front();
    }
    const auto found = std::ranges::lower_bound(sections.begin() + 1, sections.end(),
                                                table.span().begin, {}, &TomlTree::Section::begin);
    check(found != sections.end());
    return *found;
}

/// Adds what is missing of `path` below the table at path[0, depth).
Result<std::string> add_key(const TomlDocument& document, TomlNode table, TomlPath path,
                            size_t depth, std::string_view value) {
    Splicer splicer(document.text());
    const std::string entry = dotted(path.subspan(depth)) + " = " + std::string(value);
    const bool one_key = depth + 1 == path.size();
    // The table that shows where the entry stands: dotted keys have no place of their own.
    TomlNode owner = document.root();
    size_t owner_depth = 0;
    TomlNode above = owner;
    for (size_t i = 0; i < depth; ++i) {
        above = *above.find(path[i]);
        if (above.form() != Form::dotted) {
            owner = above;
            owner_depth = i + 1;
        }
    }
    const std::string from_owner = dotted(path.subspan(owner_depth)) + " = " + std::string(value);
    if (owner.form() == Form::value) {
        insert_into_inline(owner, from_owner, splicer);
    } else if (table.form() == Form::dotted) {
        insert_line(document, last_end(table), from_owner, splicer);
    } else if (table.form() == Form::header && one_key) {
        const TomlTree::Section& section = section_of(document, table);
        const bool has_line =
            section.header_end != section.begin || section.entries_end != section.header_end;
        if (has_line) {
            insert_line(document, section.entries_end, entry, splicer);
        } else {
            insert_at_top(document, entry, splicer);
        }
    } else {
        append_section(document, dotted(path.first(path.size() - 1)),
                       toml_key(path.back()) + " = " + std::string(value), splicer);
    }
    return splicer.finish();
}

} // namespace

Result<std::string> toml_set(const TomlDocument& document, TomlPath path, std::string_view value) {
    check(!path.empty());
    TomlNode node = document.root();
    for (size_t depth = 0; depth < path.size(); ++depth) {
        if (!node.is_table()) {
            return edit_error(printable(node.path()) + " is no table");
        }
        auto next = node.find(path[depth]);
        if (!next) {
            return add_key(document, node, path, depth, value);
        }
        node = *next;
    }
    return toml_replace(document, node, value);
}

namespace {

/// Removes whole lines, and items of inline tables, so that nothing of a node is left.
class Remover {
  public:
    explicit Remover(const TomlDocument& document)
        : document_(document), text_(document.text()), splicer_(document.text()) {}

    Result<std::string> remove(std::span<const TomlNode> way) {
        const TomlNode node = way.back();
        // A node in an inline table, dotted or not, is one or more items of it.
        for (size_t i = way.size() - 1; i-- > 0;) {
            if (way[i].form() == Form::value) {
                return remove_from_inline(way[i], node);
            }
        }
        remove_lines(node);
        return splicer_.finish();
    }

  private:
    /// Lines of the node's entries outside sections of its own, and those sections.
    void remove_lines(TomlNode node) {
        if (node.form() == Form::value) {
            const size_t begin = line_begin_of(text_, node.key_span().begin);
            splicer_.erase(begin, std::max(next_line_of(text_, node.span().end), begin));
            return;
        }
        if (node.form() == Form::header) {
            remove_section(section_of(document_, node));
        }
        for (const TomlNode entry : node) {
            const bool in_removed_section =
                node.form() == Form::header && entry.form() == Form::value;
            if (in_removed_section) {
                continue;
            }
            if (node.form() == Form::header && entry.form() == Form::dotted) {
                remove_sections_below(entry);
            } else {
                remove_lines(entry);
            }
        }
    }

    void remove_sections_below(TomlNode node) {
        for (const TomlNode entry : node) {
            if (entry.form() == Form::dotted) {
                remove_sections_below(entry);
            } else if (entry.form() != Form::value) {
                remove_lines(entry);
            }
        }
    }

    /// To the next header, but not the comment that stands directly above that one.
    void remove_section(const TomlTree::Section& section) {
        const std::vector<TomlTree::Section>& sections = document_.tree().sections;
        const size_t index = static_cast<size_t>(&section - sections.data());
        size_t end = text_.size();
        if (index + 1 < sections.size()) {
            end = line_begin_of(text_, sections[index + 1].begin);
            const size_t first = next_line_of(text_, section.entries_end);
            while (end > first) {
                const size_t above = line_begin_of(text_, end - 1);
                if (!trim(text_.substr(above, end - above)).starts_with('#')) {
                    break;
                }
                end = above;
            }
        }
        splicer_.erase(line_begin_of(text_, section.begin), end);
    }

    static void collect_values(TomlNode node, std::vector<TomlNode>& out) {
        if (node.form() == Form::value) {
            out.push_back(node);
            return;
        }
        for (const TomlNode entry : node) {
            collect_values(entry, out);
        }
    }

    Result<std::string> remove_from_inline(TomlNode table, TomlNode node) {
        std::vector<TomlNode> values;
        for (const TomlNode entry : table) {
            collect_values(entry, values);
        }
        std::ranges::sort(values, {}, [](TomlNode value) { return value.span().begin; });
        std::vector<TomlNode> gone;
        collect_values(node, gone);
        std::vector<std::string> kept;
        size_t item_begin = table.span().begin + 1;
        for (const TomlNode value : values) {
            const size_t end = value.span().end;
            if (std::ranges::find(gone, value) == gone.end()) {
                kept.emplace_back(trim(text_.substr(item_begin, end - item_begin)));
            }
            const size_t comma = comma_after(text_, end);
            item_begin = comma == text_.npos ? end : comma + 1;
        }
        const bool has_blank = text_[table.span().begin + 1] == ' ';
        const std::string inner = join(kept, ", ");
        splicer_.replace(table.span().begin, table.span().end,
                         kept.empty() ? "{}"
                         : has_blank  ? "{ " + inner + " }"
                                      : "{" + inner + "}");
        return splicer_.finish();
    }

    const TomlDocument& document_;
    std::string_view text_;
    Splicer splicer_;
};

} // namespace

Result<std::string> toml_remove(const TomlDocument& document, TomlPath path) {
    check(!path.empty());
    std::vector<TomlNode> way = {document.root()};
    for (std::string_view key : path) {
        auto next = way.back().find(key);
        if (!next) {
            return document.text();
        }
        way.push_back(*next);
    }
    return Remover(document).remove(way);
}

} // namespace pawl::text
