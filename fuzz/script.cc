// A script's imports, comment blocks, directives and metadata; a lock that is put in comes out
// again with the script as it was, and what is added to its metadata is there.

#include <algorithm>

#include "fuzz/fuzz.h"
#include "script/inline_metadata.h"
#include "script/lock_block.h"
#include "script/needs.h"
#include "script/scanner.h"

using namespace pawl;

namespace {

constexpr size_t input_bytes_max = size_t{64} << 10;
constexpr std::string_view lock_text = "lock-version = \"1.0\"\n\ncreated-by = \"pawl\"\n";

void check_imports(std::string_view bytes) {
    auto scan = script::scan_imports(bytes, "a.py");
    auto loose = script::scan_imports(bytes, "a.py", {.strict = false});
    check(!fuzz::is_fine(scan) || fuzz::is_fine(loose));
    if (!scan) {
        return;
    }
    check(scan->imports.size() == loose->imports.size());
    for (size_t i = 0; i < scan->imports.size(); ++i) {
        const script::Import& import = scan->imports[i];
        check(!import.names.empty() && import.span.begin < import.span.end);
        check(i == 0 || scan->imports[i - 1].span.begin < import.span.begin);
        check(import.fallback_of == script::no_index || import.fallback_of < i);
    }
}

void check_blocks(std::string_view text) {
    std::vector<script::UnclosedBlock> unclosed;
    size_t end = 0;
    for (const script::Block& block : script::find_blocks(text, &unclosed)) {
        check(end <= block.begin && block.begin < block.content_begin);
        check(block.content_begin <= block.content_end && block.content_end < block.end);
        check(block.end <= text.size());
        end = block.end;
    }
    for (const script::UnclosedBlock& block : unclosed) {
        check(block.begin < text.size() && block.line > 0);
    }
    fuzz::is_fine(script::read_inline_metadata(text, "a.py"));
}

void check_lock(std::string_view text) {
    auto before = script::find_lock_block(text, "a.py");
    auto with = script::set_lock_block(text, "a.py", lock_text);
    check(fuzz::is_fine(before) || !fuzz::is_fine(with));
    if (!with) {
        return;
    }
    auto block = script::find_lock_block(*with, "a.py");
    if (!block) {
        return; // it ends within a string or a block that nothing closes
    }
    check(block->has_value());
    check(script::lock_block_content(*with, **block) == lock_text);
    auto without = script::remove_lock_block(*with, "a.py");
    auto bare = script::remove_lock_block(text, "a.py");
    check(without && bare && *without == *bare);
    check(*before || *without == text);
    auto twice = script::set_lock_block(*with, "a.py", lock_text);
    check(twice && *twice == *with);
}

/// A script without modules of its own: what it needs is the same each time, and what is added to
/// its metadata is there afterwards.
void check_needs(std::string_view bytes) {
    class NoFiles final : public script::Sources {
      public:
        Result<std::optional<std::string>> read(std::string_view) override { return std::nullopt; }
        bool is_file(std::string_view) override { return false; }
        bool is_directory(std::string_view) override { return false; }
    };
    NoFiles none;
    script::NeedsOptions options;
    options.default_requires_python = ">=3.10";
    auto needs = script::needs_of("a.py", bytes, options, none);
    if (!fuzz::is_fine(needs)) {
        return;
    }
    auto again = script::needs_of("a.py", bytes, options, none);
    check(again && again->digest_material() == needs->digest_material());
    for (const script::NeededRequirement& need : needs->requirements) {
        check(pep::Requirement::parse(need.requirement.str()).has_value());
    }
    const std::vector<std::string> added = {"fuzz-added>=1"};
    auto changed = script::add_dependencies(bytes, "a.py", added);
    if (!fuzz::is_fine(changed)) {
        return;
    }
    auto metadata = script::read_inline_metadata(*changed, "a.py");
    check(metadata && *metadata && (*metadata)->has_dependencies);
    auto is_added = [](const script::DeclaredRequirement& one) {
        return one.requirement.name.str() == "fuzz-added";
    };
    check(std::ranges::count_if((*metadata)->dependencies, is_added) == 1);
    auto same = script::add_dependencies(*changed, "a.py", added);
    check(same && *same == *changed);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
    std::string_view bytes = fuzz::as_text(data, size_bytes);
    if (bytes.size() <= input_bytes_max) {
        check_imports(bytes);
        check_blocks(bytes);
        check_lock(bytes);
        check_needs(bytes);
    }
    return 0;
}
