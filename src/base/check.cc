#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace pawl {

void check_failed(const char* what, const char* file, unsigned line) {
    std::fprintf(stderr, "pawl: internal error: %s:%u: check failed: %s\n", file, line, what);
    std::abort();
}

} // namespace pawl
