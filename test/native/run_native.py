#!/usr/bin/env python3
"""The most used packages with native code, in every link mode, on two Pythons: each is imported
and used a little (packages.py). Needs the real index; disk for one environment of them all.

    run_native.py --bin DIR [--pythons 3.11,3.13] [--modes run,hardlink,…] [PACKAGE…]

The mode "run" is the environment that `pawl run` makes, of links to directories where it can."""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import packages

all_modes = ["run", "auto", "reflink", "hardlink", "copy", "symlink"]


class Machine:
    def __init__(self, binary, scratch):
        self.pawl, self.scratch = binary, scratch
        self.variables = {name: value for name, value in os.environ.items()
                          if not name.startswith("PYTHON") and name != "VIRTUAL_ENV"}
        self.variables["PAWL_CACHE_DIR"] = str(scratch / "cache")
        self.variables["HOME"] = str(scratch)  # matplotlib, numba and others keep caches there

    def call(self, *command, may_fail=False):
        done = subprocess.run([str(part) for part in command], env=self.variables, text=True,
                              capture_output=True, cwd=self.scratch)
        if done.returncode != 0 and not may_fail:
            sys.exit(f"failed: {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
        return done


def lock(machine, names, python):
    """The packages that this Python can have, locked together; those without a wheel are left out."""
    wanted = list(names)
    while True:
        (machine.scratch / "native.in").write_text("\n".join(wanted) + "\n")
        done = machine.call(machine.pawl, "lock", "-q", "-r", "native.in", "-o", "pylock.toml",
                            "--this-environment", "--python", python, "--no-build", may_fail=True)
        if done.returncode == 0:
            return wanted
        blamed = [name for name in wanted if f"you require {name.split('[')[0]}" in done.stderr]
        if done.returncode != 101 or not blamed:
            sys.exit(f"cannot lock for {python}:\n{done.stderr}")
        print(f"  {python}: left out, no wheel: {', '.join(blamed)}")
        wanted = [name for name in wanted if name not in blamed]


def environment(machine, mode, python):
    """The Python of an environment that holds the lock."""
    if mode == "run":
        script = machine.scratch / "native.py"
        script.write_text("import sys; print(sys.executable)\n")
        shutil.copy(machine.scratch / "pylock.toml", machine.scratch / "pylock.native.toml")
        done = machine.call(machine.pawl, "run", "--frozen", "--python", python, script)
        return pathlib.Path(done.stdout.strip())
    place = machine.scratch / f"venv-{mode}"
    base = machine.call(machine.pawl, "python", "find", python).stdout.strip()
    machine.call(base, "-m", "venv", "--without-pip", place)
    machine.call(machine.pawl, "install", "-q", "pylock.toml", "--python", place, "--link-mode", mode)
    return place / "bin" / "python"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=os.path.abspath)
    parser.add_argument("--pythons", default="3.11,3.13", type=lambda text: text.split(","))
    parser.add_argument("--modes", default=all_modes, type=lambda text: text.split(","))
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    names = options.names or list(packages.packages)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="pawl-native-", ignore_cleanup_errors=True) as place:
        machine = Machine(os.path.join(options.bin, "pawl"), pathlib.Path(place))
        for python in options.pythons:
            wanted = lock(machine, names, python)
            for mode in options.modes:
                begin = time.monotonic()
                executable = environment(machine, mode, python)
                made = time.monotonic()
                bad = []
                for name in wanted:
                    done = machine.call(executable, "-W", "ignore", "-c", packages.packages[name],
                                        may_fail=True)
                    if done.returncode != 0:
                        bad.append(name)
                        print(f"    {name}: {done.stderr.strip()[-600:]}")
                failed += len(bad)
                print(f"  {python} {mode:9} {len(wanted) - len(bad)} of {len(wanted)} work "
                      f"(made in {made - begin:.1f} s, used in {time.monotonic() - made:.0f} s)",
                      flush=True)
                if mode != "run":
                    shutil.rmtree(executable.parent.parent)
        verified = machine.call(machine.pawl, "cache", "verify", may_fail=True)
        print(f"  {verified.stderr.strip()}")
        failed += verified.returncode != 0
        subprocess.run(["chmod", "-R", "u+w", place])
    sys.exit(1 if failed else 0)


main()
