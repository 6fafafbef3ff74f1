#!/usr/bin/env python3
"""An embedded lock, taken out of its comments as the specification's own regular expression finds
it, is what pip and uv install from, and so is the requirements file that `pawl export` makes of it.
Exits with 77 (skipped) where neither is there.

    run_embedded.py --bin DIR

pip (26.1 or newer, which reads pylock files) and uv are looked for in $PAWL_TOOLS_DIR, in
~/.cache/pawl-dev/tools and on PATH."""

import argparse
import glob
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

block_pattern = re.compile(
    r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$")
world = """release alpha 1.0
  requires beta>=2
release beta 2.1
  file beta/__init__.py
  | x = 1
"""
script_text = "#!/usr/bin/env python3\nimport alpha, beta  # pin: beta\nprint(alpha, beta)"
command_seconds_max = 120


def find_tools(name):
    """Every one that is there, the newest first; those of PATH last."""
    folder = os.environ.get("PAWL_TOOLS_DIR") or os.path.expanduser("~/.cache/pawl-dev/tools")
    found = sorted(glob.glob(os.path.join(folder, f"{name}*", "bin", name)), reverse=True)
    return found + [path for path in [shutil.which(name)] if path]


def run(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          timeout=command_seconds_max, **options)


def pip_version(pip):
    match = re.match(r"pip (\d+)\.(\d+)", run(pip, "--version").stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def taken_out(path):
    match, = [m for m in block_pattern.finditer(path.read_text()) if m["type"] == "pylock"]
    lines = match["content"].splitlines(keepends=True)
    return "".join(line[2:] if line.startswith("# ") else line[1:] for line in lines)


def check(scratch, tool, command, environment):
    """Installs by one tool from one file, and looks whether both modules came."""
    target = scratch / "by" / tool
    done = run(*command, "--target", target, cwd=scratch, env=environment)
    fine = done.returncode == 0 and (target / "alpha").exists() and (target / "beta").exists()
    print(f"{tool}: {'ok' if fine else 'FAILED'}")
    if not fine:
        print(done.stdout + done.stderr)
    return fine


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    binaries = parser.parse_args().bin.absolute()
    pips = [pip for pip in find_tools("pip") if pip_version(pip) >= (26, 1)]
    uvs = [uv for uv in find_tools("uv") if run(uv, "--version").returncode == 0]
    for name, found in (("pip >= 26.1", pips), ("uv", uvs)):
        if not found:
            print(f"SKIPPED: there is no {name}: nothing was held against it")
    if not pips and not uvs:
        return 77
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="pawl-embedded-"))
    (scratch / "world.txt").write_text(world)
    index = subprocess.Popen([binaries / "pawl-test-index", "--world", scratch / "world.txt"],
                             stdout=subprocess.PIPE, text=True)
    try:
        environment = {name: value for name, value in os.environ.items()
                       if not re.match(r"PAWL_|PIP_|UV_|VIRTUAL_ENV", name)}
        environment.update(PAWL_INDEX_URL=index.stdout.readline().strip(),
                           PAWL_CACHE_DIR=str(scratch / "cache"), PIP_CONFIG_FILE=os.devnull,
                           UV_NO_CONFIG="1", UV_CACHE_DIR=str(scratch / "uv"))
        script = scratch / "job.py"
        script.write_text(script_text)
        locked = run(binaries / "pawl", "lock", "--embed", script, env=environment)
        if locked.returncode != 0:
            print(f"FAILED: pawl lock: {locked.stderr}")
            return 1
        (scratch / "pylock.out.toml").write_text(taken_out(script))
        exported = run(binaries / "pawl", "export", "--script", script, "--format", "requirements",
                       "-o", scratch / "frozen.txt", env=environment)
        if exported.returncode != 0 or "--hash=" not in (scratch / "frozen.txt").read_text():
            print(f"FAILED: pawl export: {exported.stderr}")
            return 1
        fine = True
        for name, words in (("a lock", ["pylock.out.toml"]),
                            ("requirements", ["--require-hashes", "frozen.txt"])):
            if pips:
                fine &= check(scratch, f"pip, {name}", [pips[0], "install", *words[:-1], "-r",
                                                        words[-1]], environment)
            if uvs:
                fine &= check(scratch, f"uv, {name}", [uvs[0], "pip", "sync", "--preview",
                                                       "--python", sys.executable, *words],
                              environment)
        return 0 if fine else 1
    finally:
        index.terminate()
        index.wait()
        shutil.rmtree(scratch, ignore_errors=True)


sys.exit(main())
