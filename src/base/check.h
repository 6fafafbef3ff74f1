#pragma once
// check(): for our own mistakes, never for bad input. Kept on in release builds, because a wrong
// environment is worse than a crash.

namespace pawl {

/// Prints the place and aborts.
[[noreturn]] void check_failed(const char* what, const char* file, unsigned line);

} // namespace pawl

/// States what must hold here; aborts with the place if it does not.
#define check(condition)                                                                           \
    ((condition) ? static_cast<void>(0) : ::pawl::check_failed(#condition, __FILE__, __LINE__))
