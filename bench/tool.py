#!/usr/bin/env python3
"""pawl tool beside uv tool: what a warm run adds to the command, and an installation with a warm store.

    bench/tool.py [--pawl PROGRAM] [--uv PROGRAM] [--rounds N]

The application (cookiecutter, about 20 packages) comes from the package index that the environment
names. Runs A B A B …; minimum / median in milliseconds; the ratio is that of the minima.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).resolve().parent.parent
application, command = "cookiecutter", "cookiecutter"


def spawn_ms(arguments, variables):
    arguments = [str(one) for one in arguments]
    null = os.open(os.devnull, os.O_RDWR)
    begin = time.perf_counter_ns()
    pid = os.posix_spawn(arguments[0], arguments, variables,
                         file_actions=[(os.POSIX_SPAWN_DUP2, null, n) for n in (0, 1, 2)])
    status = os.waitpid(pid, 0)[1]
    end = time.perf_counter_ns()
    os.close(null)
    if status:
        sys.exit(f"failed: {' '.join(arguments)}")
    return (end - begin) / 1e6


def show(title, **series):
    cells = [f"{name} {min(times):7.1f} / {statistics.median(times):7.1f}" for name, times in series.items()]
    first, second = list(series.values())[:2]
    print(f"{title:34}", *cells, f"ratio {min(first) / min(second):.2f}", sep="  ", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pawl", default=str(root / "build/release/pawl"))
    parser.add_argument("--uv", default=shutil.which("uv"))
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="pawl-bench-tool-"))
    kept = {k: v for k, v in os.environ.items()
            if not k.startswith(("PAWL_", "XDG_", "VIRTUAL_ENV", "SSL_CERT"))}
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple")
    variables = {**kept, "PAWL_CACHE_DIR": str(scratch / "pawl"), "UV_CACHE_DIR": str(scratch / "uv"),
                 "UV_DEFAULT_INDEX": index, "UV_PYTHON_DOWNLOADS": "never", "HOME": str(scratch / "home")}
    variables.setdefault("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
    python = subprocess.run([options.pawl, "python", "find"], env=variables, capture_output=True,
                            text=True, check=True).stdout.strip()
    try:
        wheels = scratch / "wheels"
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", wheels, application],
                       check=True)
        wheel = next(wheels.glob("*.whl"))
        subprocess.run([options.pawl, "wheel", "lock", "-q", wheel], env=variables, check=True)
        hosts = index.split("/")[2].split(":")[0]

        def install(tool):
            place = pathlib.Path(tempfile.mkdtemp(prefix=tool + "-", dir=scratch))
            own = {**variables, "PAWL_TOOL_DIR": str(place / "t"), "PAWL_TOOL_BIN_DIR": str(place / "b"),
                   "UV_TOOL_DIR": str(place / "t"), "UV_TOOL_BIN_DIR": str(place / "b")}
            arguments = ([options.pawl, "tool", "install", "-q", wheel, "--python", python, "--allow-host", hosts]
                         if tool == "pawl" else
                         [options.uv, "tool", "install", "-q", wheel, "--python", python])
            return spawn_ms(arguments, own)

        run = [options.pawl, "tool", "run", "--from", wheel, "--allow-host", hosts, command, "--version"]
        spawn_ms(run, variables)
        time.sleep(3)  # a stamp believes times only once they have settled
        spawn_ms(run, variables)
        environments = sorted((scratch / "pawl/envs").iterdir())
        bare = [environments[0] / "bin" / command, "--version"]
        times = {"pawl": [], "bare": []}
        for _ in range(max(40, options.rounds)):
            times["bare"].append(spawn_ms(bare, variables))
            times["pawl"].append(spawn_ms(run, variables))
        show("tool run, warm", **times)
        added = [a - b for a, b in zip(times["pawl"], times["bare"])]
        print(f"  adds {min(times['pawl']) - min(times['bare']):.2f} ms (minima), "
              f"{statistics.median(added):.2f} ms (median of pairs)")
        if options.uv:
            install("pawl"), install("uv")
            times = {"pawl": [], "uv": []}
            for _ in range(options.rounds):
                for tool in times:
                    times[tool].append(install(tool))
            show("tool install, store warm", **times)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


main()
