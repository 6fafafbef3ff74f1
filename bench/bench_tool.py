"""./dev bench tool: what `pawl tool run` adds to a command, and an installation beside uv's.

A real application with some twenty dependencies (cookiecutter), taken from the real index and served
on loopback, by the lock in its wheel. The store and uv's cache are warm; both get the wheel by its
path. Prints one table for bench/README.md.
"""

import pathlib
import statistics
import subprocess
import time

from measure import common_python, environment, fresh, paired, pawl, sh, spawn_ms, uv

application, version, command = "cookiecutter", "2.6.0", "cookiecutter"
pairs_min = 50
# pawl's background syncfs must not fall into the other's time. Nothing is removed in between either:
# after that, ext4 looks for a free inode among those just deleted, for a minute, at either's expense.
settle_s = 0.2


class Application:
    """Its locked wheel, and an index on loopback with all that it needs."""

    def __init__(self, scratch, python, variables):
        place = scratch / "wheels"
        sh(python, "-m", "venv", scratch / "venv")
        sh(scratch / "venv/bin/pip", "download", "-q", "--only-binary=:all:",
           "--disable-pip-version-check", "-d", place, f"{application}=={version}")
        nothing = scratch / "world.txt"
        nothing.write_text("")
        self.server = subprocess.Popen(
            [pawl.parent / "pawl-test-index", "--world", nothing, "--files", place],
            stdout=subprocess.PIPE, text=True)
        self.url = self.server.stdout.readline().strip()
        [self.wheel] = place.glob(f"{application}-*.whl")
        here = subprocess.run(
            [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True, text=True, check=True).stdout.strip()
        sh(pawl, "wheel", "lock", "-q", "--index-url", self.url, self.wheel, "--environment",
           f"sys_platform == 'linux' and python_version == '{here}'", env=variables)
        self.packages = len(list(place.glob("*.whl"))) - 1

    def close(self):
        self.server.terminate()
        self.server.wait()


def measure_run(served, tools, cache, variables):
    """Pairs of the environment's own command and of the tools that start it."""
    commands = {tool: [*words, "--from", served.wheel, command, "--version"]
                for tool, words in tools("run").items()}
    for words in commands.values():
        sh(*words, env=variables, stdout=subprocess.DEVNULL)
    time.sleep(3)  # a stamp believes the times of files only once they have settled
    sh(*commands["pawl"], env=variables, stdout=subprocess.DEVNULL)
    [own] = [path for path in (cache / "pawl" / "envs").glob(f"*/bin/{command}")]
    series = paired(pairs_min, bare=lambda: spawn_ms([own, "--version"], variables),
                    pawl=lambda: spawn_ms(commands["pawl"], variables),
                    uv=lambda: spawn_ms(commands["uv"], variables))
    bare = series["bare"].times
    medians, cells = {}, []
    for tool in commands:
        times = series[tool].times
        medians[tool] = statistics.median(a - b for a, b in zip(times, bare))
        cells.append(f"{min(times) - min(bare):.1f} / {medians[tool]:.1f}")
    print(f"| tool run, warm: added to the {min(bare):.0f} ms of the command itself "
          f"| {' | '.join(cells)} | {medians['pawl'] / medians['uv']:.2f} |", flush=True)


def measure_install(served, tools, scratch, variables, rounds):
    def install(tool):
        place = fresh(scratch, tool)
        own = {**variables, "PAWL_TOOL_DIR": str(place / "tools"),
               "PAWL_TOOL_BIN_DIR": str(place / "bin"), "UV_TOOL_DIR": str(place / "tools"),
               "UV_TOOL_BIN_DIR": str(place / "bin")}
        time.sleep(settle_s)
        return spawn_ms([*tools("install")[tool], served.wheel], own)

    for tool in ("pawl", "uv"):
        install(tool)
    series = paired(rounds, pawl=lambda: install("pawl"), uv=lambda: install("uv"))
    ratio = min(series["pawl"].times) / min(series["uv"].times)
    cells = [str(one).strip() for one in series.values()]
    print(f"| tool install, {served.packages} dependencies, store warm | "
          f"{' | '.join(cells)} | {ratio:.2f} |", flush=True)


def bench_tool(options, scratch):
    cache = pathlib.Path(fresh(scratch, "cache"))
    variables = {**environment(cache), "HOME": str(scratch / "home")}
    python, rival = common_python(), uv()
    served = Application(scratch, python, variables)

    def tools(verb):
        return {"pawl": [pawl, "tool", verb, "-q", "--index-url", served.url,
                         "--python", python],
                "uv": [rival, "tool", verb, "-q", "--default-index", served.url,
                       "--python", python]}

    try:
        print("| work, ms | pawl | uv | ratio |\n| --- | --- | --- | --- |")
        measure_run(served, tools, cache, variables)
        measure_install(served, tools, scratch, variables, max(20, options.rounds))
    finally:
        served.close()
    return 0
