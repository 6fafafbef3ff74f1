"""One lock as another: pawl converts it, the tool of the other format judges what was written and
installs from it, and pawl must install the same."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib

import tools

SECONDS_MAX = 300
PYTHONS = ["3.11", "3.13"]

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

# How it installs, and whether it takes all groups and extras when it is not asked for any.
INSTALLS = {
    "pylock": ["pip", "install", "-q", "-r", "pylock.toml"],
    "requirements": ["pip", "install", "-q", "--no-deps", "--require-hashes", "-r",
                     "requirements.txt"],
    "pipenv": ["pipenv", "sync", "-q"],
    "poetry": ["poetry", "install", "-q", "-n"],
    "pdm": ["pdm", "install", "-q", "--frozen-lockfile", "--no-self"],
    "uv": ["uv", "sync", "-q", "--locked"],
}
TAKES_ALL_GROUPS = {"poetry", "pdm"}
TAKES_ALL_EXTRAS = {"pdm"}


def environment(work):
    """Of the tools: nothing of the user's own settings but how the network is reached."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("POETRY_", "PIPENV_", "PDM_", "VIRTUAL_ENV", "PAWL_"))}
    return kept | {"PIPENV_VENV_IN_PROJECT": "1", "PIPENV_IGNORE_VIRTUALENVS": "1",
                   "PIPENV_NOSPIN": "1", "POETRY_VIRTUALENVS_IN_PROJECT": "true",
                   "PDM_CHECK_UPDATE": "false", "PDM_IGNORE_SAVED_PYTHON": "1", "CI": "1",
                   "NO_COLOR": "1", "PAWL_CACHE_DIR": str(work.parent / "cache")}


class Sample:
    """A project with its manifests, and the lock that each tool made of it."""

    def __init__(self, directory):
        self.directory = directory
        self.project = None # the name of what tools install of it beside what it needs

    def lay_manifests(self, target, directory):
        """Those that the tool of this format will compare its lock with."""
        for manifest in ("pyproject.toml", "Pipfile"):
            shutil.copy(self.directory / manifest, directory)

    def lay_lock(self, source, directory):
        """The lock, and what its own tool had beside it."""
        directory.mkdir()
        lock = FORMATS[source][0]
        for file in ("pyproject.toml", "Pipfile", lock):
            shutil.copy(self.directory / file, directory)
        return lock


class Pair:
    def __init__(self, source, target, sample, options, scratch):
        self.source, self.target, self.sample, self.options = source, target, sample, options
        self.work = scratch / f"{source}-{target}"
        self.losses, self.lost, self.verdict, self.problem = [], set(), "–", None

    def run_tool(self, command, **more):
        return subprocess.run(command, cwd=self.work, env=environment(self.work), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=SECONDS_MAX, stdin=subprocess.DEVNULL, **more)

    def pawl(self, *words):
        """Its stdout."""
        return subprocess.run([self.options.bin + "/pawl", *words], cwd=self.work,
                              env=environment(self.work), text=True, capture_output=True,
                              check=True, timeout=SECONDS_MAX).stdout

    def convert(self):
        name = FORMATS[self.target][1]
        self.work.mkdir(parents=True)
        self.sample.lay_manifests(self.target, self.work)
        lock = self.sample.lay_lock(self.source, self.work / "from")
        command = [self.options.bin + "/pawl", "convert", f"from/{lock}", name, "--json"]
        command += self.options.index
        done = subprocess.run(command, cwd=self.work, env=environment(self.work), text=True,
                              capture_output=True, timeout=SECONDS_MAX)
        if done.returncode != 0:
            self.problem = f"pawl could not convert it:\n{done.stderr}"
            return
        self.losses = json.loads(done.stdout)["losses"]
        self.lost = {loss["key"] for loss in self.losses}

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

    def make_environment(self, python):
        """For tools that make none themselves; and those that do take this one."""
        shutil.rmtree(self.work / ".venv", ignore_errors=True)
        shutil.rmtree(self.work / "own", ignore_errors=True)
        subprocess.run([python, "-m", "venv", "--without-pip", ".venv"], cwd=self.work, check=True)

    def install(self):
        if tools.program(INSTALLS[self.target][0]) is None:
            return
        for version, python in self.options.pythons.items():
            if self.problem is None:
                self.install_on(version, python)
        if self.problem is None:
            self.verdict = "installs the same on " + " and ".join(self.options.pythons)

    def install_on(self, version, python):
        """That the tool installs from the lock, and pawl the same."""
        self.make_environment(python)
        own_python = self.work / ".venv/bin/python"
        words = INSTALLS[self.target]
        command = [tools.program(words[0]), *words[1:]]
        if words[0] == "pip":
            command[1:1] = ["--python", str(own_python)]
            if self.has_trees(): # which have no hashes; the others' are checked all the same
                command = [word for word in command if word != "--require-hashes"]
                command.append("--no-require-hashes")
        done = self.run_tool(command)
        if done.returncode != 0:
            self.judge(done, "")
            return
        own = self.run_tool([self.options.bin + "/pawl", "install", "--build", *self.own_question(),
                             "--python", str(own_python), "--target", "own"])
        if own.returncode != 0:
            self.problem = f"pawl could not install from it on {version}:\n{own.stdout}"
            return
        theirs = installed(self.work / f".venv/lib/python{version}/site-packages")
        theirs -= {one for one in theirs if one[0] == self.sample.project}
        ours = installed(self.work / "own")
        if theirs != ours:
            self.problem = (f"on {version}, the tool alone: {theirs - ours}, "
                            f"pawl alone: {ours - theirs}")

    def has_trees(self):
        text = (self.work / FORMATS[self.target][1]).read_text()
        return re.search(r"git\+|^(-e )?\./|directory = \{|packages\.directory", text, re.M)

    def own_question(self):
        """What pawl is asked for to do the same; a requirements file is a lock by another name."""
        lock = FORMATS[self.target][1]
        flat = self.run_tool([self.options.bin + "/pawl", "convert", lock, "pylock.own.toml",
                              "--from", self.target])
        if flat.returncode != 0:
            return [lock]
        known = tomllib.loads((self.work / "pylock.own.toml").read_text())
        groups = known.get("dependency-groups", []) if self.target in TAKES_ALL_GROUPS else []
        groups += known.get("default-groups", [])
        if self.target == "uv":
            manifest = tomllib.loads((self.work / "pyproject.toml").read_text())
            default = manifest.get("tool", {}).get("uv", {}).get("default-groups", ["dev"])
            groups += [one for one in default if one in known.get("dependency-groups", [])]
        extras = known.get("extras", []) if self.target in TAKES_ALL_EXTRAS else []
        asked = [word for group in groups for word in ("--group", group)]
        asked += [word for extra in extras for word in ("--extra", extra)]
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


def installed(directory):
    names = {re.match(r"(.+)-(.+)\.dist-info", entry.name)
             for entry in directory.glob("*.dist-info")}
    return {(found[1].lower().replace("_", "-").replace(".", "-"), found[2])
            for found in names if found} - {("pip", "")}


def interpreters(options):
    """{X.Y: path} of those asked for; what is not at hand is said, and judges nothing."""
    found = {}
    for version in options.python or PYTHONS:
        done = subprocess.run([options.bin + "/pawl", "python", "find", version], text=True,
                              capture_output=True)
        if done.returncode == 0:
            found[version] = done.stdout.strip()
        else:
            print(f"NOT AT HAND, SO NOTHING IS INSTALLED ON IT: Python {version}")
    if not found:
        sys.exit("no Python to install on")
    return found
