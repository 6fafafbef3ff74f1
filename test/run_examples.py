#!/usr/bin/env python3
"""Every script of examples/ against the real index: runs, locks, and runs again from its lock
without any request. Exits with 77 (skipped) where the index cannot be reached.

    run_examples.py --bin DIR"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from world import is_index_reachable, real_index_url

root = pathlib.Path(__file__).resolve().parent.parent
command_seconds_max = 600


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    options = parser.parse_args()
    if not is_index_reachable():
        print(f"SKIPPED: the index {real_index_url} cannot be reached, so no example was run")
        return 77
    pawl = os.path.abspath(os.path.join(options.bin, "pawl"))
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="pawl-examples-"))
    environment = {
        name: value
        for name, value in os.environ.items()
        if not re.match(r"PAWL_|PIP_|VIRTUAL_ENV", name)
    }
    environment["PAWL_CACHE_DIR"] = str(scratch / "cache")

    def run(*arguments):
        done = subprocess.run([pawl, *map(str, arguments)], cwd=scratch, env=environment,
                              capture_output=True, text=True, timeout=command_seconds_max)
        if done.returncode != 0:
            print(f"FAILED: pawl {' '.join(map(str, arguments))}: exit {done.returncode}")
            print(done.stdout + done.stderr)
        return done

    failed = 0
    try:
        shutil.copytree(root / "examples", scratch / "examples")
        scripts = [path for path in sorted((scratch / "examples").rglob("*.py"))
                   if not (path.parent / "report.py").exists() or path.name == "report.py"]
        for script in scripts:
            name = script.relative_to(scratch)
            first = run("run", name)
            locked = run("lock", name)
            # A cache without the memory of the first run: the lock alone must do.
            shutil.rmtree(scratch / "cache" / "runs", ignore_errors=True)
            second = run("--offline", "run", "--locked", name)
            fine = not (first.returncode or locked.returncode or second.returncode)
            if fine and not second.stdout.strip():
                print(f"FAILED: {name} printed nothing")
                fine = False
            print(f"{name}: {'ok' if fine else 'FAILED'}", flush=True)
            failed += not fine
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return 1 if failed else 0


sys.exit(main())
