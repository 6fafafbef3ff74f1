#pragma once
// CSV (RFC 4180) as Python's csv module reads and writes RECORD files.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pawl::text {

using CsvRow = std::vector<std::string>;

/// Rows of fields; lines end in LF, CRLF or CR; empty lines are left out. An error for a quoted
/// field without an end, or for text behind its closing quote.
Result<std::vector<CsvRow>> parse_csv(std::string_view text);

/// One row with "\n"; a field is quoted only when it holds a comma, a quote or a line end.
void append_csv_row(std::string& out, std::span<const std::string> fields);

} // namespace pawl::text
