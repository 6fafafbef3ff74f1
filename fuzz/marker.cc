// A marker's text reads back; the algebra's text means what the algebra meant; and both evaluate
// alike in real environments.

#include <array>

#include "fuzz/fuzz.h"
#include "pep/marker_space.h"

using namespace pawl;

namespace {

constexpr size_t input_bytes_max = size_t{2} << 10;

pep::MarkerEnvironment linux_311() {
    return {.os_name = "posix",
            .sys_platform = "linux",
            .platform_system = "Linux",
            .platform_machine = "x86_64",
            .platform_python_implementation = "CPython",
            .platform_release = "6.1.0-18-amd64",
            .platform_version = "#1 SMP Debian 6.1.76-1",
            .implementation_name = "cpython",
            .implementation_version = "3.11.7",
            .python_version = "3.11",
            .python_full_version = "3.11.7"};
}

pep::MarkerEnvironment windows_39() {
    return {.os_name = "nt",
            .sys_platform = "win32",
            .platform_system = "Windows",
            .platform_machine = "AMD64",
            .platform_python_implementation = "PyPy",
            .platform_release = "10",
            .platform_version = "10.0.19045",
            .implementation_name = "pypy",
            .implementation_version = "7.3.16",
            .python_version = "3.9",
            .python_full_version = "3.9.19"};
}

void check_evaluated(const pep::Marker& marker, pep::MarkerSpace& space, pep::MarkerId id) {
    const std::array<pep::MarkerEnvironment, 2> environments = {linux_311(), windows_39()};
    pep::MarkerContext context{.extra = "test", .extras = {{"a"}}, .dependency_groups = {{"b"}}};
    for (const pep::MarkerEnvironment& environment : environments) {
        auto plain = marker.evaluate(environment, context);
        if (fuzz::is_fine(plain)) {
            check(space.evaluate(id, environment, context) == *plain);
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
    std::string_view bytes = fuzz::as_text(data, size_bytes);
    if (bytes.size() > input_bytes_max) {
        return 0;
    }
    auto marker = pep::Marker::parse(bytes);
    if (!fuzz::is_fine(marker)) {
        return 0;
    }
    auto again = pep::Marker::parse(marker->str());
    check(fuzz::is_fine(again));
    check(again->str() == marker->str());

    pep::MarkerSpace space;
    pep::MarkerId id = space.from(*marker);
    pep::MarkerId same = space.from(*again);
    if (space.is_exhausted()) {
        return 0;
    }
    check(same == id);
    check(pep::MarkerSpace::is_never(space.both(id, space.negate(id))));
    check(space.implies(id, id));
    check_evaluated(*marker, space, id);
    if (pep::MarkerSpace::is_never(id) || pep::MarkerSpace::is_always(id)) {
        return 0;
    }
    std::string text = space.text(id);
    if (space.is_exhausted()) {
        return 0;
    }
    auto canonical = pep::Marker::parse(text);
    check(fuzz::is_fine(canonical));
    pep::MarkerId read = space.from(*canonical);
    check(space.is_exhausted() || read == id);
    return 0;
}
