#!/usr/bin/env python3
"""The cost of a lock by the number of its packages: ./dev bench worlds, or this file alone.

    worlds.py [--bin build/release] [--counts 100,1000,5000] [--rounds 5] [--instructions]

A generated family: projects in layers, each release needing up to four projects of the next layer, one need in five on Windows
alone. `pawl-test-index` serves them on loopback. Of each size it is locked cold once, then again with everything cached and asked
anew. Printed are the processor's milliseconds (which other work on the machine changes little), the instructions by callgrind where
asked for (nothing changes those), and the exponent e of cost = c * packages^e, fitted over all sizes: 1 is linear.
"""

import argparse
import math
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

releases = 4


def family(count):
    """The world for pawl-test-index, and what to ask of it. The same for the same count."""
    dice = random.Random(count)
    lines, wanted = [], []
    for i in range(count):
        for version in range(1, releases + 1):
            lines.append(f"release project-{i} {version}.0")
            reach = min(40, count - i - 1)
            for target in {i + 1 + dice.randrange(reach) for _ in range(4)} if reach else ():
                marker = "; sys_platform == 'win32'" if dice.random() < 0.2 else ""
                lines.append(f"  requires project-{target}>={dice.randint(1, releases - 1)}.0{marker}")
        if i % 20 == 0:
            wanted.append(f"project-{i}")
    return "\n".join(lines) + "\n", "\n".join(wanted) + "\n"


def exponent(packages, costs):
    """The slope of the line through the points, on logarithmic paper."""
    points = [(math.log(n), math.log(cost)) for n, cost in zip(packages, costs)]
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    return (sum((x - middle_x) * (y - middle_y) for x, y in points)
            / sum((x - middle_x) ** 2 for x, _ in points))


class Family:
    def __init__(self, count, binaries, scratch):
        self.directory = scratch / str(count)
        self.directory.mkdir()
        self.binaries = binaries
        world, wanted = family(count)
        (self.directory / "world.txt").write_text(world)
        (self.directory / "requirements.in").write_text(wanted)
        self.index = subprocess.Popen([binaries / "pawl-test-index", "--world", self.directory / "world.txt"],
                                      stdout=subprocess.PIPE, text=True)
        self.variables = {name: value for name, value in os.environ.items() if not re.match("PAWL_|PIP_|UV_", name)}
        self.variables.update(PAWL_CACHE_DIR=str(self.directory / "cache"), PAWL_INDEX_URL=self.index.stdout.readline().strip())

    def close(self):
        self.index.terminate()
        self.index.wait()
        self.index.stdout.close()

    def lock(self, *before):
        """What one lock costs, in milliseconds of the processor."""
        (self.directory / "pylock.toml").unlink(missing_ok=True)
        process = subprocess.Popen([*before, self.binaries / "pawl", "lock", "-q", "-r", "requirements.in", "--requires-python", ">=3.9"],
                                   cwd=self.directory, env=self.variables)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            sys.exit(f"pawl lock failed in {self.directory}")
        return 1000 * (usage.ru_utime + usage.ru_stime)

    def packages(self):
        return (self.directory / "pylock.toml").read_text().count("[[packages]]")

    def instructions(self):
        """Millions of them."""
        out = self.directory / "callgrind.out"
        self.lock("valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out}")
        return int(re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.M)[1]) / 1e6


def measure(counts, binaries, rounds, with_instructions):
    rows = []
    with tempfile.TemporaryDirectory(prefix="pawl-worlds-") as scratch:
        for count in counts:
            one = Family(count, binaries, pathlib.Path(scratch))
            try:
                cold = one.lock()
                warm = sorted(one.lock() for _ in range(rounds))
                row = [one.packages(), cold, warm[0], warm[len(warm) // 2]]
                row += [one.instructions()] if with_instructions else []
            finally:
                one.close()
            rows.append(row)
            print(f"{row[0]} packages: cold {cold:.1f}, warm {row[2]:.1f} / {row[3]:.1f} ms of processor"
                  + (f", {row[4]:.1f} million instructions warm" if with_instructions else ""), flush=True)
    if len(rows) > 1:
        columns = list(zip(*rows))
        names = ["cold", "warm, minimum", "warm, median", "instructions"]
        print("exponents: " + ", ".join(f"{name} {exponent(columns[0], costs):.2f}" for name, costs in zip(names, columns[1:])))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--bin", type=pathlib.Path, default=root / "build" / "release")
    parser.add_argument("--counts", default="100,1000,5000", type=lambda text: [int(part) for part in text.split(",")])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--instructions", action="store_true")
    options = parser.parse_args()
    measure(options.counts, options.bin.resolve(), options.rounds, options.instructions)


if __name__ == "__main__":
    main()
