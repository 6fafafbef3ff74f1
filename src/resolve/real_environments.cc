#include "resolve/real_environments.h"

#include "base/check.h"

namespace pawl::resolve {

using pep::MarkerId;

namespace {

MarkerId equals(pep::MarkerSpace& space, pep::MarkerVariable variable, std::string value) {
    return space.from(pep::Marker::of(pep::Marker::Comparison{
        .variable = variable, .op = pep::Marker::Operator::equal, .literal = std::move(value)}));
}

/// Both hold or neither does.
MarkerId same(pep::MarkerSpace& space, MarkerId a, MarkerId b) {
    return space.either(space.both(a, b), space.both(space.negate(a), space.negate(b)));
}

} // namespace

MarkerId real_environments(pep::MarkerSpace& space) {
    using pep::MarkerVariable;
    MarkerId windows = equals(space, MarkerVariable::sys_platform, "win32");
    MarkerId nt = equals(space, MarkerVariable::os_name, "nt");
    MarkerId posix = equals(space, MarkerVariable::os_name, "posix");
    MarkerId real = space.either(space.both(windows, nt), space.both(space.negate(windows), posix));
    struct Implementation {
        const char* name;
        const char* platform_name;
    };
    constexpr Implementation implementations[] = {
        {"cpython", "CPython"}, {"pypy", "PyPy"}, {"graalpy", "GraalVM"}};
    for (const Implementation& implementation : implementations) {
        MarkerId name = equals(space, MarkerVariable::implementation_name, implementation.name);
        MarkerId platform_name = equals(space, MarkerVariable::platform_python_implementation,
                                        implementation.platform_name);
        real = space.both(real, same(space, name, platform_name));
    }
    return real;
}

} // namespace pawl::resolve
