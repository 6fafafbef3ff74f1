#!/usr/bin/env python3
"""Runs the command-line transcripts of test/cli: text files that read as documentation.

    # A comment.
    index [OPTIONS]               a small index: the text of a world (see pawl-test-index --help);
                                  a second one takes the first one's place, at the same address
    | six 1.16.0
    file report.py                a file to make
    | import six
    $ pawl run report.py          a command, run by sh in a fresh directory
    printed on stdout
    ! printed on stderr
    [exit 1]                      the exit code, when it is not 0
    $ stop index
    $ download FILE [DIR]         a file of the index

An empty line ends what is expected. In it, "[..]" stands for any text within a line and a line "..." for any lines.
$DIR, $HOME, $INDEX, $CACHE and $PYTHON stand for this run's places, in commands and in output.

    run_transcripts.py --bin DIR [--bless] FILE…      --bless rewrites what is expected
"""

import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

command_seconds_max = 120


class Step:
    def __init__(self, line, command):
        self.line = line
        self.command = command
        self.expected = []


def parse(text):
    """Yields ('file', name, content), ('index', content) and Step in order; keeps line numbers."""
    items = []
    lines = text.splitlines()
    number = 0
    step = None
    while number < len(lines):
        line = lines[number]
        number += 1
        if line.startswith("$ "):
            step = Step(number, line[2:])
            items.append(step)
        elif step is None or line == "":
            match = re.match(r"(file|append|index|python)\b\s*(.*)", line)
            if match:
                step = None
                content = []
                while number < len(lines) and lines[number].startswith("|"):
                    content.append(lines[number][2:])
                    number += 1
                items.append((match[1], match[2].strip(), "\n".join(content) + "\n"))
            elif line.strip() and not line.startswith("#"):
                sys.exit(f"line {number}: cannot read: {line}")
            else:
                step = None
        else:
            step.expected.append(line)
    return items


def matches(expected, got):
    """Whether the printed lines are what is expected, with "[..]" and "..." as wild cards."""
    if not expected:
        return not got
    if expected[0] == "...":
        return any(matches(expected[1:], got[skip:]) for skip in range(len(got) + 1))
    if not got:
        return False
    pattern = ".*".join(re.escape(part) for part in expected[0].split("[..]"))
    return re.fullmatch(pattern, got[0]) is not None and matches(expected[1:], got[1:])


class World:
    """One transcript's directory, cache and index."""

    def __init__(self, binaries):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="pawl-cli-"))
        self.directory = self.root / "work"
        self.directory.mkdir()
        self.binaries = binaries
        self.server = None
        self.port = None
        self.places = {
            "$DIR": str(self.directory),
            "$CACHE": str(self.root / "cache"),
            "$HOME": str(self.root / "home"),
            "$INDEX": "http://127.0.0.1:9/simple/",
        }

    def environment(self):
        kept = {
            name: value
            for name, value in os.environ.items()
            if not re.match(r"PAWL_|PIP_|UV_|VIRTUAL_ENV|XDG_|.*_proxy$|NETRC", name)
        }
        # The test tool's own interpreters: pyenv and the system's, as a user has them.
        kept.update(
            HOME=str(self.root / "home"),
            PYENV_ROOT=os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv")),
            PAWL_CACHE_DIR=self.places["$CACHE"],
            PAWL_INDEX_URL=self.places["$INDEX"],
            PATH=f"{self.binaries}:{os.environ['PATH']}:{self.root}/home/.local/bin",
            LC_ALL="C.UTF-8",
            # Python tells a module's bytecode from a stale one by whole seconds and its size.
            PYTHONDONTWRITEBYTECODE="1",
            TERM="dumb",
        )
        return kept

    def serve(self, text, options):
        self.stop_server()
        if self.port:
            options = ["--port", self.port, *options]
        world = self.root / "world.txt"
        world.write_text(text)
        self.server = subprocess.Popen(
            [f"{self.binaries}/pawl-test-index", "--world", str(world), *options],
            stdout=subprocess.PIPE,
            text=True,
            cwd=self.directory,
        )
        self.places["$INDEX"] = self.server.stdout.readline().strip()
        if not self.places["$INDEX"]:
            sys.exit("the index did not start")
        self.port = urllib.parse.urlsplit(self.places["$INDEX"]).port
        self.port = str(self.port) if self.port else None

    def stop_server(self):
        if self.server:
            self.server.terminate()
            self.server.wait()
            self.server = None

    def run(self, command):
        for place, value in self.places.items():
            command = command.replace(place, value)
        if command.strip() == "stop index":
            self.stop_server()
            return []
        if command.startswith("download "):
            name, *where = command.split()[1:]
            target = self.directory / (where[0] if where else ".")
            target.mkdir(parents=True, exist_ok=True)
            url = urllib.parse.urljoin(self.places["$INDEX"], "/files/" + name)
            (target / name).write_bytes(urllib.request.urlopen(url, timeout=60).read())
            return []
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.directory,
            env=self.environment(),
            capture_output=True,
            timeout=command_seconds_max,
        )
        lines = self.readable(done.stdout)
        lines += ["! " + line if line else "!" for line in self.readable(done.stderr)]
        return lines + ([f"[exit {done.returncode}]"] if done.returncode else [])

    def readable(self, output):
        text = output.decode("utf-8", "backslashreplace")
        for place, value in self.places.items():
            text = text.replace(value, place)
        return text.splitlines()

    def close(self):
        self.stop_server()
        shutil.rmtree(self.root, ignore_errors=True)


def run_transcript(path, binaries, bless):
    text = path.read_text()
    world = World(binaries)
    failures = []
    blessed = []
    try:
        for item in parse(text):
            if isinstance(item, Step):
                got = world.run(item.command)
                if not matches(item.expected, got):
                    failures.append((item, got))
                blessed.append((item, got))
            elif item[0] == "index":
                world.serve(item[2], shlex.split(item[1]))
            else:
                target = world.directory / item[1]
                target.parent.mkdir(parents=True, exist_ok=True)
                with open(target, "a" if item[0] == "append" else "w", newline="") as file:
                    file.write(item[2])
    finally:
        world.close()
    if bless and failures:
        lines = text.splitlines()
        for item, got in reversed(failures):
            lines[item.line : item.line + len(item.expected)] = got
        path.write_text("\n".join(lines) + "\n")
        print(f"{path}: blessed {len(failures)} outputs")
        return 0
    for item, got in failures:
        print(f"{path}:{item.line}: $ {item.command}")
        print("  expected:\n" + "\n".join("    " + line for line in item.expected))
        print("  got:\n" + "\n".join("    " + line for line in got))
    print(f"{path.name}: {'FAILED' if failures else 'ok'} ({len(blessed)} commands)")
    return len(failures)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--bless", action="store_true")
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    failed = sum(
        run_transcript(path, os.path.abspath(options.bin), options.bless)
        for path in options.files
    )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
