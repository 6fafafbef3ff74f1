// Tables of other tools are kept as text, since their data is theirs: a lock that we refresh must
// not lose a comment or the order of a key in [tool.uv]. What stands below a header is taken as it
// is; what is written inline or with dotted keys is taken apart into "key = value" lines, because
// its place in the new file is another one.

#include "lock/tool.h"

#include <algorithm>

#include "base/text.h"
#include "text/toml_write.h"

namespace pawl::lock {

namespace {

using text::TomlDocument;
using text::TomlNode;
using Form = TomlNode::Form;

class ToolCollector {
  public:
    ToolCollector(const TomlDocument& document, ToolTable& out) : document_(document), out_(out) {}

    /// `header` is the path below the tool ("" for the tool's own table). Recursion is bounded by
    /// TomlDocument::depth_max.
    void collect(TomlNode table, const std::string& header, bool is_array_element) {
        std::string lines;
        if (table.form() == Form::header) {
            lines = tidy(document_.body(table));
        } else if (table.form() != Form::implied) {
            append_entries(lines, table, "");
        }
        if (header.empty()) {
            out_.lines = std::move(lines);
        } else if (table.form() != Form::implied) {
            out_.sections.push_back({header, is_array_element, std::move(lines)});
        }
        collect_sections(table, header);
    }

  private:
    /// The tables below that have headers of their own.
    void collect_sections(TomlNode table, const std::string& header) {
        for (const TomlNode entry : table) {
            const std::string path =
                (header.empty() ? "" : header + ".") + text::toml_key(entry.key());
            if (entry.form() == Form::array_of_tables) {
                for (const TomlNode element : entry) {
                    collect(element, path, true);
                }
            } else if (entry.form() == Form::dotted) {
                collect_sections(entry, path); // its entries stand in a body already
            } else if (entry.is_table() && entry.form() != Form::value) {
                collect(entry, path, false);
            }
        }
    }

    static void append_entries(std::string& lines, TomlNode table, const std::string& prefix) {
        for (const TomlNode entry : table) {
            const std::string key = prefix + text::toml_key(entry.key());
            if (entry.form() == Form::dotted) {
                append_entries(lines, entry, key + ".");
            } else if (entry.form() == Form::value) {
                lines += key + " = " + replace_all(entry.source(), "\r\n", "\n") + "\n";
            }
        }
    }

    /// Without blank lines at both ends, and with "\n" at the end of every line.
    static std::string tidy(std::string_view body) {
        std::string lines = replace_all(body, "\r\n", "\n");
        lines.resize(trim_right(lines).size());
        size_t begin = 0;
        for (size_t i = 0; i < lines.size() && is_space(lines[i]); ++i) {
            if (lines[i] == '\n') {
                begin = i + 1;
            }
        }
        lines.erase(0, begin);
        if (!lines.empty()) {
            lines.push_back('\n');
        }
        return lines;
    }

    const TomlDocument& document_;
    ToolTable& out_;
};

} // namespace

ToolTables collect_tool_tables(const TomlDocument& document, TomlNode tool) {
    ToolTables tables;
    for (const TomlNode entry : tool) {
        if (!entry.is_table()) {
            const std::string key = text::toml_key(entry.key());
            if (entry.form() == Form::value) {
                tables.lines += key + " = " + replace_all(entry.source(), "\r\n", "\n") + "\n";
                continue;
            }
            // [[tool.x]]: kept as a value, since only tables have names here.
            ToolTable table{.name = std::string(entry.key()), .lines = {}, .sections = {}};
            for (const TomlNode element : entry) {
                ToolTable one;
                ToolCollector(document, one).collect(element, "", false);
                table.sections.push_back({"", true, std::move(one.lines)});
                for (ToolTable::Section& section : one.sections) {
                    table.sections.push_back(std::move(section));
                }
            }
            tables.tables.push_back(std::move(table));
            continue;
        }
        ToolTable table{.name = std::string(entry.key()), .lines = {}, .sections = {}};
        ToolCollector(document, table).collect(entry, "", false);
        tables.tables.push_back(std::move(table));
    }
    return tables;
}

namespace {

void append_section(std::string& out, const std::string& header, bool is_array,
                    std::string_view lines) {
    if (!out.empty()) {
        out += "\n";
    }
    out += (is_array ? "[[" : "[") + header + (is_array ? "]]\n" : "]\n");
    out += lines;
}

void append_sections(std::string& out, const ToolTable& table, const std::string& prefix) {
    for (const ToolTable::Section& section : table.sections) {
        std::string header = prefix;
        if (!section.header.empty()) {
            header += (prefix.empty() ? "" : ".") + section.header;
        }
        append_section(out, header, section.is_array, section.lines);
    }
}

} // namespace

void append_tool_tables(std::string& out, const ToolTables& tables, std::string_view prefix) {
    if (!tables.lines.empty()) {
        append_section(out, std::string(prefix), false, tables.lines);
    }
    for (const ToolTable& table : tables.tables) {
        const std::string header = std::string(prefix) + "." + text::toml_key(table.name);
        const bool is_array = !table.sections.empty() && table.sections.front().header.empty();
        const bool needs_header = !table.lines.empty() || table.sections.empty();
        if (needs_header && !is_array) {
            append_section(out, header, false, table.lines);
        }
        append_sections(out, table, header);
    }
}

std::string ToolTable::document() const {
    std::string out = lines;
    append_sections(out, *this, "");
    return out;
}

Result<ToolTable> ToolTable::from_document(std::string name, std::string text) {
    const auto document = TRY(TomlDocument::parse(std::move(text)));
    ToolTable table{.name = std::move(name), .lines = {}, .sections = {}};
    ToolCollector(document, table).collect(document.root(), "", false);
    return table;
}

std::string inline_toml(TomlNode node) {
    if (node.form() == Form::value) {
        return replace_all(node.source(), "\r\n", "\n");
    }
    if (node.is_array()) {
        std::string out = "[";
        for (const TomlNode element : node) {
            out += (out.size() > 1 ? ", " : "") + inline_toml(element);
        }
        return out + "]";
    }
    text::TomlInlineTable table;
    for (const TomlNode entry : node) {
        table.entry(entry.key(), inline_toml(entry));
    }
    return table.str();
}

const ToolTable* ToolTables::find(std::string_view name) const {
    const auto found = std::ranges::find(tables, name, &ToolTable::name);
    return found == tables.end() ? nullptr : &*found;
}

void ToolTables::set(ToolTable table) {
    const auto found = std::ranges::find(tables, table.name, &ToolTable::name);
    if (found == tables.end()) {
        tables.push_back(std::move(table));
    } else {
        *found = std::move(table);
    }
}

} // namespace pawl::lock
