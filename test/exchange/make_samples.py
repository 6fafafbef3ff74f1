#!/usr/bin/env python3
"""Makes the locks in test/data/exchange/ anew by running the tools themselves on our own inputs.

    make_samples.py [DIR…]     (the tools: test/exchange/tools.py; needs the network)

The tests read the locks as they are, so a new sample may need a new expectation.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import tools

DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "exchange"

# What is run in a copy of each directory, and what is kept of it.
PROJECT = [
    ("uv.lock", ["uv", "lock", "-q"]),
    ("pylock.uv.toml", ["uv", "export", "-q", "--format", "pylock.toml", "--all-extras",
                        "-o", "pylock.uv.toml"]),
    ("requirements.txt", ["uv", "export", "-q", "--no-emit-project", "-o", "requirements.txt"]),
    ("poetry.lock", ["poetry", "lock", "-q"]),
    ("pdm.lock", ["pdm", "lock", "-q", "-G", ":all"]),
    ("Pipfile.lock", ["pipenv", "lock", "-q"]),
]


def run(directory, command):
    program = tools.program(command[0])
    if program is None:
        sys.exit(f"{command[0]} is not installed: test/exchange/tools.py install")
    subprocess.run([program, *command[1:]], cwd=directory, check=True)


def make(name):
    with tempfile.TemporaryDirectory() as scratch:
        work = pathlib.Path(scratch) / name
        shutil.copytree(DATA / name, work)
        for kept, _ in PROJECT:
            (work / kept).unlink(missing_ok=True)
        for kept, command in PROJECT:
            run(work, command)
            shutil.copy(work / kept, DATA / name / kept)


for one in sys.argv[1:] or ["project"]:
    make(one)
