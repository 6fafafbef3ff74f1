#include "script/notebook.h"

#include <algorithm>

#include "base/text.h"
#include "script/magics.h"
#include "text/json.h"

namespace pawl::script {
namespace {

constexpr size_t cells_max = 100'000;

/// nbformat: "multiline_string", one string or a list of them.
Result<std::string> source_of(const text::Value& cell, std::string_view place) {
    const text::Value* source = cell.find("source");
    if (source != nullptr && source->is_string()) {
        return source->as_string();
    }
    std::string joined;
    if (source != nullptr && source->is_array()) {
        for (const text::Value& part : source->as_array()) {
            if (!part.is_string()) {
                return fail(Error::Kind::input, std::string(place) + ": its source is no text");
            }
            joined += part.as_string();
        }
        return joined;
    }
    return fail(Error::Kind::input, std::string(place) + ": it has no source");
}

/// Notebooks are for many languages; where this one does not say which, it is taken for Python.
Result<> check_language(const text::Value& document, std::string_view path) {
    const text::Value* metadata = document.object_at("metadata");
    if (metadata == nullptr) {
        return {};
    }
    std::optional<std::string_view> language;
    if (const text::Value* info = metadata->object_at("language_info")) {
        language = info->string_at("name");
    }
    if (const text::Value* kernel = metadata->object_at("kernelspec"); kernel && !language) {
        language = kernel->string_at("language");
    }
    if (language && !to_lower(*language).starts_with("python") && *language != "ipython") {
        return fail(Error::Kind::input, printable(path) + ": the notebook is written in " +
                                            printable(*language) + ", not in Python");
    }
    return {};
}

Result<const text::Value::Array*> cells_of(const text::Value& document, std::string_view path) {
    const text::Value::Array* cells = document.array_at("cells");
    if (cells == nullptr && document.array_at("worksheets") != nullptr) {
        return fail(Error{Error::Kind::input,
                          printable(path) + ": this is a notebook of an old format (nbformat 3)"}
                        .hint("convert it with: jupyter nbconvert --to notebook --inplace FILE"));
    }
    if (cells == nullptr || cells->size() > cells_max) {
        return fail(Error::Kind::input,
                    printable(path) + ": this is no notebook: it has " +
                        (cells == nullptr ? "no list \"cells\"" : "too many cells"));
    }
    return cells;
}

class NotebookReader {
  public:
    explicit NotebookReader(std::string_view path) { notebook_.path = path; }

    Result<Notebook> read(const text::Value::Array& cells) {
        for (const text::Value& cell : cells) {
            if (cell.string_at("cell_type") == "code") {
                TRY(add_cell(cell));
            }
        }
        return std::move(notebook_);
    }

  private:
    Result<> add_cell(const text::Value& value) {
        NotebookCell cell;
        cell.number = static_cast<uint32_t>(notebook_.cells.size() + 1);
        const std::string name = notebook_.cell_name(cell);
        cell.shown = TRY(source_of(value, printable(name)));
        PlainCell plain = TRY(without_magics(cell.shown, name));
        // Each for itself, so that what is wrong with it stands in its own lines.
        TRY(scan_imports(plain.code, name));
        take_requirements(plain, name);
        cell.code = std::move(plain.code);
        cell.line = next_line_;
        next_line_ += static_cast<uint32_t>(std::ranges::count(cell.code, '\n'));
        notebook_.program += cell.code;
        notebook_.cells.push_back(std::move(cell));
        return {};
    }

    void take_requirements(const PlainCell& plain, const std::string& name) {
        for (const PipLine& line : plain.pip_lines) {
            const Origin origin{name, {line.line, 0}};
            for (const std::string& text : line.requirements) {
                if (Result<pep::Requirement> requirement = pep::Requirement::parse(text)) {
                    notebook_.requirements.push_back({.requirement = std::move(*requirement),
                                                      .why = Why::listed,
                                                      .origin = origin,
                                                      .end = {},
                                                      .module = ""});
                }
            }
            if (!line.left_out.empty()) {
                notebook_.notes.push_back(origin.str() + ": left out of this installation: " +
                                          printable(join(line.left_out, " ")));
            }
        }
    }

    Notebook notebook_;
    uint32_t next_line_ = 1;
};

/// The cell that a line of the program is in, and the line in that cell.
const NotebookCell* cell_at(const Notebook& notebook, uint32_t line) {
    const auto after = std::ranges::upper_bound(notebook.cells, line, {}, &NotebookCell::line);
    return after == notebook.cells.begin() ? nullptr : &*(after - 1);
}

} // namespace

std::string Notebook::cell_name(const NotebookCell& cell) const {
    return path + ", cell " + std::to_string(cell.number);
}

std::string Notebook::relocated(std::string_view message) const {
    const std::string place = printable(path) + ":";
    std::string text;
    for (size_t at = message.find(place); at != std::string_view::npos; at = message.find(place)) {
        text += message.substr(0, at);
        message.remove_prefix(at + place.size());
        const size_t digits = std::min(message.find_first_not_of("0123456789"), message.size());
        const auto line = parse_unsigned(message.substr(0, digits));
        const NotebookCell* cell = line ? cell_at(*this, static_cast<uint32_t>(*line)) : nullptr;
        if (cell == nullptr) {
            text += place;
            continue;
        }
        text += printable(cell_name(*cell)) + ":" + std::to_string(*line - cell->line + 1);
        message.remove_prefix(digits);
    }
    return text + std::string(message);
}

void Notebook::relocate(Needs& needs) const {
    auto move = [this](Origin& origin, Position* end) {
        const NotebookCell* cell = origin.file == path ? cell_at(*this, origin.at.line) : nullptr;
        if (cell != nullptr) {
            origin.file = cell_name(*cell);
            origin.at.line -= cell->line - 1;
            if (end != nullptr && end->line != 0) {
                end->line -= cell->line - 1;
            }
        }
    };
    auto move_all = [&move](auto& list) {
        for (auto& one : list) {
            move(one.origin, &one.end);
        }
    };
    move_all(needs.requirements);
    move_all(needs.imports);
    move_all(needs.uncounted);
    for (ModuleCheck& check : needs.module_checks) {
        move(check.origin, nullptr);
    }
    for (LocalModule& module : needs.local_modules) {
        move(module.imported_at, nullptr);
    }
    for (Origin& origin : needs.requires_python_origins) {
        move(origin, nullptr);
    }
    for (std::string& note : needs.notes) {
        note = relocated(note);
    }
}

bool is_notebook_name(std::string_view path) {
    return path.size() > 6 && equals_ignoring_case(path.substr(path.size() - 6), ".ipynb");
}

Result<Notebook> read_notebook(std::string_view bytes, std::string_view path) {
    Result<text::Value> document =
        text::parse_json(bytes, {.duplicates = text::JsonOptions::Duplicates::last_wins});
    if (!document) {
        return fail(std::move(document.error()).in(printable(path) + ": this is no notebook"));
    }
    TRY(check_language(*document, path));
    const text::Value::Array* cells = TRY(cells_of(*document, path));
    return NotebookReader(path).read(*cells);
}

} // namespace pawl::script
