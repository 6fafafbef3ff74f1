#!/usr/bin/env python3
"""Writes src/script/module_table.inc: which project provides a module.

    tools/make_module_table.py [--installed PYTHON] [--wheels FOLDER] [--names FILE] [--check]

Three kinds of evidence go in, strongest first:
  1. tools/module_table_projects.txt: what people mean, where no wheel says it or several do;
  2. what wheels hold: wheel files in FOLDERs, distributions installed for PYTHONs, and recorded
     lists of import names (JSON: {"project": ["module", …]}), all kept in
     tools/module_table_wheels.json so that the table can be made again without them;
  3. projects whose module has the project's own name.
A module that several projects provide goes to the one of its own name; if there is none, the list
must decide, else this script says so and stops.
"""
import argparse
import csv
import json
import os
import re
import subprocess
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.join(HERE, "..", "src", "script", "module_table.inc")
LIST = os.path.join(HERE, "module_table_projects.txt")
RECORDED = os.path.join(HERE, "module_table_wheels.json")
STDLIB = os.path.join(HERE, "..", "src", "script", "stdlib_table.inc")

# Folders at the top of wheels that nobody imports on purpose.
NOT_MEANT = {"test", "tests", "testing", "doc", "docs", "example", "examples", "benchmark",
             "benchmarks", "scripts", "script", "tools", "tool", "bin", "build", "dist", "src",
             "conftest", "setup", "include", "share", "utils", "data", "sample", "samples"}
NAMESPACES_WITH_CODE = {"google", "google.cloud", "azure", "azure.mgmt", "backports", "zope",
                        "opentelemetry", "sphinxcontrib", "mpl_toolkits", "ruamel", "jaraco"}


def normalize(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def normalize_requirement(text):
    """A project of the list, perhaps with the versions that still have the module."""
    name = re.match(r"[\w.-]+", text).group()
    return normalize(name) + text[len(name):]


def import_names(paths):
    """The importable names of a wheel, from the paths in it: packages, modules, and what is below
    folders without an __init__ (namespaces)."""
    folders, names = {}, set()
    for path in paths:
        parts = path.split("/")
        if parts[0].endswith(".data"):
            if len(parts) < 3 or parts[1] not in ("purelib", "platlib"):
                continue
            parts = parts[2:]
        if parts[0].endswith((".dist-info", ".egg-info", ".libs")) or "__pycache__" in parts:
            continue
        match = re.fullmatch(r"(\w+)(\.[\w-]+)*\.(py|so|pyd)", parts[-1])
        if not match or not all(part.isidentifier() for part in parts[:-1] + [match.group(1)]):
            continue
        folders.setdefault(tuple(parts[:-1]), set()).add(match.group(1))
    regular = {folder for folder, modules in folders.items()
               if "__init__" in modules and ".".join(folder) not in NAMESPACES_WITH_CODE}
    for folder, modules in folders.items():
        above = next((folder[:n] for n in range(1, len(folder) + 1) if folder[:n] in regular), None)
        if above:
            names.add(".".join(above))
        else:
            names.update(".".join(folder + (module,)) for module in modules
                         if module not in ("__init__", "__main__"))
    return sorted(name for name in names if name.split(".")[0] not in NOT_MEANT)


def from_wheel(path):
    with zipfile.ZipFile(path) as wheel:
        return import_names(wheel.namelist())


def from_installed(python):
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    folder = subprocess.run([python, "-I", "-c", code], check=True, text=True,
                            stdout=subprocess.PIPE).stdout.strip()
    found = {}
    for name in sorted(os.listdir(folder)):
        record = os.path.join(folder, name, "RECORD")
        if name.endswith(".dist-info") and os.path.isfile(record):
            with open(record, newline="", encoding="utf-8") as file:
                paths = [row[0] for row in csv.reader(file) if row and not row[0].startswith("..")]
            found[normalize(name.split("-")[0])] = import_names(paths)
    return found


def read_stdlib():
    """Modules that every version has: nobody asks a project for these."""
    with open(STDLIB, encoding="utf-8") as file:
        return set(re.findall(r'\{"(\w+)", 0xff\}', file.read()))


class Choices:
    """The list of what people mean."""

    def __init__(self, path):
        self.meant, self.also, self.same, self.namespaces = {}, {}, set(), {}
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                line = line.split("#")[0].strip()
                if line:
                    self.read(line, f"{path}:{number}")

    def read(self, line, place):
        if line.startswith("= "):
            self.same.update(line[2:].split())
            return
        if line.startswith("* "):
            for word in line[2:].split():
                module, _, project = word.partition(",")
                module, _, prefix = module.partition(">")
                self.namespaces[module] = f"*{prefix},{project}" if project else f"*{prefix}"
            return
        project, separator, modules = line.partition(":")
        if not separator or not modules.split():
            sys.exit(f"{place}: not understood: {line}")
        for module in modules.split():
            if module.startswith("~"):
                self.also.setdefault(module[1:], []).append(normalize(project))
            elif (self.meant.setdefault(module, normalize_requirement(project))
                  != normalize_requirement(project)):
                sys.exit(f"{place}: {module} is {self.meant[module]} already")


def make_rows(choices, wheels):
    stdlib = read_stdlib()
    providers = {}
    for project, modules in wheels.items():
        for module in modules:
            providers.setdefault(module, []).append(project)
    rows, undecided = {}, []
    every = set(choices.meant) | set(providers) | choices.same | set(choices.also)
    for module in every:
        if module.split(".")[0] in stdlib or module in choices.namespaces:
            continue
        candidates = providers.get(module, [])
        own = normalize(module)
        if module in choices.meant:
            project = choices.meant[module]
        elif own in candidates or module in choices.same:
            project = own
        elif len(candidates) == 1:
            project = candidates[0]
        elif candidates:
            undecided.append(f"{module}: {', '.join(candidates)}")
            continue
        else:
            continue  # only "also": another project is meant that nobody named
        others = sorted(set(candidates + choices.also.get(module, [])) - {project, project.split("<")[0]})
        rows[module] = ",".join(["" if project == own else project] + others)
    if undecided:
        sys.exit("several projects, and none is meant:\n  " + "\n  ".join(sorted(undecided)))
    rows.update(choices.namespaces)
    return rows


def prune(rows):
    """Leaves out what a shorter entry says as well: `pytest_.x` below the same project."""
    kept = {}
    for module in sorted(rows):
        row = rows[module]
        project = row or normalize(module)
        above = module.rpartition(".")[0]
        while above and above not in kept:
            above = above.rpartition(".")[0]
        if above and not row.startswith("*") and (kept[above] or normalize(above)) == project:
            continue
        kept[module] = row
    return kept


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--installed", action="append", default=[])
    parser.add_argument("--wheels", action="append", default=[])
    parser.add_argument("--names", action="append", default=[])
    parser.add_argument("--check", action="store_true", help="only compare with the file")
    options = parser.parse_args()
    wheels = {}
    if os.path.exists(RECORDED):
        with open(RECORDED, encoding="utf-8") as file:
            wheels = json.load(file)
    for path in options.names:
        with open(path, encoding="utf-8") as file:
            wheels.update({normalize(name): sorted(modules)
                           for name, modules in json.load(file).items()})
    for python in options.installed:
        wheels.update(from_installed(python))
    for folder in options.wheels:
        for name in sorted(os.listdir(folder)):
            if name.endswith(".whl"):
                wheels[normalize(name.split("-")[0])] = from_wheel(os.path.join(folder, name))
    rows = prune(make_rows(Choices(LIST), wheels))
    text = "// Made by tools/make_module_table.py.\n" + "".join(
        f'"{module}={rows[module]}\\n"\n' for module in sorted(rows))
    if options.check:
        with open(TARGET, encoding="utf-8") as file:
            return 0 if file.read() == text else 1
    with open(TARGET, "w", encoding="utf-8") as file:
        file.write(text)
    with open(RECORDED, "w", encoding="utf-8") as file:
        json.dump(wheels, file, indent=0, sort_keys=True)
        file.write("\n")
    print(f"{len(rows)} modules of {len({row.split(',')[0] or m for m, row in rows.items()})} projects, "
          f"{sum(map(len, rows)) + sum(map(len, rows.values()))} bytes; wheels: {len(wheels)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
