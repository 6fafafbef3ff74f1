#!/usr/bin/env python3
"""New projects through everything: each tool locks each project of test/data/exchange/projects, and
every lock becomes every other. The tool must take what pawl wrote and install from it, on two Pythons,
what pawl installs from it; and that must be what pawl installs from the lock of the first tool.

    run_projects.py --bin DIR [PROJECT…]     (the tools: tools.py; needs the network; minutes each)

A project is a directory with manifests: pyproject.toml and Pipfile, or pyproject.TOOL.toml where a
tool has words of its own, with @HERE@ for the directory that they are in, @TREES@ for the one that
has directories which they name, @GIT@ and @COMMIT@ for a repository made of its `repository/`.
Files that are no manifests are laid beside the lock."""

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

import git_server
import tools
from pair import FORMATS, Pair, environment, interpreters

PROJECTS = pathlib.Path(__file__).resolve().parent.parent / "data/exchange/projects"
SECONDS_MAX = 300

# How each format's lock is made, and by which tool.
LOCKS = {
    "uv": ["uv", "lock", "-q"],
    "pylock": ["uv", "export", "-q", "--format", "pylock.toml", "--all-extras", "--all-groups",
               "--no-emit-project", "-o", "pylock.uv.toml"],
    "requirements": ["uv", "export", "-q", "--no-emit-project", "-o", "requirements.txt"],
    "poetry": ["poetry", "lock", "-q"],
    "pdm": ["pdm", "lock", "-q", "-G", ":all"],
    "pipenv": ["pipenv", "lock", "-q"],
}


class Project:
    """As pair.Sample, of a project whose locks are made here."""

    def __init__(self, directory, scratch):
        self.directory, self.scratch = directory, scratch
        self.git, self.commit = "", ""
        self.problems = {}  # format: why there is no lock of it
        scratch.mkdir()
        if (directory / "repository").is_dir():
            self.make_repository()
        text = next(iter(sorted(directory.glob("pyproject*.toml")))).read_text()
        found = re.search(r'^\[project\]\nname = "(.+?)"', text, flags=re.M)
        self.project = found[1] if found else None

    def make_repository(self):
        clone = self.scratch / "repository"
        shutil.copytree(self.directory / "repository", clone)
        git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
        for command in (["init", "-q", "-b", "main", "."], ["add", "-A"], ["commit", "-qm", "one"]):
            subprocess.run(git + command, cwd=clone, check=True)
        subprocess.run(["git", "clone", "-q", "--bare", "repository", "bare.git"],
                       cwd=self.scratch, check=True)
        self.git = git_server.serve(self.scratch) + "/bare.git"
        self.commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=clone, check=True, text=True,
                                     stdout=subprocess.PIPE).stdout.strip()

    def lay_manifests(self, target, directory, trees="from/"):
        tool = LOCKS[target][0]
        for manifest, own in (("pyproject.toml", f"pyproject.{tool}.toml"), ("Pipfile", "Pipfile")):
            source = self.directory / own
            source = source if source.exists() else self.directory / manifest
            if source.exists():
                text = source.read_text()
                for word, value in (("@HERE@", directory), ("@TREES@", trees), ("@GIT@", self.git),
                                    ("@COMMIT@", self.commit)):
                    text = text.replace(word, str(value))
                (directory / manifest).write_text(text)

    def lay_trees(self, directory):
        for entry in self.directory.iterdir():
            if entry.is_dir() and entry.name != "repository":
                shutil.copytree(entry, directory / entry.name)
            elif not entry.is_dir() and not entry.name.startswith(("pyproject", "Pipfile")):
                shutil.copy(entry, directory)

    def lock(self):
        """Each tool in a directory of its own; uv's exports are of its lock."""
        for format, command in LOCKS.items():
            work = self.scratch / f"made-{command[0]}"
            if not work.exists():
                work.mkdir()
                self.lay_manifests(format, work, "")
                self.lay_trees(work)
            if command[0] == "pipenv" and not (work / "Pipfile").exists():
                self.problems[format] = "the project has no Pipfile"
                continue
            if tools.program(command[0]) is None:
                self.problems[format] = f"{command[0]} is not at hand"
                continue
            done = subprocess.run([tools.program(command[0]), *command[1:]], cwd=work, text=True,
                                  env=environment(work), stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=SECONDS_MAX)
            if done.returncode != 0:
                self.problems[format] = f"{' '.join(command)}:\n{done.stdout}"

    def lay_lock(self, source, directory):
        directory.mkdir()
        for entry in (self.scratch / f"made-{LOCKS[source][0]}").iterdir():
            if entry.is_dir() and entry.name != ".venv":
                shutil.copytree(entry, directory / entry.name)
            elif not entry.is_dir():
                shutil.copy(entry, directory)
        return FORMATS[source][0]


def as_pylock(pair, lock, format):
    """The lock as a pylock.toml, and what can be asked of it: [("--group", "dev"), …]."""
    if format == "pylock":
        flat = lock
    else:
        flat = os.path.join(os.path.dirname(lock), "pylock.flat.toml")
        pair.pawl("convert", lock, flat, "--from", format, "--frozen", "-q")
    known = tomllib.loads((pair.work / flat).read_text())
    return flat, {(option, name) for option, key in (("--group", "dependency-groups"),
                                                     ("--extra", "extras"))
                  for name in known.get(key, [])}


def chosen(pair, lock, python, words):
    """What pawl would install of a lock: {(name, version)}."""
    done = pair.pawl("install", lock, "--frozen", "--dry-run", "--json", "-q", "--target", "nowhere",
                     "--python", str(python), *words)
    return {(one["name"], one.get("version", "")) for one in json.loads(done)["changes"]}


def compare_choices(pair):
    """That both locks install the same, also with each group and extra that both know; but for what
    the target was said not to be able to tell."""
    told = {loss["package"].split(" ")[0] for loss in pair.losses
            if loss["key"] in ("packages", "marker")}
    try:
        before, known = as_pylock(pair, f"from/{FORMATS[pair.source][0]}", pair.source)
        after, known_after = as_pylock(pair, FORMATS[pair.target][1], pair.target)
        for version, python in pair.options.pythons.items():
            for words in [(), *sorted(known & known_after)]:
                ours = chosen(pair, before, python, words)
                theirs = chosen(pair, after, python, words)
                differing = {one for one in ours ^ theirs if one[0] not in told}
                if differing:
                    return (f"pawl alone on {version}, {' '.join(words) or 'nothing asked for'}: "
                            f"only before {ours & differing}, only after {theirs & differing}")
    except subprocess.CalledProcessError as error:
        return f"pawl alone: {error.stderr}"
    return None


def run(pair):
    try:
        pair.run()
        if pair.problem is None:
            pair.problem = compare_choices(pair)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        pair.problem = f"the programme itself: {error!r}"
    return pair


def run_project(directory, options, scratch):
    project = Project(directory, scratch)
    project.lock()
    for format, problem in project.problems.items():
        print(f"{directory.name}: no {format} lock: {problem}")
    formats = [format for format in FORMATS if format not in project.problems]
    targets = [format for format in FORMATS
               if format != "pipenv" or (directory / "Pipfile").exists()]
    pairs = [Pair(source, target, project, options, scratch) for source in formats
             for target in targets if options.only in (None, f"{source}-{target}")]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        pairs = list(pool.map(run, pairs))
    bad = [pair for pair in pairs if pair.problem]
    for pair in bad:
        print(f"{directory.name}: {pair.source} as {pair.target}: {pair.problem}\n")
    print(f"{directory.name}: {len(pairs) - len(bad)} of {len(pairs)} pairs install the same",
          flush=True)
    if options.losses:
        for pair in pairs:
            for loss in pair.losses:
                print(f"{pair.source} as {pair.target}: {loss}")
    return not bad


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=os.path.abspath)
    parser.add_argument("--python", action="append", help="X.Y")
    parser.add_argument("--only", help="FROM-TO")
    parser.add_argument("--losses", action="store_true", help="print them")
    parser.add_argument("--keep", type=pathlib.Path, help="a directory that must not exist yet")
    parser.add_argument("projects", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    options.install, options.index = True, []
    options.pythons = interpreters(options)
    good = True
    with tempfile.TemporaryDirectory(prefix="pawl-projects-") as scratch:
        parent = options.keep or pathlib.Path(scratch)
        parent.mkdir(exist_ok=True)
        for directory in options.projects or sorted(PROJECTS.iterdir()):
            good = run_project(directory.resolve(), options, parent / directory.name) and good
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
