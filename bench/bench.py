#!/usr/bin/env python3
"""pawl beside uv and pip on the same work, in one run, paired: prints ratios.

    bench.py [run] [lock] [install] [agree] [tool] [environment] [worlds] [--rounds N] [--set small,web,…] [--no-count]

The index is ../shared/index, a recorded closed world, served by nginx on loopback. uv and pip are
installed from the package index into build/bench/; UV=FILE and PAWL=FILE name others. What is
compared runs A B A B …, figures are ms, minimum / median, and the ratio is that of the minima. See
bench/README.md for how to read it. `tool` takes an application from the real index. `bench.py lock --set web
--no-count` is done in seconds.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

import worlds
from bench_environment import bench_environment
from bench_lock import bench_lock
from bench_run import bench_run
from bench_tool import bench_tool
from measure import (
    Index, common_python, environment, fresh, lay_wheels, names_of_set, paired, pawl, requirements, root, sh,
    shared, show, spawn_ms, uv, work, write_script)


def bench_install(options, scratch):
    index = Index()
    rival = uv()
    python = common_python()
    try:
        for name in [one for one in options.sets if one in ("small", "web", "data")]:
            lay_wheels(names_of_set(name, index, scratch))
            place = fresh(scratch, "lock")
            script = place / "job.py"
            write_script(script, requirements(name))
            warm = fresh(scratch, "warm")
            sh(pawl, "lock", script, "--index-url", index.url, "-q", env=environment(warm))
            lock = place / "pylock.toml"
            shutil.move(place / "pylock.job.toml", lock)

            def install(tool, cache):
                target = fresh(scratch, "target")
                if tool == "pawl":
                    command = [pawl, "install", lock, "--target", target / "t", "-q", "--python",
                               python, "--index-url", index.url]
                elif tool == "uv":
                    command = [rival, "pip", "install", "-q", "-r", lock, "--target", target / "t",
                               "--python", python, "--preview-features", "pylock"]
                else:
                    command = [python, "-m", "pip", "install", "-q", "--no-deps", "--target",
                               target / "t", "--index-url", index.url, *requirement_lines(lock)]
                return spawn_ms(command, environment(cache))

            install("pawl", warm)
            install("uv", warm)
            show(f"install, store warm: {name}",
                 paired(options.rounds, pawl=lambda: install("pawl", warm),
                        uv=lambda: install("uv", warm)))
            show(f"install cold, loopback: {name}",
                 paired(max(3, options.rounds // 3),
                        pawl=lambda: install("pawl", fresh(scratch, "cold")),
                        uv=lambda: install("uv", fresh(scratch, "cold")),
                        pip=lambda: install("pip", fresh(scratch, "cold"))))
    finally:
        index.close()


def requirement_lines(lock):
    import tomllib

    document = tomllib.loads(lock.read_text())
    return [f"{one['name']}=={one['version']}" for one in document["packages"]
            if "marker" not in one]


def bench_agree(options, scratch):
    """The same projects and versions as uv, for the running environment, on every set."""
    index = Index()
    rival = uv()
    python = common_python()
    different = 0
    try:
        for name in options.sets:
            cache = fresh(scratch, "cache")
            place = fresh(scratch, "agree")
            script = place / "job.py"
            write_script(script, requirements(name))
            sh(pawl, "lock", script, "--index-url", index.url, "-q", env=environment(cache))
            sh(rival, "lock", "--script", script, "--default-index", index.url, "-q", "--python",
               python, env=environment(cache))
            exported = place / "pylock.uv.toml"
            sh(rival, "export", "--script", script, "--format", "pylock.toml", "-o", exported, "-q",
               "--default-index", index.url, "--python", python, "--frozen",
               env=environment(cache), stdout=subprocess.DEVNULL)
            report = subprocess.run(
                [sys.executable, str(root / "bench" / "compare_locks.py"), python,
                 place / "pylock.job.toml", exported], capture_output=True, text=True)
            print(f"agree: {name:6} {report.stdout.strip()}{report.stderr.strip()}", flush=True)
            different += report.returncode != 0
    finally:
        index.close()
    return different


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", default=["run", "lock", "install", "agree"])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--no-count", dest="count", action="store_false",
                        help="lock: no instruction counts, which take minutes")
    parser.add_argument("--sets", "--set", default="small,web,data,dev,all",
                        type=lambda text: text.split(","))
    options = parser.parse_args()
    if options.what == ["worlds"]:
        print("locks of generated worlds")
        worlds.measure([100, 1000, 5000], pawl.parent, options.rounds, shutil.which("valgrind"))
        return
    if not (shared / "index" / "world.tar.xz").exists():
        sys.exit(f"the recorded index is not there: {shared / 'index'}")
    work.mkdir(parents=True, exist_ok=True)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="pawl-bench-", dir=work))
    failed = 0
    try:
        for what in options.what or ["run", "lock", "install", "agree"]:
            failed += {"lock": bench_lock, "run": bench_run, "install": bench_install,
                       "agree": bench_agree, "tool": bench_tool,
                       "environment": bench_environment}[what](options, scratch) or 0
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    sys.exit(1 if failed else 0)


main()
