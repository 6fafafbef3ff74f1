#!/usr/bin/env python3
"""Three real applications, locked into their wheels, against an index that has moved on and broken.

    tool_apps.py --bin DIR        77 (skipped) when the package index cannot be reached

Each application and what it needs come from the real index once. pawl-test-index serves them while
`pawl wheel lock` puts the lock in, and serves them again, at the same address, beside newer releases
of some of them whose import fails. Installed by its lock the application works; without the lock the
same install breaks. What else takes the wheel (pip, uv, pipx, twine) takes it as it is.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tomllib
import unittest
import venv
import zipfile

import world

skipped = 77
# name, version, its command and an answer of it, dependencies that are broken later
applications = [
    ("cookiecutter", "2.6.0", ["cookiecutter", "--version"], "2.6.0", ["jinja2", "click"]),
    ("httpie", "3.2.4", ["http", "--offline", "GET", "example.org"], "Host: example.org",
     ["requests", "pygments"]),
    ("mkdocs", "1.6.1", ["mkdocs", "--version"], "1.6.1", ["markdown", "click"]),
]


python_version = f"{sys.version_info.major}.{sys.version_info.minor}"


def lock_in(wheel):
    with zipfile.ZipFile(wheel) as file:
        path = next(name for name in file.namelist() if name.endswith("/pylock/pylock.toml"))
        return tomllib.loads(file.read(path).decode())


def newer_and_broken(lock, names):
    lines = []
    for name in names:
        version = next(one["version"] for one in lock["packages"] if one["name"] == name)
        later = f"{version}.post1"
        lines += [f"release {name} {later}", f"  file {name}/__init__.py",
                  f"  | raise ImportError('{name} {later} is broken')"]
    return "\n".join(lines) + "\n"


class Applications(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world.World(binaries)
        cls.pawl = cls.world.binaries / "pawl"
        cls.home = cls.world.root / "home"
        cls.tools = cls.world.root / "venv" / "bin"
        # Named by its path: the programs below must find the wheels made for this Python.
        cls.python = ["--python", sys.executable]
        venv.create(cls.tools.parent, with_pip=True)
        cls.real = {name: value for name, value in os.environ.items()
                    if not name.startswith(("PAWL_", "XDG_", "VIRTUAL_ENV"))}
        cls.real.update(PAWL_CACHE_DIR=str(cls.world.root / "real-cache"))

    @classmethod
    def tearDownClass(cls):
        cls.world.close()

    def succeeds(self, *words, **options):
        done = subprocess.run([str(word) for word in words], text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=300, **options)
        self.assertEqual(done.returncode, 0, f"{words}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def fetch(self, requirements, place):
        """The wheels that fit this Python, from the real index."""
        self.succeeds(self.tools / "pip", "download", "-q", "--no-deps", "--only-binary=:all:",
                      "--disable-pip-version-check", "-d", place,
                      *(f"{name}=={version}" for name, version in requirements), env=self.real)

    def lock_command(self, wheel):
        # For this platform: pip fetches no files for others.
        return [self.pawl, "wheel", "lock", "-q", wheel, "--no-extras", "--environment",
                f"sys_platform == '{sys.platform}' and python_version == '{python_version}'"]

    def locked_application(self, name, version):
        """Its locked wheel in a directory with the wheels of all that the lock names."""
        place = self.world.directory / name
        self.fetch([(name, version)], place)
        wheel = next(place.glob(f"{name}-*.whl"))
        lock = self.lock_command(wheel)
        self.succeeds(*lock, "-o", place / "real", env=self.real)
        self.fetch([(one["name"], one["version"])
                    for one in lock_in(place / "real" / wheel.name)["packages"]], place)
        shutil.rmtree(place / "real")
        self.world.serve("", "--files", place)
        self.succeeds(*lock, env=self.world.environment())
        return wheel

    def test_work_by_their_locks_and_break_without(self):
        for name, version, command, answer, broken in applications:
            with self.subTest(name):
                wheel = self.locked_application(name, version)
                lock = lock_in(wheel)
                self.assertGreaterEqual(len(lock["packages"]), 10)
                self.world.serve(newer_and_broken(lock, broken), "--files", wheel.parent)
                environment = self.world.environment()
                shutil.rmtree(self.world.cache)  # another machine than its author's
                program = [self.home / ".local/bin" / command[0], *command[1:]]
                install = [self.pawl, "tool", "install", name, *self.python]

                self.succeeds(*install, env=environment)
                self.assertIn(answer, self.succeeds(*program, env=environment))

                self.succeeds(*install, "--no-lock", env=environment)
                done = subprocess.run([str(word) for word in program], env=environment, text=True,
                                      capture_output=True, stdin=subprocess.DEVNULL)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn("is broken", done.stderr)
                print(f"{name} {version}: {len(lock['packages'])} locked packages", flush=True)

    def test_what_others_make_of_the_wheel(self):
        name, version, command, answer, _ = applications[0]
        wheel = self.locked_application(name, version)
        environment = self.world.environment()
        once = wheel.read_bytes()
        self.succeeds(*self.lock_command(wheel), env=environment)
        self.assertEqual(wheel.read_bytes(), once, "the same when made twice")

        index = self.world.index
        self.succeeds(self.tools / "pip", "install", "-q", "--disable-pip-version-check",
                      "uv", "pipx", "twine", env=self.real)
        self.succeeds(self.tools / "twine", "check", "--strict", wheel, env=environment)
        environment.update(UV_CACHE_DIR=str(self.world.root / "uv-cache"), UV_NO_CONFIG="1",
                           UV_DEFAULT_INDEX=index, UV_TOOL_DIR=str(self.home / "uv"),
                           UV_TOOL_BIN_DIR=str(self.home / "uv-bin"), PIP_INDEX_URL=index,
                           PIP_CONFIG_FILE="/dev/null")
        place = self.home / "plain"
        venv.create(place, with_pip=True)
        self.succeeds(place / "bin/pip", "install", "-q", wheel, env=environment)
        self.succeeds(self.tools / "uv", "tool", "install", "-q", "-p", sys.executable, wheel,
                      env=environment)
        # pipx renews its own pip, too: that takes the real index.
        self.succeeds(self.tools / "pipx", "install", "--python", sys.executable,
                      "--backend", "pip", wheel,
                      env={**self.real, "PIPX_HOME": str(self.home / "pipx"),
                           "PIPX_BIN_DIR": str(self.home / "pipx-bin")})
        for programs in ("plain/bin", "uv-bin", "pipx-bin"):
            with self.subTest(programs):
                said = self.succeeds(self.home / programs / command[0], *command[1:],
                                     env=environment)
                self.assertIn(answer, said)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    binaries = parser.parse_args().bin
    if not world.is_index_reachable():
        print("SKIPPED: the package index cannot be reached, so no application was installed")
        sys.exit(skipped)
    unittest.main(argv=sys.argv[:1])
