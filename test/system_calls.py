#!/usr/bin/env python3
"""Counts the system calls of a warm `pawl run` up to the execve of Python, the loader's included,
with strace. The budget is 60 (design §8). Exits with 77 (skipped) where strace cannot be used.

    system_calls.py --bin DIR
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import time
import zipfile

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


def count(world, words, stdin):
    trace = world.root / "trace"
    code, out, err = world.run(
        "strace", "-o", trace, world.binaries / "pawl", "run", *words, stdin=stdin)
    if code != 0:
        sys.exit(f"pawl run {' '.join(words)}: {code}\n{err}")
    lines = trace.read_text(errors="replace").splitlines()
    runs = [number for number, line in enumerate(lines) if line.startswith("execve(")]
    return runs[1] if len(runs) > 1 else len(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    options = parser.parse_args()
    if not shutil.which("strace") or subprocess.run(
            ["strace", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL).returncode != 0:
        print("SKIPPED: strace is not there, or may not trace: system calls are not counted")
        sys.exit(77)
    world = World(options.bin, "release alpha 1.0\n  uploaded 2020-01-01\nrelease alpha 2.0\n")
    web = WebServer(world.directory)
    over = 0
    try:
        listed = forms(world, web)
        for _ in range(2):
            for name, words, stdin in listed:
                code, _, err = world.pawl("run", *words, stdin=stdin)
                if code != 0:
                    sys.exit(f"pawl run {' '.join(words)}: {code}\n{err}")
            time.sleep(0.1)  # until the times of what was just written count as settled
        for name, words, stdin in listed:
            calls = count(world, words, stdin)
            over += calls >= budget
            print(f"{calls:4}  {name}{'' if calls < budget else '  TOO MANY'}")
    finally:
        web.close()
        world.close()
    sys.exit(1 if over else 0)


main()
