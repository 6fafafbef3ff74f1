#!/usr/bin/env python3
"""How long a large lock takes to be read and another one to be written.

    bench/convert.py --bin DIR [--rounds 20]

The lock is the uv.lock of test/data/exchange/project with its packages copied under other names
until it has 10,000 lines. Whole processes are timed, start-up included; what the work itself takes
is below that. Prints the 25th percentile of each pair; an error when one is above the bar."""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINES_MIN = 10_000
MILLISECONDS_MAX = 50
FORMATS = ["pylock", "requirements", "pipenv", "uv"]
PAIRS = [(source, target) for source in ("uv.lock", "pylock.toml") for target in FORMATS]


def large_lock():
    """The packages of the sample, and copies of them that need each other as these do."""
    text = (ROOT / "test/data/exchange/project/uv.lock").read_text()
    head, *packages = text.split("[[package]]\n")
    own = [package for package in packages if 'source = { virtual = "." }' in package]
    others = [package for package in packages if package not in own]
    names = {re.search(r'name = "(.+?)"', package)[1] for package in others}

    def renamed(package, number):
        def replace(found):
            name = found[2]
            return found[1] + (f"{name}-{number}" if name in names else name) + '"'
        package = re.sub(r'((?:^|\{ )name = ")([^"]+)"', replace, package, flags=re.M)
        return re.sub(r'(/)([A-Za-z0-9_.-]+?)(-\d[^/"]*")', rf"\1\2_{number}\3", package)

    copies = 0
    lines = text.count("\n")
    all_packages = list(others)
    while lines < LINES_MIN:
        copies += 1
        for package in others:
            all_packages.append(renamed(package, copies))
            lines += package.count("\n") + 1
    project = ""
    for line in own[0].split("[package.metadata]")[0].splitlines(keepends=True):
        project += line
        if line.startswith("    { name"):
            project += "".join(renamed(line, number + 1) for number in range(copies))
    return head + "".join("[[package]]\n" + one for one in [project, *all_packages])


def percentile(values, part):
    return sorted(values)[int(len(values) * part)]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=os.path.abspath)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    slow = False
    with tempfile.TemporaryDirectory(prefix="pawl-convert-") as scratch:
        work = pathlib.Path(scratch)
        (work / "uv.lock").write_text(large_lock())
        environment = dict(os.environ, PAWL_CACHE_DIR=str(work / "cache"))

        def convert(source, target):
            subprocess.run([options.bin + "/pawl", "convert", "-q", source, "written", "--to",
                            target], cwd=work, env=environment, check=True)

        convert("uv.lock", "pylock")
        (work / "written").rename(work / "pylock.toml")
        for lock in ("uv.lock", "pylock.toml"):
            print(f"{lock}: {(work / lock).read_text().count(chr(10))} lines")
        times = {pair: [] for pair in PAIRS}
        for _ in range(options.rounds):
            for pair in PAIRS:
                begin = time.perf_counter()
                convert(*pair)
                times[pair].append((time.perf_counter() - begin) * 1000)
        for (source, target), taken in times.items():
            quarter = percentile(taken, 0.25)
            slow = slow or quarter > MILLISECONDS_MAX
            print(f"{source} -> {target}: {quarter:.1f} ms")
    sys.exit(1 if slow else 0)


if __name__ == "__main__":
    main()
