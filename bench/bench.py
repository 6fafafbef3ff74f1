#!/usr/bin/env python3
"""pawl beside uv and pip on the same work, in one run, paired: prints ratios.

    bench.py [run] [lock] [install] [agree] [--rounds N] [--sets small,web,…]

The index is ../shared/index, a recorded closed world, served by nginx on loopback. uv and pip are
installed from the package index into build/bench/. What is compared runs A B A B …, every figure
is minimum / median, and the ratio is that of the minima. See bench/README.md for how to read it.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).resolve().parent.parent
shared = pathlib.Path(os.environ.get("PAWL_SHARED", root.parent / "shared"))
work = root / "build" / "bench"
pawl = root / "build" / "release" / "pawl"
uv_version = "0.13.8"


def sh(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, **options)


class Index:
    """The recorded world behind nginx, on a free port."""

    def __init__(self, delay_ms=0):
        world = work / "world"
        script = shared / "index" / "snapshot.py"
        if not (world / "upstream.json").exists():
            sh(sys.executable, script, "lay", shared / "index" / "world.tar.xz", world)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, str(script), "serve", str(world), str(port)]
        if delay_ms:
            command.append(str(delay_ms))
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{port}/simple/"
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 0.1).close()
                return
            except OSError:
                time.sleep(0.05)
        sys.exit("the index did not start")

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def uv():
    venv = work / f"uv-{uv_version}"
    binary = venv / "bin" / "uv"
    if not binary.exists():
        sh(sys.executable, "-m", "venv", venv)
        sh(venv / "bin" / "pip", "install", "-q", f"uv=={uv_version}")
    return binary


def python312():
    """One interpreter for all: the newest that pawl finds."""
    found = subprocess.run([pawl, "python", "find"], capture_output=True, text=True, check=True)
    return found.stdout.strip()


def environment(cache):
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PAWL_", "UV_", "PIP_", "SSL_CERT", "VIRTUAL_ENV"))
    }
    kept.update(
        PAWL_CACHE_DIR=str(cache / "pawl"),
        UV_CACHE_DIR=str(cache / "uv"),
        PIP_CACHE_DIR=str(cache / "pip"),
        UV_PYTHON_DOWNLOADS="never",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        UV_NO_CONFIG="1",
    )
    return kept


def spawn_ms(command, variables):
    """Wall time of one process, with as little of Python's own as there can be."""
    command = [str(part) for part in command]
    null = os.open(os.devnull, os.O_RDWR)
    begin = time.perf_counter_ns()
    pid = os.posix_spawn(
        command[0],
        command,
        variables,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, null, 0),
            (os.POSIX_SPAWN_DUP2, null, 1),
            (os.POSIX_SPAWN_DUP2, null, 2),
        ],
    )
    status = os.waitpid(pid, 0)[1]
    end = time.perf_counter_ns()
    os.close(null)
    if status != 0:
        failed = subprocess.run(command, env=variables, capture_output=True, text=True)
        sys.exit(f"failed: {' '.join(command)}\n{failed.stdout}{failed.stderr}")
    return (end - begin) / 1e6


class Series:
    def __init__(self, name):
        self.name = name
        self.times = []

    def __str__(self):
        return f"{min(self.times):8.1f} / {statistics.median(self.times):8.1f}"


def paired(rounds, **actions):
    """Runs the named actions in turn, `rounds` times; each returns milliseconds."""
    series = {name: Series(name) for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            series[name].times.append(action())
    return series


def show(title, series, reference="uv"):
    cells = [f"{title:34}"]
    for name, one in series.items():
        cells.append(f"{name} {one}")
    if reference in series and "pawl" in series:
        ratio = min(series["pawl"].times) / min(series[reference].times)
        cells.append(f"ratio {ratio:5.2f}")
    print("  ".join(cells), flush=True)


def requirements(name):
    lines = (shared / "index" / "sets" / f"{name}.in").read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def write_script(path, wanted, body="pass\n"):
    listed = "".join(f"#     {json.dumps(one)},\n" for one in wanted)
    path.write_text(
        "# /// script\n# requires-python = \">=3.10\"\n"
        f"# dependencies = [\n{listed}# ]\n# ///\n{body}"
    )


def fresh(parent, name):
    """A directory that was not there: removing and making again would measure the file system."""
    return pathlib.Path(tempfile.mkdtemp(prefix=name + "-", dir=parent))


def bench_lock(options, scratch):
    index = Index()
    rival = uv()
    python = python312()
    try:
        for name in options.sets:
            wanted = requirements(name)
            warm = fresh(scratch, "warm")

            def lock(tool, cache):
                place = fresh(scratch, "script")
                script = place / "job.py"
                write_script(script, wanted)
                if tool == "pawl":
                    command = [pawl, "lock", script, "--index-url", index.url, "-q"]
                else:
                    command = [rival, "lock", "--script", script, "--default-index", index.url,
                               "-q", "--python", python]
                return spawn_ms(command, environment(cache))

            lock("pawl", warm)
            lock("uv", warm)
            series = paired(
                options.rounds, pawl=lambda: lock("pawl", warm), uv=lambda: lock("uv", warm)
            )
            show(f"lock again, all cached: {name}", series)
            series = paired(
                max(3, options.rounds // 3),
                pawl=lambda: lock("pawl", fresh(scratch, "cold")),
                uv=lambda: lock("uv", fresh(scratch, "cold")),
            )
            show(f"lock cold, loopback: {name}", series)
    finally:
        index.close()


def bench_run(options, scratch):
    """A locked script, warm, over the environment's own Python."""
    index = Index()
    rival = uv()
    python = python312()
    try:
        cache = fresh(scratch, "cache")
        variables = environment(cache)
        place = fresh(scratch, "run")
        script = place / "job.py"
        sh(sys.executable, shared / "index" / "snapshot.py", "wheels", work / "world",
           names_of_small_set(index, scratch), stderr=subprocess.DEVNULL)
        write_script(script, requirements("small"), "import sys; print(sys.executable)\n")
        mine = place / "mine.py"
        shutil.copy(script, mine)
        sh(pawl, "lock", mine, "--index-url", index.url, "-q", env=variables)
        sh(rival, "lock", "--script", script, "--default-index", index.url, "-q", "--python",
           python, env=variables)
        run_pawl = [pawl, "run", "--index-url", index.url, mine]
        run_uv = [rival, "run", "--script", "--default-index", index.url, "-q", "--python", python,
                  script]
        own = subprocess.run([str(part) for part in run_pawl], env=variables, capture_output=True,
                             text=True, check=True).stdout.strip()
        spawn_ms(run_uv, variables)
        theirs = subprocess.run([str(part) for part in run_uv], env=variables, capture_output=True,
                                text=True, check=True).stdout.strip()
        show_added("run, locked, warm", options, variables,
                   pawl=([own, mine], run_pawl), uv=([theirs, script], run_uv))
        for name, plain, words in run_forms_of(place, mine, own, variables, index.url):
            show_added(f"run, {name}", options, variables, pawl=(plain, words))
    finally:
        index.close()


def show_added(title, options, variables, **tools):
    """What each tool's run adds to the bare interpreter: pairs, at least 100 of them."""
    actions = {}
    for tool, (bare, command) in tools.items():
        actions[f"bare_{tool}"] = lambda bare=bare: spawn_ms(bare, variables)
        actions[tool] = lambda command=command: spawn_ms(command, variables)
    series = paired(max(100, options.rounds), **actions)
    show(title, series)
    for tool in tools:
        bare, one = series[f"bare_{tool}"], series[tool]
        added = [a - b for a, b in zip(one.times, bare.times)]
        print(f"  {tool} adds {min(one.times) - min(bare.times):.2f} ms (minima), "
              f"{statistics.median(added):.2f} ms (median of pairs)")


def run_forms_of(place, locked, own, variables, url):
    """(name, bare command, pawl's command) of the other ways to say what is run."""
    text = locked.read_text()
    embedded = place / "embedded.py"
    embedded.write_text(text)
    sh(pawl, "lock", "--embed", embedded, "--index-url", url, "-q", env=variables)
    local = place / "local" / "job.py"
    folder = place / "folder"
    for directory, script in ((local.parent, local), (folder, folder / "__main__.py")):
        directory.mkdir()
        near = [f"near{number}" for number in range(4)]
        for module in near:
            (directory / f"{module}.py").write_text("import sys, json, re\n")
        script.write_text(text + "".join(f"import {module}\n" for module in near))
        sh(pawl, "lock", script, "--index-url", url, "-q", env=variables)
    run = [pawl, "run", "--index-url", url]
    forms = [("embedded lock", [own, embedded], [*run, embedded]),
             ("four local modules", [own, local], [*run, local]),
             ("a folder", [own, folder], [*run, folder]),
             ("--locked", [own, locked], [*run, "--locked", locked]),
             ("--with", [own, locked], [*run, "--with", "rich", locked])]
    for _, _, command in forms:
        sh(*command, env=variables, stdout=subprocess.DEVNULL)
        spawn_ms(command, variables)
    return forms


def names_of_small_set(index, scratch):
    return names_of_set("small", index, scratch)


def names_of_set(name, index, scratch):
    """A file with the wheel names that a set needs on this machine, for snapshot.py wheels."""
    place = fresh(scratch, "names")
    script = place / "job.py"
    write_script(script, requirements(name))
    variables = environment(fresh(scratch, "cache"))
    sh(pawl, "lock", script, "--this-environment", "--index-url", index.url, "-q", env=variables)
    report = subprocess.run(
        [sys.executable, str(root / "bench" / "wheel_names.py"), place / "pylock.job.toml",
         python312()],
        capture_output=True, text=True, check=True)
    listed = place / "names.txt"
    listed.write_text(report.stdout)
    return listed


def bench_install(options, scratch):
    index = Index()
    rival = uv()
    python = python312()
    try:
        for name in [one for one in options.sets if one in ("small", "web", "data")]:
            names = names_of_set(name, index, scratch)
            sh(sys.executable, shared / "index" / "snapshot.py", "wheels", work / "world", names,
               stderr=subprocess.DEVNULL)
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
    python = python312()
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
    parser.add_argument("--sets", default="small,web,data,dev,all",
                        type=lambda text: text.split(","))
    options = parser.parse_args()
    if not (shared / "index" / "world.tar.xz").exists():
        sys.exit(f"the recorded index is not there: {shared / 'index'}")
    work.mkdir(parents=True, exist_ok=True)
    print("ms, minimum / median")
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="pawl-bench-", dir=work))
    failed = 0
    try:
        for what in options.what or ["run", "lock", "install", "agree"]:
            failed += {"lock": bench_lock, "run": bench_run, "install": bench_install,
                       "agree": bench_agree}[what](options, scratch) or 0
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    sys.exit(1 if failed else 0)


main()
