#include "text/csv.h"

#include <algorithm>

#include "text/place.h"

namespace pawl::text {

Result<std::vector<CsvRow>> parse_csv(std::string_view text) {
    std::vector<CsvRow> rows;
    CsvRow row;
    size_t at = 0;
    auto error = [text](size_t where, std::string_view what) {
        return fail(Error::Kind::input, place_of(text, where).str() + ": " + std::string(what));
    };
    while (at < text.size()) {
        std::string field;
        const size_t begin = at;
        if (text[at] == '"') {
            ++at;
            while (true) {
                const size_t quote = text.find('"', at);
                if (quote == text.npos) {
                    return error(begin, "this quoted field has no end");
                }
                field.append(text, at, quote - at);
                at = quote + 1;
                if (at == text.size() || text[at] != '"') {
                    break;
                }
                field.push_back('"'); // a doubled quote is one
                ++at;
            }
            if (at < text.size() && text[at] != ',' && text[at] != '\n' && text[at] != '\r') {
                return error(at, "a comma or the line's end should follow the closing quote");
            }
        } else {
            at = std::min(text.find_first_of(",\r\n", at), text.size());
            field = text.substr(begin, at - begin);
        }
        const bool is_empty_line = row.empty() && field.empty() && at == begin;
        if (at < text.size() && text[at] == ',') {
            row.push_back(std::move(field));
            ++at;
            if (at == text.size()) {
                row.emplace_back(); // the text ends behind a comma
                rows.push_back(std::exchange(row, {}));
            }
            continue;
        }
        if (!is_empty_line) {
            row.push_back(std::move(field));
            rows.push_back(std::exchange(row, {}));
        }
        if (at < text.size()) {
            at += text.substr(at, 2) == "\r\n" ? 2u : 1u;
        }
    }
    return rows;
}

void append_csv_row(std::string& out, std::span<const std::string> fields) {
    bool first = true;
    for (const std::string& field : fields) {
        if (!first) {
            out.push_back(',');
        }
        first = false;
        const bool is_lone_empty = field.empty() && fields.size() == 1;
        if (!is_lone_empty && field.find_first_of(",\"\r\n") == field.npos) {
            out += field;
            continue;
        }
        out.push_back('"');
        for (char c : field) {
            out.append(c == '"' ? 2 : 1, c);
        }
        out.push_back('"');
    }
    out.push_back('\n');
}

} // namespace pawl::text
