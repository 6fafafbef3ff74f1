#!/usr/bin/env python3
"""Every lock of test/data/exchange as every other: what is carried, what is lost, and what the tool
says of the file that pawl wrote.

    run_pairs.py --bin DIR              on a recorded index, without any network; the tools that are
                                        at hand check each lock for freshness (tools.py)
    run_pairs.py --bin DIR --install    on the real index: each tool installs from each lock, and
                                        pawl must install the same from it (minutes)
    … --bless                           writes the table of docs/locks.md anew

No tool may reject a file, and the table in docs/locks.md must be what was found."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib

import recorded_index
import tools

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SAMPLE = ROOT / "test/data/exchange/project"
DOCS = ROOT / "docs/locks.md"
BEGIN, END = "<!-- pairs: made by test/exchange/run_pairs.py -->", "<!-- end of pairs -->"
SECONDS_MAX = 300

# format: (the sample of it, what its file is called)
FORMATS = {
    "pylock": ("pylock.uv.toml", "pylock.toml"),
    "requirements": ("requirements.txt", "requirements.txt"),
    "pipenv": ("Pipfile.lock", "Pipfile.lock"),
    "poetry": ("poetry.lock", "poetry.lock"),
    "pdm": ("pdm.lock", "pdm.lock"),
    "uv": ("uv.lock", "uv.lock"),
}

# How a tool says whether it takes a lock, without any network.
CHECKS = {
    "poetry": ["poetry", "check", "--lock"],
    "pdm": ["pdm", "lock", "--check"],
    "pipenv": ["pipenv", "verify"],
    "uv": ["uv", "lock", "--check", "--offline", "--no-config", "--default-index",
           "https://pypi.org/simple"],
}

# How it installs, and the groups and extras that it takes when it is not asked for any.
INSTALLS = {
    "pylock": (["pip", "install", "-q", "-r", "pylock.toml"], [], []),
    "requirements": (["pip", "install", "-q", "--no-deps", "--require-hashes", "-r",
                      "requirements.txt"], [], []),
    "pipenv": (["pipenv", "sync", "-q"], [], []),
    "poetry": (["poetry", "install", "-q", "-n"], ["dev", "test"], []),
    "pdm": (["pdm", "install", "-q", "--frozen-lockfile", "--no-self"], ["dev", "test"],
            ["all", "cli"]),
    "uv": (["uv", "sync", "-q", "--locked"], ["dev"], []),
}


def environment(work):
    """Of the tools: nothing of the user's own settings but how the network is reached."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("POETRY_", "PIPENV_", "PDM_", "VIRTUAL_ENV", "PAWL_"))}
    return kept | {"PIPENV_VENV_IN_PROJECT": "1", "PIPENV_IGNORE_VIRTUALENVS": "1",
                   "PIPENV_NOSPIN": "1", "POETRY_VIRTUALENVS_IN_PROJECT": "true",
                   "PDM_CHECK_UPDATE": "false", "PDM_IGNORE_SAVED_PYTHON": "1", "CI": "1",
                   "NO_COLOR": "1", "PAWL_CACHE_DIR": str(work.parent / "cache")}


class Pair:
    def __init__(self, source, target, options, scratch):
        self.source, self.target, self.options = source, target, options
        self.work = scratch / f"{source}-{target}"
        self.lost, self.verdict, self.problem = set(), "–", None

    def run_tool(self, command, **more):
        return subprocess.run(command, cwd=self.work, env=environment(self.work), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=SECONDS_MAX, stdin=subprocess.DEVNULL, **more)

    def convert(self):
        sample, name = FORMATS[self.source][0], FORMATS[self.target][1]
        self.work.mkdir(parents=True)
        for manifest in ("pyproject.toml", "Pipfile"):
            shutil.copy(SAMPLE / manifest, self.work)
        before = self.work / "from"
        before.mkdir()
        for file in ("pyproject.toml", "Pipfile", sample):
            shutil.copy(SAMPLE / file, before)
        command = [self.options.bin + "/pawl", "convert", f"from/{sample}", name, "--json"]
        command += self.options.index
        done = subprocess.run(command, cwd=self.work, env=environment(self.work), text=True,
                              capture_output=True, timeout=SECONDS_MAX)
        if done.returncode != 0:
            self.problem = f"pawl could not convert it:\n{done.stderr}"
            return
        self.lost = {loss["key"] for loss in json.loads(done.stdout)["losses"]}

    def check(self):
        """The tool's word on whether the lock is fresh."""
        command = CHECKS.get(self.target)
        if command is None:
            return
        program = tools.program(command[0])
        if program is None:
            return
        self.judge(self.run_tool([program, *command[1:]]), "fresh")

    def judge(self, done, word):
        self.verdict = word if done.returncode == 0 else "rejected"
        if done.returncode != 0:
            self.problem = f"the tool rejects it ({done.returncode}):\n{done.stdout}"

    def python(self):
        """An environment for tools that make none themselves."""
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", ".venv"], cwd=self.work,
                       check=True)
        return self.work / ".venv/bin/python"

    def install(self):
        command = INSTALLS[self.target][0]
        program = tools.program(command[0])
        if program is None:
            return
        python = self.python()
        command = [program, *command[1:]]
        if command[0].name == "pip":
            command[1:1] = ["--python", str(python)]
        done = self.run_tool(command)
        if done.returncode != 0:
            self.judge(done, "")
            return
        own = self.run_tool([self.options.bin + "/pawl", "install", *self.own_question(),
                             "--python", str(python), "--target", "own"])
        if own.returncode != 0:
            self.problem = f"pawl could not install from it:\n{own.stdout}"
            return
        theirs = installed(next(self.work.glob(".venv/lib/*/site-packages")))
        ours = installed(self.work / "own")
        self.verdict = "installs the same"
        if theirs != ours:
            self.problem = f"the tool alone: {theirs - ours}, pawl alone: {ours - theirs}"

    def own_question(self):
        """What pawl is asked for to do the same; a requirements file is a lock by another name."""
        lock = FORMATS[self.target][1]
        flat = self.run_tool([self.options.bin + "/pawl", "convert", lock, "pylock.own.toml",
                              "--from", self.target])
        if flat.returncode != 0:
            return [lock]
        known = tomllib.loads((self.work / "pylock.own.toml").read_text())
        groups = known.get("dependency-groups", []) + known.get("default-groups", [])
        asked = []
        for option, wanted, there in (("--group", INSTALLS[self.target][1], groups),
                                      ("--extra", INSTALLS[self.target][2],
                                       known.get("extras", []))):
            asked += [word for one in wanted if one in there for word in (option, one)]
        return ["pylock.own.toml" if self.target == "requirements" else lock, *asked]

    def run(self):
        try:
            self.convert()
            if self.problem is None:
                self.check()
            if self.problem is None and self.options.install:
                self.install()
        except subprocess.TimeoutExpired as error:
            self.problem = f"took too long: {error}"
        return self


SCHEMA_CHECK = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
sys.exit(JsonStrictValidator(SchemaVersion.V1_6).validate_str(open("bom.cdx.json").read()))
"""


def sbom_problem(options, work):
    """What the schema of CycloneDX says of what is exported from each sample."""
    python = tools.program("cyclonedx")
    for source, (sample, _) in FORMATS.items():
        pair = Pair(source, "cyclonedx", options, work)
        shutil.copytree(SAMPLE, pair.work)
        done = pair.run_tool([options.bin + "/pawl", "export", sample, "-q",
                              "--format", "cyclonedx", "-o", "bom.cdx.json"])
        if done.returncode == 0 and python:
            done = pair.run_tool([python, "-c", SCHEMA_CHECK])
        if done.returncode != 0:
            return f"{source} as CycloneDX: {done.stdout}"
    return None


def installed(directory):
    names = {re.match(r"(.+)-(.+)\.dist-info", entry.name)
             for entry in directory.glob("*.dist-info")}
    return {(found[1].lower().replace("_", "-").replace(".", "-"), found[2])
            for found in names if found} - {("pip", "")}


def table(pairs):
    """Of what a lock holds at all, what the other cannot hold."""
    held = {source: set().union(*(pair.lost for pair in pairs if pair.source == source))
            for source in FORMATS}
    lines = ["| from | to | carried | lost | verdict |", "| --- | --- | --- | --- | --- |"]
    for pair in pairs:
        carried = sorted(held[pair.source] - pair.lost)
        lines.append(f"| `{pair.source}` | `{pair.target}` | {', '.join(carried) or '–'} "
                     f"| {', '.join(sorted(pair.lost)) or '–'} | {pair.verdict} |")
    return lines


def without_verdicts(lines):
    return [line.rsplit("|", 2)[0] for line in lines]


def documented():
    text = DOCS.read_text()
    return text.split(BEGIN)[1].split(END)[0].strip().splitlines() if BEGIN in text else []


def bless(lines):
    text = DOCS.read_text()
    before, _, rest = text.partition(BEGIN)
    DOCS.write_text(before + BEGIN + "\n" + "\n".join(lines) + "\n" + END + rest.partition(END)[2])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=os.path.abspath)
    parser.add_argument("--install", action="store_true")
    parser.add_argument("--bless", action="store_true")
    parser.add_argument("--only", help="FROM-TO")
    options = parser.parse_args()
    absent = tools.missing()
    if absent:
        print(f"NOT AT HAND, SO THEY DO NOT JUDGE: {', '.join(absent)} (./dev tools installs them)")
    server = None if options.install else recorded_index.serve(SAMPLE)
    options.index = [] if options.install else server.options()
    with tempfile.TemporaryDirectory(prefix="pawl-pairs-") as scratch:
        pairs = [Pair(source, target, options, pathlib.Path(scratch))
                 for source in FORMATS for target in FORMATS
                 if options.only in (None, f"{source}-{target}")]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            pairs = list(pool.map(Pair.run, pairs))
        problem = sbom_problem(options, pathlib.Path(scratch))
    bad = [pair for pair in pairs if pair.problem]
    for pair in bad:
        print(f"{pair.source} as {pair.target}: {pair.problem}\n")
    if problem:
        print(problem)
    if bad or problem or options.only:
        sys.exit(1 if bad or problem else 0)
    lines = table(pairs)
    if options.install: # what is kept depends on what an index tells; the recorded one decides
        lines = [f"{kept}| {pair.verdict} |" for kept, pair in
                 zip(without_verdicts(documented())[2:], pairs, strict=True)]
        lines = documented()[:2] + lines
    if options.bless:
        bless(lines)
    elif not options.install and without_verdicts(documented()) != without_verdicts(lines):
        print("docs/locks.md says something else; run_pairs.py --bless writes:\n" +
              "\n".join(lines))
        sys.exit(1)
    counts = {}
    for pair in pairs:
        counts[pair.verdict] = counts.get(pair.verdict, 0) + 1
    print(f"{len(pairs)} pairs: {', '.join(f'{n} {v}' for v, n in counts.items())}")


if __name__ == "__main__":
    main()
