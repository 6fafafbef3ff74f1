#include "script/directives.h"

#include <algorithm>

#include "base/text.h"
#include "script/module_table.h"

namespace pawl::script {
namespace {

constexpr size_t requirement_lines_max = 10'000;

/// A piece of a comment, and where it stands.
struct Piece {
    std::string_view text;
    Position at;

    Piece trimmed() const {
        const std::string_view left =
            text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
        const auto skipped = static_cast<uint32_t>(text.size() - left.size());
        return {trim_right(left), {at.line, at.column + skipped}};
    }
    Piece behind(size_t count) const {
        return {text.substr(count), {at.line, at.column + static_cast<uint32_t>(count)}};
    }
    /// Without a comment of its own: " # note".
    Piece without_note() const {
        size_t note = text.find(" #");
        note = std::min(note, text.find("\t#"));
        return Piece{text.substr(0, note), at}.trimmed();
    }
};

class DirectiveReader {
  public:
    DirectiveReader(const Scan& scan, std::string_view name)
        : scan_(scan), name_(printable(name)), lines_(split_lines(scan.text)) {}

    Result<Directives> read() {
        const uint32_t code_line = first_code_line();
        for (const Comment& comment : scan_.directives) {
            const Piece piece = Piece{comment.text, comment.at}.behind(1).trimmed();
            if (piece.text.starts_with("pin:")) {
                TRY(read_pin(comment, piece.behind(4), false));
            } else if (piece.text.starts_with("repin:")) {
                TRY(read_pin(comment, piece.behind(6), true));
            } else if (!comment.alone || comment.at.column != 0) {
                continue;
            } else if (piece.text.starts_with("requirements:")) {
                TRY(read_block(piece.behind(13), found_.requirements));
            } else if (piece.text.starts_with("extra")) {
                TRY(read_block(piece.behind(19), found_.extra_requirements));
            } else if (comment.at.line < code_line) {
                TRY(read_python(piece));
            }
        }
        return std::move(found_);
    }

  private:
    /// The first line that is neither blank nor a comment.
    uint32_t first_code_line() const {
        for (size_t i = 0; i < lines_.size(); ++i) {
            const std::string_view line = trim(lines_[i]);
            if (!line.empty() && line[0] != '#') {
                return static_cast<uint32_t>(i) + 1;
            }
        }
        return static_cast<uint32_t>(lines_.size()) + 1;
    }

    std::string place(Position at) const {
        return name_ + ":" + std::to_string(at.line) + ":" + std::to_string(at.column + 1);
    }

    Result<DeclaredRequirement> requirement(const Piece& piece, std::string_view directive) const {
        if (piece.text.empty()) {
            return fail(Error::Kind::input, place(piece.at) + ": \"# " + std::string(directive) +
                                                "\" without a requirement");
        }
        auto parsed = pep::Requirement::parse(piece.text);
        if (!parsed) {
            return fail(std::move(parsed.error())
                            .in(place(piece.at) + ": \"# " + std::string(directive) + " " +
                                printable(piece.text) + "\"")
                            .hint("a requirement reads name[extra]>=1.0 ; marker, or name @ URL"));
        }
        return DeclaredRequirement{std::move(*parsed), std::string(piece.text), piece.at};
    }

    // --- pins
    // -------------------------------------------------------------------------------------

    /// The import that a comment stands behind (on its last line) or inside of.
    uint32_t import_of(const Comment& comment) const {
        uint32_t found = no_index;
        for (size_t i = 0; i < scan_.imports.size(); ++i) {
            const Span& span = scan_.imports[i].span;
            const bool is_inside = span.begin < comment.at && comment.at < span.end;
            const bool is_behind = span.end.line == comment.at.line && span.end <= comment.at;
            if (is_inside || is_behind) {
                found = static_cast<uint32_t>(i);
            }
        }
        return found;
    }

    Result<> read_pin(const Comment& comment, const Piece& rest, bool is_repin) {
        const uint32_t index = import_of(comment);
        if (index == no_index) {
            return {}; // "# pin: 17 is the LED": a comment like any other
        }
        const std::string_view directive = is_repin ? "repin:" : "pin:";
        const Import& import = scan_.imports[index];
        DeclaredRequirement pinned = TRY(requirement(rest.without_note(), directive));
        if (import.level != 0) {
            return fail(Error{Error::Kind::input,
                              place(rest.at) + ": \"# " + std::string(directive) +
                                  "\" behind a relative import, which is never a package"}
                            .hint("put the directive behind the import in the module itself"));
        }
        std::string module = pinned_module(import, pinned.requirement);
        found_.pins.push_back({is_repin, index, std::move(module), std::move(pinned)});
        return {};
    }

    /// A pin is for the statement's first module; behind `import a, b` for b when the requirement
    /// is b's project and not a's.
    static std::string pinned_module(const Import& import, const pep::Requirement& requirement) {
        if (import.is_from) {
            return import.module;
        }
        for (const ImportedName& name : import.names) {
            if (project_of(name.name).project == requirement.name.str()) {
                return name.name;
            }
        }
        return import.names[0].name;
    }

    // --- blocks
    // -----------------------------------------------------------------------------------

    Result<> read_block(const Piece& rest, std::vector<RequirementBlock>& blocks) {
        if (!blocks.empty()) {
            return fail(
                Error{Error::Kind::input, place(rest.at) +
                                              ": a second block of this kind; the first one is in "
                                              "line " +
                                              std::to_string(blocks[0].at.line)}
                    .hint("put all requirements into one block"));
        }
        RequirementBlock block;
        block.at = {rest.at.line, 0};
        TRY(read_files(rest.without_note(), block));
        for (size_t i = rest.at.line; i < lines_.size(); ++i) {
            if (!lines_[i].starts_with('#') || block.requirements.size() >= requirement_lines_max) {
                break;
            }
            const Piece line = Piece{lines_[i], {static_cast<uint32_t>(i) + 1, 0}}.behind(1);
            const Piece content = line.trimmed().without_note();
            if (content.text.empty() || is_other_directive(content.text)) {
                break;
            }
            block.requirements.push_back(TRY(requirement(content, "requirements:")));
        }
        blocks.push_back(std::move(block));
        return {};
    }

    static bool is_other_directive(std::string_view text) {
        static constexpr std::string_view words[] = {
            "requirements:", "extra_requirements:", "extra-requirements:", "py:", "///"};
        return std::ranges::any_of(words, [&](auto word) { return text.starts_with(word); });
    }

    /// Names of a workspace's requirement files behind the keyword: "default, data".
    Result<> read_files(const Piece& rest, RequirementBlock& block) const {
        if (rest.text.empty()) {
            return {};
        }
        for (const std::string_view part : split(rest.text, ',')) {
            const std::string_view file = trim(part);
            if (file.empty()) {
                continue; // a comma at the end
            }
            const bool is_name = std::ranges::all_of(
                file, [](char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; });
            if (!is_name) {
                return fail(Error{Error::Kind::input, place(rest.at) + ": \"" + printable(file) +
                                                          "\" is no name of a requirements file"}
                                .hint("write requirements below this line, one a line, each "
                                      "behind \"# \""));
            }
            block.files.emplace_back(file);
        }
        return {};
    }

    // --- versions of Python
    // -----------------------------------------------------------------------

    Result<> read_python(const Piece& piece) {
        Piece text = piece.without_note();
        const bool is_flag = !text.text.starts_with("py:"); // "py312"
        if (is_flag) {
            const std::string_view minor = text.text.substr(3);
            if (!text.text.starts_with("py3") || !parse_unsigned(minor) || minor.size() > 3) {
                return {}; // "# py3 only", a comment like any other
            }
            return add_python("==3." + std::string(minor) + ".*", text);
        }
        text = text.behind(3).trimmed();
        if (text.text.empty()) {
            return fail(Error::Kind::input, place(text.at) + ": \"# py:\" without a version");
        }
        const auto version = pep::Version::parse(text.text);
        if (!version) {
            return add_python(std::string(text.text), text);
        }
        const bool is_whole = version->release().size() < 3; // "3.12" means any 3.12.x
        return add_python("==" + version->str() + (is_whole ? ".*" : ""), text);
    }

    Result<> add_python(const std::string& specifiers, const Piece& piece) {
        auto parsed = pep::Specifiers::parse(specifiers);
        if (!parsed) {
            return fail(std::move(parsed.error())
                            .in(place(piece.at) + ": \"# py: " + printable(piece.text) + "\"")
                            .hint("it takes versions as requires-python does: >=3.10,<3.13"));
        }
        found_.python.push_back({specifiers, std::move(*parsed), piece.at});
        return {};
    }

    const Scan& scan_;
    std::string name_;
    std::vector<std::string_view> lines_;
    Directives found_;
};

} // namespace

Result<Directives> read_directives(const Scan& scan, std::string_view name) {
    if (scan.directives.empty()) {
        return Directives{};
    }
    return DirectiveReader(scan, name).read();
}

} // namespace pawl::script
