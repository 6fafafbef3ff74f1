#include "script/inline_metadata.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "hardware/overlay.h"
#include "hardware/variant_table.h"
#include "script/block.h"
#include "text/toml.h"

namespace pawl::script {
namespace {

using text::TomlDocument;
using text::TomlNode;

constexpr uint32_t comment_prefix_bytes = 2; // "# "

/// What a variant may say: all that decides which versions and files a lock holds.
constexpr auto variant_keys = std::to_array<std::string_view>(
    {"index", "sources", "index-url", "extra-index-url", "find-links", "no-index", "index-strategy",
     "constraints", "overrides", "only-binary", "no-binary", "no-build", "prerelease", "resolution",
     "exclude-newer"});

PawlTable laid_over(PawlTable below, PawlTable above) {
    hardware::lay_over_common(below, above);
    hardware::add_pins(below.index_of, std::move(above.index_of));
    return below;
}

/// Reads one block's TOML. The document has as many empty lines in front as the script has lines
/// before the content, so that every line that an error names is the script's own.
class MetadataReader {
  public:
    MetadataReader(const TomlDocument& document, std::string_view name)
        : document_(document), name_(printable(name)) {}

    Result<> read(InlineMetadata& metadata) {
        const TomlNode root = document_.root();
        const auto python = TRY(in_script(root.get_string("requires-python")));
        if (python) {
            const TomlNode node = *root.find("requires-python");
            metadata.requires_python_at = position(node);
            TRY_IN(place(node) + ": requires-python", pep::Specifiers::parse(*python));
            metadata.requires_python = std::string(*python);
        }
        const auto dependencies = TRY(in_script(root.get_array("dependencies")));
        if (dependencies) {
            metadata.has_dependencies = true;
            metadata.dependencies = TRY(requirements(*dependencies));
        }
        const auto tool = TRY(in_script(root.get_table("tool")));
        if (!tool) {
            return {};
        }
        for (const TomlNode& entry : *tool) {
            metadata.tools.emplace_back(entry.key());
        }
        const auto pawl = TRY(in_script(tool->get_table("pawl")));
        if (pawl) {
            TRY(read_pawl(*pawl, metadata.pawl));
            TRY(check_indexes(metadata.pawl));
            metadata.variants = TRY(read_variants(*pawl, metadata.pawl));
        }
        return {};
    }

    /// Turns "line 3, column 5: …" into "report.py:3:7: …".
    Error relocated(Error&& error) const {
        std::string_view rest = error.message;
        if (!rest.starts_with("line ")) {
            return std::move(error).in(name_);
        }
        rest.remove_prefix(5);
        const auto take_number = [&rest] {
            const size_t end = std::min(rest.find_first_not_of("0123456789"), rest.size());
            const std::string_view digits = rest.substr(0, end);
            rest.remove_prefix(end);
            return parse_unsigned(digits).value_or(0);
        };
        std::string place = name_ + ":" + std::to_string(take_number());
        if (rest.starts_with(", column ")) {
            rest.remove_prefix(9);
            place += ":" + std::to_string(take_number() + comment_prefix_bytes);
        }
        error.message = place + std::string(rest);
        return std::move(error);
    }

  private:
    template <class T>
    Result<T> in_script(Result<T>&& result) const {
        if (!result) {
            return fail(relocated(std::move(result.error())));
        }
        return std::move(result);
    }

    Position position(const TomlNode& node) const {
        const std::string_view before =
            std::string_view(document_.text()).substr(0, node.span().begin);
        const auto lines = std::ranges::count(before, '\n');
        const size_t line_begin = before.rfind('\n') + 1; // npos + 1 is 0
        return {static_cast<uint32_t>(lines) + 1,
                static_cast<uint32_t>(before.size() - line_begin) + comment_prefix_bytes};
    }

    std::string place(const TomlNode& node) const {
        const Position at = position(node);
        return name_ + ":" + std::to_string(at.line) + ":" + std::to_string(at.column + 1);
    }

    Result<std::vector<DeclaredRequirement>> requirements(const TomlNode& array) const {
        std::vector<DeclaredRequirement> found;
        for (const TomlNode& node : array) {
            if (!node.is_string()) {
                return fail(relocated(std::move(node.type_error("a string").value())));
            }
            const std::string_view text = node.string();
            auto requirement = TRY_IN(place(node), pep::Requirement::parse(text));
            found.push_back({std::move(requirement), std::string(text), position(node)});
        }
        return found;
    }

    // --- [tool.pawl]
    // ------------------------------------------------------------------------------

    Result<> read_pawl(const TomlNode& table, PawlTable& pawl) const {
        for (const TomlNode& entry : table) {
            const bool is_known = TRY(read_flag(entry, pawl)) || TRY(read_text(entry, pawl)) ||
                                  TRY(read_list(entry, pawl)) || TRY(read_sources(entry, pawl));
            if (!is_known && entry.key() != "variants") {
                pawl.unknown_keys.emplace_back(entry.key(), entry.place().line);
            }
        }
        return {};
    }

    Result<bool> read_flag(const TomlNode& entry, PawlTable& pawl) const {
        struct Flag {
            std::string_view key;
            std::optional<bool> PawlTable::*member;
        };
        static constexpr Flag flags[] = {{"locked", &PawlTable::locked},
                                         {"no-index", &PawlTable::no_index},
                                         {"no-build", &PawlTable::no_build},
                                         {"no-guess", &PawlTable::no_guess},
                                         {"all-imports", &PawlTable::all_imports}};
        for (const Flag& flag : flags) {
            if (entry.key() == flag.key) {
                if (entry.kind() != TomlNode::Kind::boolean) {
                    return fail(relocated(std::move(entry.type_error("true or false").value())));
                }
                pawl.*flag.member = entry.boolean();
                return true;
            }
        }
        return false;
    }

    Result<bool> read_text(const TomlNode& entry, PawlTable& pawl) const {
        struct Text {
            std::string_view key;
            std::string PawlTable::*member;
        };
        static constexpr Text texts[] = {{"index-url", &PawlTable::index_url},
                                         {"exclude-newer", &PawlTable::exclude_newer},
                                         {"prerelease", &PawlTable::prerelease},
                                         {"resolution", &PawlTable::resolution},
                                         {"fork-strategy", &PawlTable::fork_strategy},
                                         {"index-strategy", &PawlTable::index_strategy},
                                         {"python", &PawlTable::python}};
        for (const Text& text : texts) {
            if (entry.key() != text.key) {
                continue;
            }
            if (entry.kind() == TomlNode::Kind::datetime && text.key == "exclude-newer") {
                pawl.*text.member = std::string(entry.source()); // a date without quotes is fine
            } else if (entry.is_string()) {
                pawl.*text.member = std::string(entry.string());
            } else {
                return fail(relocated(std::move(entry.type_error("a string").value())));
            }
            return true;
        }
        return false;
    }

    Result<bool> read_list(const TomlNode& entry, PawlTable& pawl) const {
        const std::string_view key = entry.key();
        if (key == "extra-index-url" || key == "find-links") {
            auto& list = key == "find-links" ? pawl.find_links : pawl.extra_index_urls;
            list = TRY(strings(entry));
            return true;
        }
        if (key == "only-binary" || key == "no-binary") {
            (key == "only-binary" ? pawl.only_binary : pawl.no_binary) = TRY(strings(entry));
            return true;
        }
        if (key == "constraints" || key == "overrides") {
            if (!entry.is_array()) {
                return fail(relocated(std::move(entry.type_error("an array").value())));
            }
            (key == "overrides" ? pawl.overrides : pawl.constraints) = TRY(requirements(entry));
            return true;
        }
        if (key == "index") {
            TRY(read_indexes(entry, pawl));
            return true;
        }
        return false;
    }

    /// One string, or an array of them.
    Result<std::vector<std::string>> strings(const TomlNode& node) const {
        if (node.is_string()) {
            return std::vector<std::string>{std::string(node.string())};
        }
        if (!node.is_array()) {
            return fail(relocated(std::move(node.type_error("a string or an array").value())));
        }
        std::vector<std::string> found;
        for (const TomlNode& element : node) {
            if (!element.is_string()) {
                return fail(relocated(std::move(element.type_error("a string").value())));
            }
            found.emplace_back(element.string());
        }
        return found;
    }

    /// `sources = {torch = {index = "NAME"}}`: the only index of these projects.
    Result<bool> read_sources(const TomlNode& node, PawlTable& pawl) const {
        if (node.key() != "sources") {
            return false;
        }
        if (!node.is_table()) {
            return fail(relocated(std::move(node.type_error("a table").value())));
        }
        for (const TomlNode& entry : node) {
            const auto index = TRY(in_script(entry.get_string("index")));
            if (!entry.is_table() || !index || entry.size() != 1) {
                return fail(Error::Kind::input,
                            place(entry) + ": a source of a script is {index = \"…\"}");
            }
            pawl.index_of.insert_or_assign(TRY_IN(place(entry), pep::Name::parse(entry.key())),
                                           std::string(*index));
        }
        return true;
    }

    /// `index = {torch = "https://…"}`: the only index of these projects, and of no others.
    Result<> read_own_indexes(const TomlNode& table, PawlTable& pawl) const {
        for (const TomlNode& entry : table) {
            pep::Name project = TRY_IN(place(entry), pep::Name::parse(entry.key()));
            if (!entry.is_string()) {
                return fail(relocated(std::move(entry.type_error("an address").value())));
            }
            NamedIndex index{.name = hardware::own_index_name(project),
                             .url = std::string(entry.string()),
                             .is_explicit = true};
            pawl.index_of.insert_or_assign(std::move(project), index.name);
            pawl.indexes.push_back(std::move(index));
        }
        return {};
    }

    Result<> check_indexes(const PawlTable& pawl) const {
        for (const auto& [project, index] : pawl.index_of) {
            if (std::ranges::find(pawl.indexes, index, &NamedIndex::name) == pawl.indexes.end()) {
                return fail(Error{Error::Kind::input, name_ + ": [tool.pawl] " + project.str() +
                                                          " comes from the index \"" +
                                                          printable(index) +
                                                          "\", and there is none of that name"}
                                .hint("declare it with [[tool.pawl.index]]"));
            }
        }
        return {};
    }

    // --- [tool.pawl.variants]: tables of the same keys, laid over [tool.pawl]

    Result<std::vector<ScriptVariant>> read_variants(const TomlNode& table,
                                                     const PawlTable& pawl) const {
        std::vector<ScriptVariant> variants;
        const auto below = table.find("variants");
        if (!below) {
            return variants;
        }
        for (hardware::VariantTable& one :
             TRY(in_script(hardware::read_variant_tables(*below, variant_keys)))) {
            PawlTable own;
            TRY(read_pawl(one.table, own));
            PawlTable whole = laid_over(pawl, std::move(own));
            TRY(check_indexes(whole));
            variants.push_back({std::move(one.variant), std::move(whole)});
        }
        return variants;
    }

    /// `[[tool.pawl.index]]` tables, or strings "NAME=URL" as on the command line.
    Result<> read_indexes(const TomlNode& node, PawlTable& pawl) const {
        if (node.is_table()) {
            return read_own_indexes(node, pawl);
        }
        if (!node.is_array()) {
            return fail(relocated(std::move(node.type_error("an array of tables").value())));
        }
        for (const TomlNode& element : node) {
            NamedIndex index;
            if (element.is_string()) {
                const auto halves = split_once(element.string(), '=');
                if (!halves || halves->before.empty() || halves->after.empty()) {
                    return fail(Error::Kind::input, place(element) + ": an index must be "
                                                                     "\"NAME=URL\" or a table");
                }
                index.name = std::string(halves->before);
                index.url = std::string(halves->after);
            } else if (element.is_table()) {
                index.name = std::string(TRY(in_script(element.get_string("name"))).value_or(""));
                index.url = std::string(TRY(in_script(element.require_string("url"))));
                index.is_default = TRY(in_script(element.get_bool("default"))).value_or(false);
                index.is_explicit = TRY(in_script(element.get_bool("explicit"))).value_or(false);
            } else {
                return fail(relocated(std::move(element.type_error("a table").value())));
            }
            pawl.indexes.push_back(std::move(index));
        }
        return {};
    }

    const TomlDocument& document_;
    std::string name_;
};

/// The one block of type `script`, or nothing.
Result<std::optional<Block>> script_block(std::string_view text, std::string_view name) {
    std::vector<UnclosedBlock> unclosed;
    std::vector<Block> blocks = find_blocks(text, &unclosed);
    const std::string file = printable(name);
    for (const UnclosedBlock& open : unclosed) {
        if (open.type == "script" && !is_inside_string(text, open.begin)) {
            return fail(Error{Error::Kind::input, file + ":" + std::to_string(open.line) +
                                                      ":1: this metadata block is never closed"}
                            .hint("end it with a line \"# ///\" directly behind its last line; "
                                  "every line between must be \"#\" or begin with \"# \""));
        }
    }
    std::optional<Block> found;
    for (Block& block : blocks) {
        if (block.type != "script") {
            continue;
        }
        if (found) {
            return fail(
                Error{Error::Kind::input,
                      file + ":" + std::to_string(block.line) +
                          ":1: a second block of type \"script\"; the first one is in line " +
                          std::to_string(found->line)}
                    .hint("keep one of them"));
        }
        found = std::move(block);
    }
    return found;
}

} // namespace

Result<std::optional<InlineMetadata>> read_inline_metadata(std::string_view text,
                                                           std::string_view name) {
    std::optional<Block> block = TRY(script_block(text, name));
    if (!block) {
        return std::optional<InlineMetadata>();
    }
    std::string content = block->content;
    if (!is_utf8(content)) { // then the file must declare what it is
        const std::string decoded = TRY(decode_source(text, name));
        const std::optional<Block> again = TRY(script_block(decoded, name));
        content = again ? again->content : content;
    }
    InlineMetadata metadata;
    metadata.block = std::move(*block);
    const std::string padding(metadata.block.content_line - 1, '\n');
    auto document = TomlDocument::parse(padding + content);
    if (!document) {
        // Nothing is read from this document; it only lends its place to the error.
        const auto empty = TRY(TomlDocument::parse(""));
        return fail(MetadataReader(empty, name).relocated(std::move(document.error())));
    }
    TRY(MetadataReader(*document, name).read(metadata));
    return std::optional<InlineMetadata>(std::move(metadata));
}

} // namespace pawl::script
