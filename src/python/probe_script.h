#pragma once
// The Python side of the probe. It must run on every Python 3 (and fail clearly on 2), needs no
// site, and prints one line: the mark it got as its argument, JSON, the mark again. The mark is
// random, so nothing that a start-up file prints can look like an answer.

namespace pawl::python {

constexpr const char* probe_script = R"python(
import sys
mark = sys.argv[1]
import json, os, platform, struct, sysconfig

def number(info):
    text = "%d.%d.%d" % info[:3]
    kind = info[3]
    if kind != "final":
        text += {"alpha": "a", "beta": "b", "candidate": "rc"}.get(kind, kind) + str(info[4])
    return text

def variable(name):
    value = sysconfig.get_config_var(name)
    return "" if value is None else str(value)

def libc():
    try:
        text = os.confstr("CS_GNU_LIBC_VERSION")
        if text:
            return text
    except (AttributeError, OSError, ValueError):
        pass
    return " ".join(platform.libc_ver())

def new_scheme():
    names = sysconfig.get_scheme_names()
    name = "posix_prefix"
    for wanted in ("venv", "posix_venv"):
        if wanted in names:
            name = wanted
            break
    if os.name == "nt":
        name = "nt"
    base = {key: "@" for key in ("base", "platbase", "installed_base", "installed_platbase")}
    return {key: sysconfig.get_path(key, name, base) for key in ("purelib", "platlib", "scripts")}

stdlib = sysconfig.get_path("stdlib")
facts = {
    "format": 1,
    "executable": sys.executable,
    "base_executable": getattr(sys, "_base_executable", None) or sys.executable,
    "base_prefix": getattr(sys, "base_prefix", sys.prefix),
    "version": number(sys.version_info),
    "major": sys.version_info[0],
    "minor": sys.version_info[1],
    "python_full_version": platform.python_version(),
    "implementation": sys.implementation.name,
    "implementation_version": number(sys.implementation.version),
    "platform_python_implementation": platform.python_implementation(),
    "os_name": os.name,
    "sys_platform": sys.platform,
    "platform_system": platform.uname()[0],
    "platform_machine": platform.machine(),
    "sysconfig_platform": sysconfig.get_platform(),
    "mac": platform.mac_ver()[0],
    "cache_tag": sys.implementation.cache_tag or "",
    "soabi": variable("SOABI"),
    "ext_suffix": variable("EXT_SUFFIX"),
    "free_threaded": variable("Py_GIL_DISABLED") == "1",
    "debug": hasattr(sys, "gettotalrefcount"),
    "pointer_bits": struct.calcsize("P") * 8,
    "libc": libc(),
    "externally_managed": os.path.exists(os.path.join(stdlib, "EXTERNALLY-MANAGED")),
    "scheme": new_scheme(),
    "paths": {key: sysconfig.get_path(key)
              for key in ("purelib", "platlib", "scripts", "include", "data")},
}
sys.stdout.write("\n" + mark + json.dumps(facts) + mark + "\n")
sys.stdout.flush()
)python";

} // namespace pawl::python
