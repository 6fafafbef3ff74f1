#!/usr/bin/env python3
"""Runs the examples of docs/*.md, from the top of a page to its end, in one fresh directory.

    ```python file=report.py        a block with a file's name in its first line is that file
    ```console                      a transcript: "$ command" and what a terminal shows after it
    ```console exit=1               the last command of the block ends with that code (0)
    <!-- index [OPTIONS]            the packages that the page's examples find, as the text of a
    release rich 15.0.0             world (see pawl-test-index --help), in a comment that no reader
    -->                             sees; a second one takes the first one's place

Other blocks are only read. In what is expected, "…" stands for any text within a line, a line "..."
for any lines; an empty line is one. The directory is shown as /home/you/work.

    run_docs.py --bin DIR FILE…
"""

import argparse
import os
import pathlib
import re
import shlex
import subprocess
import sys

from run_transcripts import World, command_seconds_max, matches

shown_directory = "/home/you/work"
fence = re.compile(r"^```(\w*) *(.*)$")


def blocks_of(text):
    """(line number, kind, words behind it, lines) of every fenced block and index comment."""
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        opening = fence.match(lines[number])
        comment = re.match(r"<!-- index *(.*)$", lines[number])
        number += 1
        if not opening and not comment:
            continue
        begin, closing = number, "-->" if comment else "```"
        while number < len(lines) and lines[number] != closing:
            number += 1
        if number == len(lines):
            sys.exit(f"line {begin}: this block is never closed")
        kind, words = ("index", comment[1]) if comment else (opening[1], opening[2])
        yield begin, kind, words, lines[begin:number]
        number += 1


def commands_of(lines):
    """(lines before it, command, expected lines); a command goes on behind a backslash."""
    found = []
    for offset, line in enumerate(lines):
        if line.startswith("$ "):
            found.append((offset, line[2:], []))
        elif found and found[-1][1].endswith("\\") and not found[-1][2]:
            found[-1] = (found[-1][0], found[-1][1] + "\n" + line, [])
        elif found:
            found[-1][2].append(line)
        elif line:
            sys.exit(f"a transcript begins with a command, not with: {line}")
    for _, _, expected in found:
        while expected and not expected[-1]:
            expected.pop()
    return found


def run(world, command):
    """What a terminal would show, and the exit code."""
    done = subprocess.run(["sh", "-c", command], cwd=world.directory, env=world.environment(),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                          timeout=command_seconds_max)
    text = done.stdout.decode("utf-8", "backslashreplace")
    text = text.replace(world.places["$DIR"], shown_directory)
    lines = text.splitlines()
    while lines and not lines[-1]:
        lines.pop()
    return lines, done.returncode


def run_block(world, path, begin, words, lines):
    """How many of its commands did something else than the page says."""
    failures = 0
    commands = commands_of(lines)
    wanted = int(dict(re.findall(r"(\w+)=(\S+)", words)).get("exit", "0"))
    for count, (offset, command, expected) in enumerate(commands, 1):
        got, code = run(world, command)
        code_wanted = wanted if count == len(commands) else 0
        if code == code_wanted and matches([line.replace("…", "[..]") for line in expected], got):
            continue
        failures += 1
        print(f"{path}:{begin + offset + 1}: $ {command}")
        print("  the page says:\n" + "\n".join("    " + line for line in expected))
        print(f"  got (exit code {code}):\n" + "\n".join("    " + line for line in got))
    return len(commands), failures


def run_page(path, binaries):
    world = World(binaries)
    commands = failures = 0
    try:
        for begin, kind, words, lines in blocks_of(path.read_text()):
            content = "".join(line + "\n" for line in lines)
            name = re.search(r"\bfile=(\S+)", words)
            if kind == "index":
                world.serve(content, shlex.split(words))
            elif kind == "console":
                ran, failed = run_block(world, path, begin, words, lines)
                commands, failures = commands + ran, failures + failed
            elif name:
                target = world.directory / name[1]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(content)
    finally:
        world.close()
    print(f"{path.name}: {'FAILED' if failures else 'ok'} ({commands} commands)")
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    failed = sum(run_page(path, os.path.abspath(options.bin)) for path in options.files)
    sys.exit(1 if failed else 0)


main()
