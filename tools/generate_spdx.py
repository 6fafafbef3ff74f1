#!/usr/bin/env python3
"""Writes src/pep/licence_ids.inc: SPDX's licence and exception identifiers, as the installed
`packaging` library has them.

    python tools/generate_spdx.py > src/pep/licence_ids.inc

Run it with the Python that has a current `packaging` (its licence list follows SPDX's releases).
"""
import packaging
from packaging.licenses import _spdx


def rows(table):
    for key in sorted(table):
        yield f'    "{table[key]["id"]}",'


print(f"// Made by tools/generate_spdx.py from packaging {packaging.__version__}, SPDX licence list"
      f" {_spdx.VERSION}. Do not edit.")
print("// Sorted by the identifier in lower case.\n")
print("constexpr std::string_view licence_ids[] = {")
print("\n".join(rows(_spdx.LICENSES)))
print("};\n")
print("constexpr std::string_view exception_ids[] = {")
print("\n".join(rows(_spdx.EXCEPTIONS)))
print("};")
