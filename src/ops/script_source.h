#pragma once
// Where a script's text comes from, however the user named it: a file, a folder or a zip with
// `__main__.py`, a notebook, a module, or bytes that have no file (standard input, a URL). And the
// way back into the file.

#include <string>
#include <string_view>

#include "base/result.h"
#include "ops/script_state.h"

namespace pawl::ops {

/// Scripts and notebooks larger than this are refused.
constexpr uint64_t script_bytes_max = uint64_t{64} << 20;

/// A path: what is there decides which form it is.
Result<ScriptState> script_at(std::string_view path);

/// `-m module`: a module or package of the current directory; without one `bytes` are empty and
/// `path` is "": then a project provides it.
Result<ScriptState> script_of_module(std::string_view module);

/// Bytes without a file. `name` is "-" or a URL.
Result<ScriptState> script_of_text(std::string_view name, std::string bytes);

/// Bytes that lie in a file only for Python to find them there, and came from elsewhere: a URL.
/// What `name` says is what messages say, and nothing beside the file counts.
Result<ScriptState> script_in_cache(std::string_view name, std::string_view path);

/// Gives the script's file other bytes, unless somebody wrote to it since it was read: their work
/// would be lost (Kind::busy). Returns whether it was written.
Result<bool> rewrite_script(const ScriptState& script, std::string_view text);

} // namespace pawl::ops
