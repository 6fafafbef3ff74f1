#!/usr/bin/env python3
"""Every requirement set of the recorded world, from its lock to its installs: ./dev sets.

    sets.py [--sets small,web,…] [--pythons PATH,PATH] [--pip DIR] [--uv FILE] [--real small,web]

For each set: it locks; locking again changes nothing and `lock --check` agrees; `validate --deep` finds nothing; and on each
Python `pawl install`, `pip install -r` and `uv pip sync` make of the same lock file environments with the same projects and
versions, which are those that the `packaging` library selects. Files are tiny wheels with the real metadata (tiny_world.py).
`--real` does the same with the real index and the real files. Exit code 1 when anything differs, 77 when the world is not there.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from pylock_selection import selection
from tiny_world import TinyWorld

here = pathlib.Path(__file__).resolve().parent
root = here.parent
pawl = pathlib.Path(os.environ.get("PAWL", root / "build" / "release" / "pawl")).resolve()
world = pathlib.Path(os.environ.get("PAWL_WORLD", root.parent / "shared" / "index"))
work = root / "build" / "bench"
pip_version, uv_version = "26.3", "0.13.8"


def run(*command, variables=None, check=True, **options):
    done = subprocess.run([str(part) for part in command], env=variables, capture_output=True, text=True, **options)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done


def tool(name, version):
    """A tool in a virtual environment of its own, kept between runs."""
    venv = work / f"{name}-{version}"
    if not (venv / "bin" / name).exists():
        run(sys.executable, "-m", "venv", venv)
        run(venv / "bin" / "python", "-m", "pip", "install", "-q", f"{name}=={version}")
    return venv / "bin" / name


def two_pythons():
    """The oldest and the newest that pawl finds and the sets are for, of different minors."""
    found = {}
    for line in run(pawl, "python", "list").stdout.splitlines():
        match = re.search(r"(\d+)\.(\d+)\.\d+\S*.*?(/[^\s)]+)", line)
        if match and (int(match[1]), int(match[2])) >= (3, 10) and "ypy" not in line:
            found.setdefault((int(match[1]), int(match[2])), match[3])
    ordered = [found[version] for version in sorted(found)]
    return ordered[:1] + ordered[-1:] if len(ordered) > 1 else ordered


def variables(cache, index):
    kept = {name: value for name, value in os.environ.items()
            if not re.match(r"PAWL_|UV_|PIP_|VIRTUAL_ENV|SSL_CERT", name)}
    kept.update(PAWL_CACHE_DIR=f"{cache}/pawl", UV_CACHE_DIR=f"{cache}/uv", PIP_CACHE_DIR=f"{cache}/pip",
                UV_PYTHON_DOWNLOADS="never", UV_NO_CONFIG="1", PIP_DISABLE_PIP_VERSION_CHECK="1")
    if index:
        kept.update(PAWL_INDEX_URL=index, PIP_INDEX_URL=index, UV_DEFAULT_INDEX=index)
    else:
        kept.update({name: value for name, value in os.environ.items()
                     if re.match(r"(PAWL|PIP|UV)_.*(INDEX|CERT)|SSL_CERT", name)})
    return kept


def installed(venv):
    """{project: version} by the dist-info directories themselves."""
    found = {}
    for info in venv.glob("lib/python*/site-packages/*.dist-info"):
        metadata = (info / "METADATA").read_text(errors="replace")
        name = re.search(r"^Name: *(\S+)", metadata, re.M)[1]
        found[re.sub(r"[-_.]+", "-", name).lower()] = re.search(r"^Version: *(\S+)", metadata, re.M)[1]
    return found


def check_lock(directory, requirements, env):
    """Locks, and says how many packages there are."""
    command = [pawl, "lock", "-q", "-r", requirements, "--requires-python", ">=3.10"]
    run(*command, variables=env, cwd=directory)
    lock = directory / "pylock.toml"
    first = lock.read_bytes()
    run(*command, variables=env, cwd=directory)
    if lock.read_bytes() != first:
        raise RuntimeError("locking again changed the lock")
    run(*command, "--check", variables=env, cwd=directory)
    verdict = run(pawl, "validate", "--deep", "--offline", lock, variables=env, cwd=directory).stdout
    return lock, verdict.splitlines()[-1].split(": ", 1)[1]


def check_installs(lock, python, env, options, scratch):
    """What each tool makes of the lock; they must agree with each other and with `packaging`."""
    made = {}
    for name in ["pawl", "pip", "uv"]:
        venv = pathlib.Path(tempfile.mkdtemp(prefix=name, dir=scratch)) / "venv"
        run(python, "-m", "venv", "--without-pip", venv, variables=env)
        inside = venv / "bin" / "python"
        if name == "pawl":
            run(pawl, "install", lock, "--python", venv, variables=env)
        elif name == "pip":
            run(options.pip, "--python", inside, "install", "-q", "-r", lock, variables=env)
        else:
            run(options.uv, "pip", "sync", "-q", "--preview-features", "pylock", "--python", inside, lock, variables=env)
        made[name] = installed(venv)
    made["packaging"] = dict(selection(python, lock))
    for name, found in made.items():
        if found != made["packaging"]:
            difference = sorted(set(found.items()) ^ set(made["packaging"].items()))
            raise RuntimeError(f"{name} and packaging disagree with {python}: {difference[:10]}")
    return len(made["packaging"])


def check_set(name, index, options, scratch):
    begin = time.monotonic()
    directory = pathlib.Path(tempfile.mkdtemp(prefix=name, dir=scratch))
    env = variables(directory / "cache", index)
    lock, verdict = check_lock(directory, world / "sets" / f"{name}.in", env)
    counts = []
    for python in options.pythons:
        version = run(python, "-c", "import sys; print(*sys.version_info[:2], sep='.')").stdout.strip()
        counts.append(f"{check_installs(lock, python, env, options, directory)} on {version}")
    where = "" if index else ", real index"
    print(f"{name}{where}: {verdict}; installed alike by pawl, pip and uv: {', '.join(counts)};"
          f" {time.monotonic() - begin:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default="small,web,data,dev,all")
    parser.add_argument("--real", default="", help="sets to do with the real index as well")
    parser.add_argument("--pythons", help="interpreters (two that pawl finds)")
    parser.add_argument("--pip", help="the pip to use (one is installed)")
    parser.add_argument("--uv", help="the uv to use (one is installed)")
    options = parser.parse_args()
    if not (world / "world.tar.xz").exists():
        print(f"sets: skipped, since {world} is not there", file=sys.stderr)
        return 77
    work.mkdir(parents=True, exist_ok=True)
    options.pip = options.pip or tool("pip", pip_version)
    options.uv = options.uv or tool("uv", uv_version)
    options.pythons = options.pythons.split(",") if options.pythons else two_pythons()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="pawl-sets-") as scratch:
        laid = pathlib.Path(scratch) / "world"
        run(sys.executable, world / "snapshot.py", "lay", world / "world.tar.xz", laid)
        with TinyWorld(laid) as tiny:
            wanted = [(name, tiny.index) for name in options.sets.split(",") if name]
            wanted += [(name, None) for name in options.real.split(",") if name]
            for name, index in wanted:
                try:
                    check_set(name, index, options, scratch)
                except (RuntimeError, SystemExit) as error:
                    failed += 1
                    print(f"{name}: FAILED: {error}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
