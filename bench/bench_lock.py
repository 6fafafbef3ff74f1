"""pawl lock beside uv lock: warm, cold, cold with a delay an answer, memory, instructions."""

import os
import re
import shutil
import subprocess

from measure import (Index, common_python, environment, fresh, paired, pawl, requirements,
                       spawn_ms, uv, write_script)

delay_ms = 20  # a near-by mirror over a mobile or transatlantic line


class Locking:
    """One set, locked by either tool with whatever cache and index is asked for."""

    def __init__(self, name, scratch):
        self.wanted = requirements(name)
        self.scratch = scratch
        self.uv = uv()
        self.python = common_python()

    def command(self, tool, index):
        script = fresh(self.scratch, "script") / "job.py"
        write_script(script, self.wanted)
        if tool == "pawl":
            return [pawl, "lock", script, "--index-url", index.url, "-q"]
        return [self.uv, "lock", "--script", script, "--default-index", index.url, "-q",
                "--python", self.python]

    def ms(self, tool, index, cache):
        return spawn_ms(self.command(tool, index), environment(cache))

    def pairs(self, rounds, index, cache_of):
        return paired(rounds, pawl=lambda: self.ms("pawl", index, cache_of()),
                      uv=lambda: self.ms("uv", index, cache_of()))

    def cold(self, rounds, index):
        return self.pairs(rounds, index, lambda: fresh(self.scratch, "cold"))

    def peak_mb(self, tool, index, cache):
        """By GNU time: a child of Python itself would be charged with Python's own memory."""
        command = ["/usr/bin/time", "-f", "%M", *map(str, self.command(tool, index))]
        done = subprocess.run(command, env=environment(cache), capture_output=True, text=True,
                              check=True)
        return int(done.stderr.split()[-1]) / 1024

    def instructions(self, tool, index, cache):
        """Millions, of the whole process, with a warm cache; the same on every run."""
        place = fresh(self.scratch, "count")
        out = place / "callgrind.out"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}",
                   *map(str, self.command(tool, index))]
        done = subprocess.run(command, env=environment(cache), capture_output=True, text=True)
        found = re.search(r"Collected : (\d+)", done.stderr)
        return int(found[1]) / 1e6 if done.returncode == 0 and found else None


def ratio(a, b):
    return f"**{a / b:.2f}**"


def cell(series):
    own, theirs = min(series["pawl"].times), min(series["uv"].times)
    return f"{own:.1f}, {theirs:.1f}: {ratio(own, theirs)}"


def memory_cell(locking, index, cache):
    own, theirs = (locking.peak_mb(tool, index, cache) for tool in ("pawl", "uv"))
    return f"{own:.0f}, {theirs:.0f}"


def count_cell(locking, index, cache):
    own, theirs = (locking.instructions(tool, index, cache) for tool in ("pawl", "uv"))
    return ", ".join("–" if count is None else f"{count:.0f}" for count in (own, theirs))


def lock_row(name, near, far, options, scratch):
    locking = Locking(name, scratch)
    warm = fresh(scratch, "warm")
    for tool in ("pawl", "uv"):
        locking.ms(tool, near, warm)
    few = max(3, options.rounds // 3)
    cells = [name, cell(locking.pairs(options.rounds, near, lambda: warm)),
             cell(locking.cold(few, near)), cell(locking.cold(few, far)),
             memory_cell(locking, near, warm), memory_cell(locking, near, fresh(scratch, "cold"))]
    counts = "not asked for"
    if options.count:
        counts = count_cell(locking, near, warm) if shutil.which("valgrind") else "no valgrind"
    return cells + [counts]


def bench_lock(options, scratch):
    """Prints one table, fit for bench/README.md: least ms of pawl and of uv, and their ratio."""
    titles = ["set", "again, all cached", "cold, loopback", f"cold, {delay_ms} ms an answer",
              "peak MB, warm", "peak MB, cold", "million instructions, warm"]
    near = Index()
    far = Index(delay_ms)
    load = os.getloadavg()[0]
    try:
        print(f"| {' | '.join(titles)} |\n| {' | '.join('---' for _ in titles)} |", flush=True)
        for name in options.sets:
            row = lock_row(name, near, far, options, scratch)
            print(f"| {' | '.join(row)} |", flush=True)
        print(f"\nEach cell: pawl, uv (ms: minima, and their ratio). {options.rounds} rounds warm, "
              f"{max(3, options.rounds // 3)} cold, load average {load:.1f} at the start.")
    finally:
        near.close()
        far.close()
