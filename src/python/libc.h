#pragma once
// Which C library an interpreter is linked to: manylinux wheels need glibc, musllinux ones musl.

#include <string>
#include <string_view>

#include "base/result.h"

namespace pawl::python {

struct Libc {
    enum class Kind : unsigned char { glibc, musl, unknown };
    Kind kind = Kind::unknown;
    std::string version; ///< "2.36", "1.2.4"; "" when unknown
};

/// The dynamic loader that an ELF file asks for ("/lib64/ld-linux-x86-64.so.2"); "" when it asks
/// for none (static) or is no ELF file.
std::string elf_interpreter(std::string_view bytes);

/// `said` is the interpreter's own word ("glibc 2.36" or ""). musl says nothing of itself, so its
/// loader is run, which prints its version and does nothing else.
Libc libc_of(std::string_view executable, std::string_view said);

} // namespace pawl::python
