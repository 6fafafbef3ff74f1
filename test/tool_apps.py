#!/usr/bin/env python3
"""Three real applications, locked into their wheels, against an index that has moved on and is broken.

    tool_apps.py --bin DIR        77 when the package index cannot be reached

Each application is locked into its own wheel against the real index. Then pawl-test-index serves that
wheel, the wheels of what it locked, and newer releases of some of them whose import fails. Installed
by its lock the application works; without the lock the same install breaks.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile

skipped = 77
# application, version, its command and what it does, dependencies that break in a newer release
APPLICATIONS = [
    ("cookiecutter", "2.6.0", ["cookiecutter", "--version"], ["jinja2 3.99", "click 8.99"]),
    ("httpie", "3.2.4", ["http", "--offline", "GET", "example.org"], ["requests 2.99", "pygments 2.99"]),
    ("mkdocs", "1.6.1", ["mkdocs", "--version"], ["markdown 3.99", "click 8.99"]),
]


def run(command, environment, **options):
    return subprocess.run([str(part) for part in command], env=environment, text=True,
                          capture_output=True, timeout=600, **options)


def fetch(name, version, into, environment):
    return run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "-d", into,
                "--disable-pip-version-check", f"{name}=={version}"], environment).returncode == 0


def world(broken):
    lines = []
    for release in broken:
        name = release.split()[0]
        lines += [f"release {release}", f"  file {name}/__init__.py",
                  f"  | raise ImportError('{release} is broken')"]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    binaries = pathlib.Path(os.path.abspath(parser.parse_args().bin))
    root = pathlib.Path(tempfile.mkdtemp(prefix="pawl-apps-"))
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PAWL_", "XDG_", "VIRTUAL_ENV"))}
    environment.update(HOME=str(root / "home"), PAWL_CACHE_DIR=str(root / "cache"),
                       PYENV_ROOT=os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv")))
    pip_environment = dict(os.environ)
    pawl = binaries / "pawl"
    try:
        for name, version, command, broken in APPLICATIONS:
            place = root / name
            place.mkdir()
            if not fetch(name, version, place, pip_environment):
                print("SKIPPED: THE PACKAGE INDEX CANNOT BE REACHED", file=sys.stderr)
                return skipped
            wheel = next(place.glob("*.whl"))
            done = run([pawl, "wheel", "lock", wheel], environment)
            assert done.returncode == 0, done.stderr
            with zipfile.ZipFile(wheel) as file:
                path = next(one for one in file.namelist() if one.endswith("/pylock/pylock.toml"))
                lock = tomllib.loads(file.read(path).decode())
            assert len(lock["packages"]) >= 10, (name, len(lock["packages"]))
            (place / "world.txt").write_text(world(broken))
            # The real files of what was locked, so that the broken index is all that the user has.
            for package in lock["packages"]:
                if "win32" not in package.get("marker", ""):
                    fetch(package["name"], package["version"], place, pip_environment)
            server = subprocess.Popen([binaries / "pawl-test-index", "--world", place / "world.txt",
                                       "--files", place], stdout=subprocess.PIPE, text=True)
            try:
                index = ["--index-url", server.stdout.readline().strip(), "--refresh",
                         "--python", sys.executable]
                hosts = {one["url"].split("/")[2].split(":")[0] for p in lock["packages"]
                         for one in p.get("wheels", [])}
                allowed = [word for host in sorted(hosts) for word in ("--allow-host", host)]
                program = root / "home/.local/bin" / command[0]
                done = run([pawl, "tool", "install", name, *index, *allowed], environment)
                assert done.returncode == 0, done.stderr
                works = run([program, *command[1:]], environment, stdin=subprocess.DEVNULL)
                assert works.returncode == 0, works.stderr
                done = run([pawl, "tool", "install", name, "--no-lock", *index], environment)
                assert done.returncode == 0, done.stderr
                breaks = run([program, *command[1:]], environment, stdin=subprocess.DEVNULL)
                assert breaks.returncode != 0 and "is broken" in breaks.stderr, breaks.stderr
            finally:
                server.terminate()
                server.wait()
            print(f"{name} {version}: works by its lock ({len(lock['packages'])} packages), "
                  "breaks without")
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return 0


sys.exit(main())
