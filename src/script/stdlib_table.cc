#include "script/stdlib_table.h"

#include <algorithm>

namespace pawl::script {
namespace {

struct StdlibRow {
    std::string_view name;
    MinorSet minors;
};

#include "script/stdlib_table.inc"

} // namespace

MinorSet stdlib_minors(std::string_view root) {
    const auto row = std::ranges::lower_bound(stdlib_rows, root, {}, &StdlibRow::name);
    return row != std::end(stdlib_rows) && row->name == root ? row->minors : MinorSet{0};
}

bool is_stdlib(std::string_view root, unsigned minor) {
    const unsigned known = std::clamp(minor, stdlib_minor_min, stdlib_minor_max);
    return ((stdlib_minors(root) >> (known - stdlib_minor_min)) & 1) != 0;
}

bool is_python2_only(std::string_view root) {
    return std::ranges::binary_search(python2_modules, root);
}

} // namespace pawl::script
