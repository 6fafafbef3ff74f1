#!/usr/bin/env python3
"""How long a large lock takes to be read and another one to be written, without any index.

    bench/convert.py --bin DIR [--rounds 20]

The locks are those of test/data/exchange/project with their packages copied under other names until
each has 10,000 lines (large_locks.py). Pairs that need an index (a lock without addresses into one
that has them) are left out. Whole processes are timed, start-up included; what the work itself takes
is below that. Prints a table of the 25th percentiles; an error when one is above the bar."""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import large_locks

MILLISECONDS_MAX = 50
LOCKS = {"pylock": "pylock.toml", "requirements": "requirements.txt", "pipenv": "Pipfile.lock",
         "poetry": "poetry.lock", "pdm": "pdm.lock", "uv": "uv.lock"}


def percentile(values, part):
    return sorted(values)[int(len(values) * part)]


def print_table(times, lines):
    print("| from (lines) | " + " | ".join(LOCKS) + " |")
    print("| --- |" + " ---: |" * len(LOCKS))
    for source in LOCKS:
        cells = [f"{percentile(times[source, target], 0.25):.0f} ms" if (source, target) in times
                 else "–" for target in LOCKS]
        print(f"| {source} ({lines[source]}) | {' | '.join(cells)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=os.path.abspath)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pawl-convert-") as scratch:
        work = pathlib.Path(scratch)
        large_locks.write(work)
        environment = dict(os.environ, PAWL_CACHE_DIR=str(work / "cache"))

        def convert(source, target):
            done = subprocess.run([options.bin + "/pawl", "convert", "-q", "--offline", source,
                                   "written", "--to", target], cwd=work, env=environment,
                                  stderr=subprocess.PIPE, text=True)
            if done.returncode not in (0, 105): # an index would be needed
                sys.exit(f"{source} as {target}: {done.stderr}")
            return done.returncode == 0

        convert("uv.lock", "pylock")
        (work / "written").rename(work / "pylock.toml")
        lines = {name: (work / lock).read_text().count("\n") for name, lock in LOCKS.items()}
        assert min(lines.values()) >= large_locks.LINES_MIN, lines
        times = {(source, target): [] for source in LOCKS for target in LOCKS
                 if convert(LOCKS[source], target)}
        for _ in range(options.rounds):
            for source, target in times:
                begin = time.perf_counter()
                convert(LOCKS[source], target)
                times[source, target].append((time.perf_counter() - begin) * 1000)
    print_table(times, lines)
    slow = [pair for pair in times if percentile(times[pair], 0.25) > MILLISECONDS_MAX]
    for source, target in slow:
        print(f"{source} as {target} takes more than {MILLISECONDS_MAX} ms")
    sys.exit(1 if slow else 0)


if __name__ == "__main__":
    main()
