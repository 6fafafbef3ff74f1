"""What all programmes share: a world with an index, things to do in it, and what must always hold."""

import os
import shutil
import signal
import subprocess

from world import World

command_seconds_max = 300  # a busy machine is no fault

projects = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]
script = """\
# /// script
# requires-python = ">=3.8"
# dependencies = ["alpha{}"]
# ///
import alpha, theta
print("alpha", alpha.__version__, len(theta.__doc__))
"""
printed = {"<2": "alpha 1.0 4000\n", "": "alpha 2.0 4000\n"}


class Broken(Exception):
    """Something was lost."""


class Skipped(Exception):
    """This machine cannot do it."""


def index_text():
    """A chain of small projects; one has files enough to be met half-way."""
    lines = []
    for version in ("1.0", "2.0"):
        for name, needed in zip(projects, [*projects[1:], None]):
            lines.append(f"release {name} {version}")
            if needed:
                lines.append(f"  requires {needed}=={version}")
            if name == "alpha":
                lines += ["  script alpha = alpha:main", "  file alpha/__init__.py",
                          f"  | __version__ = '{version}'",
                          "  | def main(): print('program', __version__)"]
            if name == "theta":
                for number in range(40):
                    lines += [f"  file theta/part{number}.py", f"  | number = {number}"]
                lines += ["  file theta/__init__.py", f"  | '''{'x' * 4000}'''"]
    return "\n".join(lines) + "\n"


class House(World):
    def __init__(self, binaries, serve=True):
        super().__init__(binaries, index_text() if serve else "")
        self.program = self.binaries / "pawl"
        self.caches = 0
        self.write("job.py", script.format("<2"))
        self.write("new.py", script.format(""))
        self.write("requirements.in", "alpha\n")
        if serve:
            self.must("lock", "-q", "job.py")
            self.must("lock", "-q", "-r", "requirements.in", "-o", "pylock.toml")
            self.locks = self.lock_bytes()

    def lock_bytes(self):
        return {path.name: path.read_bytes() for path in self.directory.glob("pylock*.toml")}

    def must(self, *words, code=0, **options):
        got, out, err = self.pawl(*words, **options)
        if got != code:
            raise Broken(f"pawl {' '.join(map(str, words))}: exit {got}\n{out}{err}")
        return out

    def begin(self, *words):
        """pawl in a session of its own, its output thrown away."""
        return subprocess.Popen(
            [str(self.program), *map(str, words)], cwd=self.directory, env=self.environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)

    def jobs(self):
        """What people do, and what must be true when it is done undisturbed."""
        return {
            "run": (["run", "job.py"], lambda out: out == printed["<2"]),
            "run unlocked": (["run", "new.py"], lambda out: out == printed[""]),
            "lock": (["lock", "-q", "job.py"], lambda out: True),
            "install": (["install", "-q", "pylock.toml", "--target", "lib"], self.is_installed),
            "tool": (["tool", "install", "-q", "--reinstall", "alpha"], self.is_tool_there),
        }

    def is_installed(self, _):
        done = subprocess.run(
            ["python3", "-I", "-c", "import sys; sys.path.insert(0, 'lib'); import alpha, theta;"
             "print(alpha.__version__, len(theta.__doc__), len(__import__('os').listdir('lib/theta')) >= 41)"],
            cwd=self.directory, capture_output=True, text=True)
        return done.stdout == "2.0 4000 True\n"

    def is_tool_there(self, _):
        done = subprocess.run([self.root / "home/.local/bin/alpha"], env=self.environment(),
                              capture_output=True, text=True)
        return done.stdout == "program 2.0\n"

    def do(self, name):
        words, is_right = self.jobs()[name]
        out = self.must(*words)
        if not is_right(out):
            raise Broken(f"pawl {' '.join(words)} said it worked, and it did not: {out!r}")

    def must_be_sound(self, why):
        code, out, err = self.pawl("cache", "verify", "-q")
        if code != 0:
            raise Broken(f"{why}: the cache is damaged\n{out}{err}")
        if self.lock_bytes() != self.locks:
            raise Broken(f"{why}: a lock is neither the old one nor the new one")

    def forget(self):
        """As on a machine that has nothing yet."""
        # At another place: what compiles on behind a script must not write into the next cache.
        shutil.rmtree(self.cache, ignore_errors=True)
        self.caches += 1
        self.cache = self.root / f"cache-{self.caches}"


def end(process, number=signal.SIGKILL):
    """Ends a process of ours and all that it started."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass
    return process.wait(timeout=command_seconds_max)


def require(tool, probe=None):
    if not shutil.which(tool):
        raise Skipped(f"there is no {tool} here")
    if probe and subprocess.run(probe, capture_output=True, stdin=subprocess.DEVNULL).returncode:
        raise Skipped(f"not allowed here: {' '.join(probe)}")


def in_namespace(command):
    return ["unshare", "--mount", "--map-root-user", "sh", "-ec", command]
