#!/usr/bin/env python3
"""Writes src/script/stdlib_table.inc: the standard library's top-level modules by version.

    tools/make_stdlib_table.py [--check]

Asks the interpreters under ~/.pyenv/versions: 3.10 and newer know their modules of every platform
(sys.stdlib_module_names); of 3.8 and 3.9 the folders are listed, and what 3.10 knows but does not
have on this platform is taken to be there, too. Python 2.7's modules that 3.8 no longer has are
written apart. What changed in versions that are not on this machine is told below.
"""
import argparse
import glob
import os
import subprocess
import sys

TARGET = os.path.join(os.path.dirname(__file__), "..", "src", "script", "stdlib_table.inc")
MINORS = range(8, 16)

# Changes since the version before, for versions that may not be on this machine ("What's New").
ADDED = {
    14: "annotationlib compression _ast_unparse _hmac _py_warnings _remote_debugging _types _zstd",
    15: "profiling",
}
REMOVED = {
    14: "",
    15: "sre_compile sre_constants sre_parse",
}

# Not in sys.stdlib_module_names, and yet part of it.
ALWAYS = {"__main__", "test"}
PYTHON2_ELSEWHERE = {"_winreg", "Carbon"}  # on other platforms than this one

# Runs in every version of Python, so it is written for all of them.
LISTING = r"""
import os, sys
names = set(getattr(sys, "stdlib_module_names", ()))
on_disk = set(sys.builtin_module_names)
stdlib = os.path.dirname(os.__file__)
dynload = os.path.join(stdlib, "lib-dynload")
for folder in [stdlib, dynload, os.path.join(stdlib, "lib-tk")]:
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        path = os.path.join(folder, name)
        if name.endswith(".py") or name.endswith(".so"):
            on_disk.add(name.split(".")[0])
        elif os.path.isfile(os.path.join(path, "__init__.py")):
            on_disk.add(name)
skipped = {"site-packages", "lib-dynload", "sitecustomize", "usercustomize"}
def show(names):
    return " ".join(sorted(n for n in names if n not in skipped
                           and not n.startswith("_sysconfigdata") and "-" not in n))
print(show(names))
print(show(on_disk))
"""


def ask(python):
    lines = subprocess.run([python, "-E", "-s", "-c", LISTING], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.split("\n")
    return set(lines[0].split()), set(lines[1].split())


def find(version):
    found = sorted(glob.glob(os.path.expanduser(f"~/.pyenv/versions/{version}.*/bin/python")))
    return found[-1] if found else None


def modules_by_minor():
    named, on_disk = {}, {}
    for minor in MINORS:
        python = find(f"3.{minor}")
        if python:
            named[minor], on_disk[minor] = ask(python)
    if 10 not in named:
        sys.exit("Python 3.10 is needed: it is the oldest that knows the modules of all platforms")
    elsewhere = named[10] - on_disk[10]  # modules of other platforms
    result = {}
    for minor in MINORS:
        if named.get(minor):
            result[minor] = named[minor] | ALWAYS
        elif minor in on_disk:
            result[minor] = on_disk[minor] | elsewhere | ALWAYS
        else:
            result[minor] = ((result[minor - 1] | set(ADDED[minor].split()))
                             - set(REMOVED[minor].split()))
    return result


def python2_modules(known):
    python = find("2.7")
    if not python:
        sys.exit("Python 2.7 is needed for the list of its modules")
    _, on_disk = ask(python)
    return sorted((on_disk | PYTHON2_ELSEWHERE) - known)


def table():
    by_minor = modules_by_minor()
    known = set().union(*by_minor.values())
    lines = ["// Made by tools/make_stdlib_table.py; bit n: Python 3.(8 + n) has the module.",
             "constexpr StdlibRow stdlib_rows[] = {"]
    for name in sorted(known):
        bits = sum(1 << (minor - MINORS[0]) for minor in MINORS if name in by_minor[minor])
        lines.append(f'    {{"{name}", 0x{bits:02x}}},')
    lines += ["};", "", "// Modules of Python 2.7 that no Python 3 of the table has.",
              "constexpr std::string_view python2_modules[] = {"]
    lines += [f'    "{name}",' for name in python2_modules(known)]
    return "\n".join(lines + ["};", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="only compare with the file")
    options = parser.parse_args()
    text = table()
    if options.check:
        with open(TARGET, encoding="utf-8") as file:
            return 0 if file.read() == text else 1
    with open(TARGET, "w", encoding="utf-8") as file:
        file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
