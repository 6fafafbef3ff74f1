#!/usr/bin/env python3
"""Counts the system calls of a warm `pawl run` up to the execve of Python, the loader's included,
with strace. The budget is 60 (design §8). Exits with 77 (skipped) where strace cannot be used.

    system_calls.py --bin DIR
"""

import argparse
import hashlib
import json
import sys
import time
import zipfile

from tracing import calls_before_exec, can_trace
from world import WebServer, World

budget = 60
needing = "import alpha  # pin: alpha\nimport json, sys, os.path, re, argparse, csv\n"


def forms(world, web):
    """(name, words of `pawl run`, standard input)"""
    world.write("beside.py", needing)
    world.pawl("lock", "beside.py")
    world.write("embedded.py", needing)
    world.pawl("lock", "--embed", "embedded.py")
    near = "".join(f"import near{number}\n" for number in range(4))
    world.write("local/report.py", near + needing)
    for number in range(4):
        world.write(f"local/near{number}.py", needing)
    world.pawl("lock", "local/report.py")
    world.write("folder/__main__.py", "import near\n" + needing)
    world.write("folder/near.py", needing)
    world.write("package/__init__.py", "")
    world.write("package/module.py", "from . import near\n" + needing)
    world.write("package/near.py", needing)
    with zipfile.ZipFile(world.directory / "app.zip", "w") as archive:
        archive.writestr("__main__.py", needing)
    cell = {"cell_type": "code", "source": needing}
    world.write("note.ipynb", json.dumps({"nbformat": 4, "cells": [cell]}))
    digest = hashlib.sha256(needing.encode()).hexdigest()
    none = b""
    return [
        ("a lock beside", ["beside.py"], none),
        ("an embedded lock", ["embedded.py"], none),
        ("a lock and four local modules", ["local/report.py"], none),
        ("--locked", ["--locked", "beside.py"], none),
        ("--frozen", ["--frozen", "beside.py"], none),
        ("--with", ["--with", "alpha<2", "beside.py"], none),
        ("--as-of", ["--as-of", "2030-01-01", "embedded.py"], none),
        ("a folder", ["folder"], none),
        ("a zip", ["app.zip"], none),
        ("-m", ["-m", "package.module"], none),
        ("a notebook", ["note.ipynb"], none),
        ("standard input", ["-"], needing.encode()),
        ("a URL with its digest", ["--sha256", digest, f"{web.url}/beside.py"], none),
    ]


def count(world, words, stdin, directory=None):
    calls, done = calls_before_exec([world.binaries / "pawl", "run", *words], stdin,
                                    cwd=directory or world.directory, env=world.environment())
    if done.returncode != 0:
        sys.exit(f"pawl run {' '.join(words)}: {done.returncode}\n{done.stderr.decode()}")
    return calls


def settle(world, listed):
    """Everything twice, until what was just written is remembered for good."""
    for _ in range(2):
        for name, words, stdin, directory in listed:
            code, _, err = world.pawl("run", *words, stdin=stdin, directory=directory)
            if code != 0:
                sys.exit(f"pawl run {' '.join(words)}: {code}\n{err}")
        time.sleep(0.1)  # until the times of what was just written count as settled


def growth(world):
    """What must not cost more than it has to: (name, calls it may take more, few, many)."""
    def modules(count):
        place = world.directory / f"modules{count}"
        world.write(f"{place.name}/p/q/__init__.py", "")
        world.write(f"{place.name}/p/__init__.py", "")
        for number in range(count):
            world.write(f"{place.name}/near{number}.py", needing)
            world.write(f"{place.name}/p/q/far{number}.py", needing)
        near = "".join(f"import near{n}\nimport p.q.far{n}\n" for n in range(count))
        world.write(f"{place.name}/job.py", near)
        return place

    def depth(count):
        place = world.directory.joinpath(*[f"d{n}" for n in range(count)])
        world.write(place.relative_to(world.directory) / "job.py", needing)
        return place

    rows = [("30 local modules and 30 in packages", 2 * 27, modules(3), modules(30)),
            ("27 more folders above", 27, depth(3), depth(30))]
    for _, _, *places in rows:
        for place in places:
            world.pawl("lock", place / "job.py")
    settle(world, [(name, ["job.py"], b"", place) for name, _, *places in rows for place in places])
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    options = parser.parse_args()
    if not can_trace():
        print("SKIPPED: strace is not there, or may not trace: system calls are not counted")
        sys.exit(77)
    world = World(options.bin, "release alpha 1.0\n  uploaded 2020-01-01\nrelease alpha 2.0\n")
    web = WebServer(world.directory)
    over = 0
    try:
        listed = [(*form, None) for form in forms(world, web)]
        settle(world, listed)
        for name, words, stdin, _ in listed:
            calls = count(world, words, stdin)
            over += calls >= budget
            print(f"{calls:4}  {name}{'' if calls < budget else '  TOO MANY'}")
        for name, most, few, many in growth(world):
            more = count(world, ["job.py"], b"", many) - count(world, ["job.py"], b"", few)
            over += more > most
            print(f"+{more:3}  {name}{'' if more <= most else '  TOO MANY'}")
    finally:
        web.close()
        world.close()
    sys.exit(1 if over else 0)


main()
