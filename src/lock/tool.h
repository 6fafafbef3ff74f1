#pragma once
// Other tools' tables, from a parsed document into text that can be written back.

#include "lock/model.h"
#include "text/toml.h"

namespace pawl::lock {

/// The tables below `tool` (any form: headers, dotted keys, inline).
ToolTables collect_tool_tables(const text::TomlDocument& document, text::TomlNode tool);

/// Appends them as sections: "[PREFIX.NAME]" …, each behind a blank line.
void append_tool_tables(std::string& out, const ToolTables& tables, std::string_view prefix);

/// A value as one TOML value, however it was written: tables become inline ones.
std::string inline_toml(text::TomlNode node);

} // namespace pawl::lock
