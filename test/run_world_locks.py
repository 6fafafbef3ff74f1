#!/usr/bin/env python3
"""Random worlds through the program: locked, locked again, checked, verified.

    run_world_locks.py --bin build/release [--count 40] [--seed 1]

Each world is a few projects on one index for all. `pawl lock` answers it or says "no solution"; then locking again changes no byte,
`lock --check` says yes, and `validate --deep` finds nothing. Whether the answer is right is the matter of test/scenarios.
"""

import argparse
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

markers = ["sys_platform == 'linux'", "sys_platform != 'win32'", "python_version < '3.11'", "python_version >= '3.12'",
           "platform_machine == 'x86_64'", "implementation_name == 'pypy'", "os_name == 'nt' or python_version >= '3.10'",
           "sys_platform == 'darwin' and platform_machine == 'arm64'", "python_full_version >= '3.11.4'"]
versions = ["1.0", "1.1", "2.0", "2.0.post1", "2.1rc1", "3.0", "3.0.dev1", "4.0"]
pythons = [">=3.9", ">=3.10", ">=3.12", ">=3.9,<4", "<3.12", "!=3.10.*,>=3.9"]
tags = ["py3-none-any", "cp312-cp312-win_amd64", "cp310-abi3-manylinux_2_17_x86_64", "py3-none-macosx_11_0_arm64",
        "pp310-pypy310_pp73-manylinux_2_17_x86_64", "cp311-cp311-manylinux_2_17_aarch64"]


class Maker:
    """One world, its projects named w<number>-<letter>."""

    def __init__(self, seed, number):
        self.dice = random.Random(seed + number)
        self.prefix = f"w{number}"
        self.own = [self.dice.sample(versions, self.dice.randint(1, 5)) for _ in range(self.dice.randint(2, 7))]

    def need(self, of_extra=False):
        target = self.dice.randrange(len(self.own))
        text = f"{self.prefix}-{chr(97 + target)}" + self.dice.choice(["", "", "", "[m]", "[m,n]"])
        if self.dice.random() < 0.6:
            text += self.dice.choice(["==", "!=", ">=", "<=", "<", ">", ">="]) + self.dice.choice(self.own[target])
        conditions = [self.dice.choice(markers)] if self.dice.random() < 0.5 else []
        if of_extra and self.dice.random() < 0.3:
            conditions = [f"({one})" for one in conditions] + [f"extra == '{self.dice.choice('mn')}'"]
        return text + (" ; " + " and ".join(conditions) if conditions else "")

    def world(self):
        lines = []
        for place, own in enumerate(self.own):
            for version in own:
                lines.append(f"release {self.prefix}-{chr(97 + place)} {version}")
                lines += [f"  requires {self.need(True)}" for _ in range(self.dice.randint(0, 3))]
                lines += [f"  extra {name}" for name in "mn"]
                if self.dice.random() < 0.3:
                    lines.append(f"  python {self.dice.choice(pythons)}")
                if self.dice.random() < 0.3:
                    lines += [f"  wheel {tag}" for tag in self.dice.sample(tags, self.dice.randint(1, 2))]
                if self.dice.random() < 0.1:
                    lines.append("  yanked")
        return "\n".join(lines) + "\n"

    def requirements(self):
        return "".join(self.need() + "\n" for _ in range(self.dice.randint(1, 4)))


def try_world(run, number):
    """"" or what is wrong; whether there was an answer."""
    lock = pathlib.Path(f"pylock.w{number}.toml")
    command = ["lock", "-q", "-r", f"w{number}.in", "--requires-python", ">=3.9", "-o", lock.name]
    first = run(*command)
    if first.returncode == 101 and "no solution" in first.stderr:
        return "", False
    if first.returncode != 0:
        return f"lock: {first.returncode}: {first.stderr}", False
    before = (run.directory / lock).read_text()
    again = run(*command)
    if again.returncode != 0:
        return f"lock again: {again.stderr}", True
    after = (run.directory / lock).read_text()
    if before != after:
        return f"locking again changed the lock, which was\n{before}and is\n{after}", True
    for more in [[*command, "--check"], ["validate", "--deep", lock.name]]:
        verdict = run(*more)
        if verdict.returncode != 0:
            return f"{' '.join(more)}: {verdict.returncode}: {verdict.stdout}{verdict.stderr}\n{after}", True
    return "", True


class Runner:
    def __init__(self, pawl, directory, index):
        self.pawl, self.directory = pawl, directory
        self.variables = {name: value for name, value in os.environ.items() if not re.match("PAWL_|PIP_|UV_", name)}
        self.variables.update(PAWL_CACHE_DIR=str(directory / "cache"), PAWL_INDEX_URL=index)

    def __call__(self, *arguments):
        return subprocess.run([self.pawl, *arguments], cwd=self.directory, env=self.variables, capture_output=True,
                              text=True, timeout=120)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    binaries = options.bin.resolve()
    print(f"seed {options.seed}")
    failed = answered = 0
    with tempfile.TemporaryDirectory(prefix="pawl-world-locks-") as scratch:
        directory = pathlib.Path(scratch)
        makers = [Maker(options.seed, number) for number in range(options.count)]
        (directory / "world.txt").write_text("".join(maker.world() for maker in makers))
        for number, maker in enumerate(makers):
            (directory / f"w{number}.in").write_text(maker.requirements())
        with subprocess.Popen([binaries / "pawl-test-index", "--world", directory / "world.txt"], stdout=subprocess.PIPE,
                              text=True) as server:
            try:
                run = Runner(binaries / "pawl", directory, server.stdout.readline().strip())
                for number, maker in enumerate(makers):
                    complaint, has_answer = try_world(run, number)
                    answered += has_answer
                    if complaint:
                        failed += 1
                        print(f"--- world {number}\n{(directory / f'w{number}.in').read_text()}{Maker(options.seed, number).world()}{complaint}")
            finally:
                server.terminate()
    print(f"{options.count} worlds, {answered} with an answer, {failed} failed")
    return 1 if failed or not answered else 0


if __name__ == "__main__":
    sys.exit(main())
