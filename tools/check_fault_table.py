#!/usr/bin/env python3
"""Holds test/faults/README.md against the tests: every number once, and every test that
a row names is there. Whether it tries what the row says, people must judge."""

import json
import os
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
table = root / "test/faults/README.md"
evil = pathlib.Path(os.environ.get("PAWL_SHARED", root.parent / "shared")) / "evil/manifest.json"
groups = {"A": range(1, 21), "B": range(21, 31), "C": range(31, 41), "D": range(41, 45), "E": range(45, 57),
          "F": range(57, 81)}
# `network` and `hostile` with parts of the names of tests, of which "a, b" is two.
scripts = {"network": "test/network_test.py", "hostile": "test/hostile_test.py",
           "run_forms": "test/run_forms.py", "run_faults": "test/run_faults.py",
           "local": "test/local_faults.py"}


def unit_tests():
    pattern = re.compile(r"^TEST(?:_[FP])?\((\w+),\s*(\w+)\)", re.M)
    return {f"{suite}.{name}" for path in root.glob("src/**/*_test.cc")
            for suite, name in pattern.findall(path.read_text())}


def problems_of_row(held_by, tests, cases):
    held_by = re.sub(r"\([^)]*\)", "", held_by)
    for suite, name in re.findall(r"`([A-Z]\w+)\.(\w+)…?`", held_by):
        if not any(test.startswith(f"{suite}.{name}") for test in tests):
            yield f"there is no test {suite}.{name}"
    for name in re.findall(r"`cli_(\w+)`", held_by):
        if not (root / f"test/cli/{name}.txt").exists():
            yield f"there is no test/cli/{name}.txt"
    for script, words in re.findall(r"`(\w+)` ([^;`]+)", held_by):
        if script in scripts:
            methods = re.findall(r"def test_(\w+)", (root / scripts[script]).read_text())
            for word in words.split(","):
                if not any(word.strip() in method for method in methods):
                    yield f"{scripts[script]} has no test {word.strip()}"
        elif script == "evil" and cases:
            for id_ in re.findall(r"\b[A-Z]\d\d+L?\b", words):
                if id_ not in cases:
                    yield f"there is no evil case {id_}"


def main():
    tests = unit_tests()
    cases = {case["id"] for case in json.loads(evil.read_text())["cases"]} if evil.exists() else ()
    failed, group, found = 0, None, {name: [] for name in groups}
    for number, line in enumerate(table.read_text().splitlines(), 1):
        if heading := re.match(r"## ([A-Z])\.", line):
            group = heading[1]
        row = re.match(r"\| F-(\d+) \|[^|]*\|([^|]*)\|", line)
        if not row or group not in groups:
            continue
        found[group].append(int(row[1]))
        for problem in problems_of_row(row[2], tests, cases):
            print(f"{table.relative_to(root)}:{number}: F-{row[1]}: {problem}")
            failed += 1
    for group, numbers in found.items():
        if numbers != list(groups[group]):
            print(f"{table.relative_to(root)}: group {group} has {numbers}")
            failed += 1
    if not failed:
        print(f"{sum(map(len, found.values()))} faults have their tests")
    return 1 if failed else 0


sys.exit(main())
