#pragma once
// What the scanner builds while it reads: one Branch a block header, and the imports. Private to
// the room.

#include <cstdint>
#include <vector>

#include "script/scanner.h"
#include "script/tokens.h"

namespace pawl::script {

enum class BranchKind : uint8_t {
    module,
    if_branch,
    elif_branch,
    else_branch,
    for_loop,
    while_loop,
    try_body,
    except_handler,
    finally_branch,
    with_block,
    function,
    class_body,
    match_block,
    case_block,
};

/// A block: what its header says, and what it hangs on.
struct Branch {
    BranchKind kind = BranchKind::module;
    ImportScope scope = ImportScope::module;
    uint32_t parent = no_index;       ///< the branch around it
    uint32_t previous = no_index;     ///< the branch before it in an if or try statement
    uint32_t head = no_index;         ///< the first branch of that statement: its `if` or `try`
    uint32_t header_begin = 0;        ///< byte offsets of the header: its keyword, …
    uint32_t keyword_end = 0;         ///< … behind the keyword, …
    uint32_t colon = 0;               ///< … and its colon
    uint32_t first_import = no_index; ///< of a try's body
};

/// Byte offsets to lines and columns, quickest when they are asked for in order.
class LineCounter {
  public:
    explicit LineCounter(std::string_view text) : text_(text) {}
    Position at(uint32_t offset);

  private:
    std::string_view text_;
    uint32_t known_offset_ = 0; // always the begin of a line
    uint32_t known_line_ = 1;
};

/// Reads `import …` or `from … import …` from behind `keyword`, which may stand behind `lazy` at
/// `begin`. `terminator` becomes the newline or semicolon. False after a failure of `tokens`.
bool read_import(Tokenizer& tokens, LineCounter& lines, uint32_t begin, const Token& keyword,
                 Import& import, Token& terminator);

/// Fills in what only the branches know: never_runs, marker, fallback_of. `branch_of[i]` is the
/// branch of imports[i].
void judge_imports(std::string_view text, const std::vector<Branch>& branches,
                   const std::vector<uint32_t>& branch_of, std::vector<Import>& imports);

} // namespace pawl::script
