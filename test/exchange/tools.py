#!/usr/bin/env python3
"""The lockers that pawl exchanges locks with, each in a virtual environment of its own.

    tools.py install   make what is missing (needs an index); `./dev tools` does this
    tools.py list      say which are there

They live in $PAWL_TOOLS_DIR, else ~/.cache/pawl-dev/tools, and stay there between runs. What is
pinned here is what the table in docs/locks.md speaks of.
"""

import os
import pathlib
import subprocess
import sys

# name: what pip installs. Where a tool does not bound what it breaks with, we do.
PINS = {
    "uv": ["uv==0.13.8"],
    "poetry": ["poetry==2.5.1"],
    "pdm": ["pdm==2.29.4", "hishel<2"],
    "pipenv": ["pipenv==2026.10.3"],
    "pip": ["pip==26.3"],
    "cyclonedx": ["cyclonedx-python-lib==11.12.0", "cyclonedx-python-lib[json-validation]==11.12.0"],
}
# What is run of it, where that has another name.
PROGRAMS = {"cyclonedx": "python"}


def directory():
    given = os.environ.get("PAWL_TOOLS_DIR")
    return pathlib.Path(given) if given else pathlib.Path.home() / ".cache/pawl-dev/tools"


def home_of(name):
    return directory() / PINS[name][0].replace("==", "-")


def program(name):
    """The tool's program; None when it is not installed."""
    path = home_of(name) / "bin" / PROGRAMS.get(name, name)
    return path if path.exists() else None


def missing():
    return [name for name in PINS if program(name) is None]


def install(name):
    home = home_of(name)
    subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
    subprocess.run([home / "bin/python", "-m", "pip", "install", "--quiet",
                    "--disable-pip-version-check", *PINS[name]], check=True)


def main():
    if sys.argv[1:] == ["install"]:
        for name in missing():
            print(f"installing {PINS[name][0]} into {home_of(name)}", flush=True)
            install(name)
    elif sys.argv[1:] == ["list"]:
        for name in PINS:
            print(name, program(name) or "is not installed")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
