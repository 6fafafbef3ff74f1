#pragma once
// Bytecode: .pyc files beside the sources inside the store, one per wheel, file and Python minor,
// so that every environment that links to the wheel imports fast. Python itself writes them too
// when it imports through a link; this makes them ahead, all at once.

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "python/interpreter.h"
#include "store/wheel_entry.h"

namespace pawl::install {

struct BytecodeReport {
    size_t compiled = 0;
    size_t failed = 0; ///< not valid for this Python (templates, tests of syntax errors)
};

/// Compiles every .py of these wheels for the interpreter's minor, with up to `threads_max` Python
/// processes. Wheels that are marked as done cost one stat each. Safe at any time and for any
/// number of processes. Kind::disk when the store cannot be written: go on without.
Result<BytecodeReport> compile_bytecode(const python::Interpreter& interpreter,
                                        std::span<const store::WheelEntry> wheels,
                                        size_t threads_max = 0);

/// The same in a process of its own, with the lowest priority, that this one does not wait for and
/// that survives its exec: the first run is not kept waiting, the second one finds the bytecode.
/// Never fails.
void compile_bytecode_later(const python::Interpreter& interpreter,
                            std::span<const store::WheelEntry> wheels);

} // namespace pawl::install
