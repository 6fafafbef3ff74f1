#!/usr/bin/env python3
"""What a machine, its user and the scripts themselves do to pawl, each once and always alike
(test/faults/README.md has the list): odd names, other people's directories, standard streams that
are not there, scripts that write into what they import, locks that somebody left, Pythons that
change. test/faults/ does by chance and often what is here done once.

    local_faults.py --bin DIR
"""

import fcntl
import os
import pathlib
import re
import shutil
import stat
import subprocess
import time
import unittest

from arguments import test_arguments
from world import World

index = """\
release alpha 1.0
  requires beta
  script alpha = alpha:main
  file alpha/__init__.py
  | value = 1
  | def main(): print("program", value)
release beta 1.0
release gamma 1.0
release runner 1.0
  file runner.pth
  | import os; open(os.environ["MARK"], "a").write("pth")
  file sitecustomize.py
  | import os; open(os.environ["MARK"], "a").write("site")
  file runner/__init__.py
  | value = 2
  file runner/__pycache__/__init__.cpython-312.pyc
  | not what Python has made
"""
script = """\
# /// script
# requires-python = ">=3.8"
# dependencies = [{}]
# ///
import alpha, os, pathlib, sys
"""
job = script.format('"alpha"') + 'print("ran", alpha.value, sys.argv[1:])\n'
damaged, refused, disk, environment = 102, 103, 107, 109


class Case(unittest.TestCase):
    def setUp(self):
        self.world = World(binaries, index)
        self.world.write("job.py", job)
        self.must("lock", "-q", "job.py")

    def tearDown(self):
        self.world.close()

    def must(self, *words, code=0, **options):
        got, out, err = self.world.pawl(*words, **options)
        self.assertEqual(got, code, (words, out, err))
        return out if code == 0 else err


class OddNames(Case):
    """F-66."""

    # Each has what a shell or a launcher's first line would take for something else.
    works = ["quote's \" both", "$(touch evil) `touch evil`;touch evil&touch evil",
             "new\nline\ttab:", "#hash %20 *?[x]{y}~!é€", "-dash" + "x" * 200]
    is_usage = [b"not\xff\xfeUTF-8", b"back\\slash"]  # Python's own files could not name these

    def commands(self, name):
        """In a directory of that name, with the cache, HOME and the script below it."""
        place = os.path.join(os.fsencode(self.world.root), name)
        os.mkdir(place)
        path = os.path.join(place, name + b".py")
        pathlib.Path(os.fsdecode(path)).write_text(job)
        variables = {os.fsencode(key): os.fsencode(value)
                     for key, value in self.world.environment().items()}
        variables.update({b"PAWL_CACHE_DIR": place + b"/cache", b"HOME": place + b"/home"})

        def run(*words):
            done = subprocess.run(words, cwd=place, env=variables, capture_output=True, timeout=120)
            self.assertIsNone(re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", done.stderr), done.stderr)
            return done.returncode, done.stdout

        return place, run

    def test_what_every_file_system_takes_works(self):
        program = os.fsencode(self.world.binaries / "pawl")
        for name in map(os.fsencode, self.works):
            with self.subTest(name):
                place, run = self.commands(name)
                file = b"./" + name + b".py"
                self.assertEqual(run(program, b"lock", b"-q", file), (0, b""))
                for _ in "slow", "by stamp":
                    self.assertEqual(run(program, b"run", file, b"a b"), (0, b"ran 1 ['a b']\n"))
                self.assertEqual(run(program, b"lock", b"-q", b"--embed", file)[0], 0)
                self.assertEqual(run(program, b"install", b"-q", b"alpha", b"--target", b"./lib"),
                                 (0, b""))
                self.assertEqual(run(program, b"tool", b"install", b"-q", b"alpha")[0], 0)
                self.assertEqual(run(place + b"/home/.local/bin/alpha"), (0, b"program 1\n"))
                self.assertEqual(run(program, b"cache", b"verify", b"-q"), (0, b""))

    def test_what_python_cannot_name_is_refused(self):
        program = os.fsencode(self.world.binaries / "pawl")
        for name in self.is_usage:
            with self.subTest(name):
                place, run = self.commands(name)
                file = b"./" + name + b".py"
                self.assertEqual(run(program, b"lock", b"-q", file), (0, b""))
                self.assertEqual(run(program, b"run", file)[0], 2)
                self.assertEqual(run(program, b"tool", b"install", b"-q", b"alpha")[0], 2)
                self.assertEqual(os.listdir(place + b"/cache/envs")
                                 if os.path.exists(place + b"/cache/envs") else [], [])

    def test_a_path_of_4000_bytes(self):
        place = os.path.realpath(self.world.root)
        while len(place) < 3800:
            place += "/" + "y" * 190
            os.mkdir(place)
        shutil.copy(self.world.directory / "job.py", place)
        code, out, err = self.world.run(self.world.binaries / "pawl", "run", "job.py",
                                        directory=place)
        self.assertEqual((code, out), (0, "ran 1 []\n"), err)
        code, out, err = self.world.pawl("install", "-q", "alpha", "--target", place + "/lib")
        self.assertIn(code, (0, 2, 100, disk), err)

    def tearDown(self):
        for _, directories, files in os.walk(os.fsencode(self.world.root)):
            self.assertNotIn(b"evil", directories + files, "a shell has read a name")
        super().tearDown()


class OtherPeople(Case):
    """F-63."""

    def test_nothing_that_others_may_write_to(self):
        for mask in ("000", "077"):
            before = self.writable()
            for words in (["lock", "-q", "--embed", "job.py"], ["lock", "-q", "--beside", "job.py"],
                          ["run", "job.py"], ["install", "-q", "alpha", "--target", "lib" + mask],
                          ["tool", "install", "-q", "--reinstall", "alpha"]):
                code, _, err = self.world.run("sh", "-c", f'umask {mask}; exec pawl "$@"', "sh",
                                              *words)
                self.assertEqual(code, 0, err)
            self.assertEqual(self.writable(), before)

    def writable(self):
        modes = {path: path.lstat().st_mode for path in self.world.root.rglob("*")}
        return [path for path, mode in modes.items() if not stat.S_ISLNK(mode) and mode & 0o022]

    def test_a_cache_that_others_may_change_runs_nothing(self):
        """Nor does a stamp in it."""
        self.must("run", "job.py")
        spoil = {"a mode": lambda path: path.chmod(0o777)}
        if os.geteuid() == 0:
            spoil["an owner"] = lambda path: os.chown(path, 12345, 12345)
        for what, do in spoil.items():
            for part in ("", "tmp"):
                with self.subTest(f"{what} of cache/{part}"):
                    path = self.world.cache / part
                    do(path)
                    err = self.must("run", "--with", "gamma", "job.py", code=refused)
                    self.assertIn(str(path), err)
                    if not part:
                        self.must("run", "job.py", code=refused)
                    path.chmod(0o700)
                    os.chown(path, os.geteuid(), os.getegid())


class Streams(Case):
    """F-76, F-80."""

    def shell(self, command, **variables):
        return self.world.run("sh", "-c", command, env=self.world.environment(**variables))

    def test_what_cannot_be_printed_is_an_error(self):
        for command in ("pawl --help", "pawl --version", "pawl lock --help", "pawl cache dir",
                        "pawl tree job.py"):
            with self.subTest(command):
                code, _, err = self.shell(command + " > /dev/full")
                self.assertEqual(code, disk)
                self.assertIn("No space left", err)

    def test_closed_streams_are_nobodys_files(self):
        """Else the next file that is opened would be taken for stdout or stderr."""
        for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            with self.subTest(closed):
                shutil.rmtree(self.world.cache, ignore_errors=True)
                for _ in "slow", "by stamp":
                    code, out, err = self.shell(f"pawl run job.py {closed}; echo $? > code")
                    self.assertEqual((self.world.directory / "code").read_text(), "0\n", err)
                code, out, err = self.shell(f"pawl run missing.py {closed}; echo $? > code")
                self.assertEqual((self.world.directory / "code").read_text(), "2\n", err)
                self.must("cache", "verify", "-q")
                for words in "cache dir", "--version", "tree job.py":
                    self.shell(f"pawl {words} {closed}; echo $? > code")
                    is_lost = ">&-" in closed.split()
                    self.assertEqual((self.world.directory / "code").read_text(),
                                     f"{disk if is_lost else 0}\n")

    def test_surroundings(self):
        kept = {name: os.environ[name] for name in ("PATH",)}
        places = {"PAWL_CACHE_DIR": str(self.world.cache), "PAWL_INDEX_URL": self.world.index}
        for variables in ({}, {"LC_ALL": "C"}, {"LANG": "xx_YY.nothing", "LC_ALL": "xx_YY.nothing"},
                          {"TMPDIR": "/nowhere"}, {"HOME": "/nowhere"}, {"HOME": "relative"},
                          {"NO_COLOR": "1", "TERM": "xterm"}):
            for words in (["run", "job.py"], ["lock", "-q", "job.py"], ["tree", "job.py"],
                          ["install", "-q", "gamma", "--target", "lib"]):
                with self.subTest((variables, words)):
                    shutil.rmtree(self.world.cache, ignore_errors=True)
                    code, out, err = self.world.pawl(*words, env={**kept, **places, **variables})
                    self.assertEqual(code, 0, err)
                    self.assertTrue(err.isascii())
                    self.assertTrue(out.isascii() or variables.get("LC_ALL") != "C", out)

    def test_a_terminal_without_a_name_gets_no_colours(self):
        for term in ("", "dumb"):
            code, out = self.world.on_terminal(
                ["sh", "-c", f"stty cols 10; TERM={term} pawl lock missing.py"])
            self.assertEqual((code, "\x1b" in out), (2, False), out)

    def test_arguments_that_are_no_text(self):
        for words in ([b"run", b"\xff.py"], [b"\xff"], [b"add", b"job.py", b"\xff"], [b"--\xff"],
                      [b"run", b"--with", b"\xff", b"job.py"], [b"cache", b"\xff"], [b""]):
            with self.subTest(words):
                done = subprocess.run([os.fsencode(self.world.binaries / "pawl"), *words],
                                      cwd=self.world.directory, env=self.world.environment(),
                                      capture_output=True, timeout=120)
                self.assertIn(done.returncode, (2, 100))
                self.assertTrue(done.stderr.isascii(), done.stderr)


class Jobs(Case):
    """F-77: what a script does to what it imports, and what the next environment is like."""

    use = script.format('"alpha", "gamma"') + "print(alpha.value, hasattr(alpha, 'evil'))\n"
    harms = {
        "appends": "path.chmod(0o644); path.write_text(path.read_text() + 'evil = 1\\n')",
        "writes": "path.chmod(0o644); path.write_text('raise SystemExit(9)')",
        "cuts": "path.chmod(0o644); os.truncate(path, 0)",
        "removes": "path.unlink()",
        "removes all": "[file.unlink() for file in path.parent.iterdir() if file.is_file()]",
        "adds": "(path.parent / 'evil.py').write_text('evil = 1')",
        "changes modes": "path.chmod(0)",
        "lets others write": "path.chmod(0o666)",
    }

    def test_the_next_environment_is_unharmed(self):
        self.world.write("use.py", self.use)
        for name, harm in self.harms.items():
            with self.subTest(name):
                shutil.rmtree(self.world.cache, ignore_errors=True)
                self.must("run", "job.py")
                # The store is read-only; root and the modes' owner can do it all the same.
                self.world.write("harm.py", script.format('"alpha"') +
                                 "path = pathlib.Path(os.path.realpath(alpha.__file__))\n"
                                 "path.parent.chmod(0o755)\n" + harm + "\n")
                self.must("run", "harm.py")
                self.assertEqual(self.must("run", "use.py"), "1 False\n")
                self.must("cache", "verify", "-q")

    def test_bytecode_of_another_hand_is_replaced_when_it_is_compiled(self):
        self.world.write("harm.py", script.format('"alpha"') + """
import importlib.util
path = pathlib.Path(importlib.util.cache_from_source(os.path.realpath(alpha.__file__)))
path.parent.parent.chmod(0o755)
path.parent.mkdir(exist_ok=True)
path.parent.chmod(0o755)
path.unlink(missing_ok=True)
path.write_bytes(b"of another hand")
""")
        # What compiles in the background has to wait until the script has done its harm.
        self.must("install", "-q", "alpha", "--target", "lib")
        wheels = list(self.world.cache.glob("wheels/*"))
        self.assertEqual(len(wheels), 2)
        held = [open(wheel / "work.lock", "a") for wheel in wheels]
        for file in held:
            fcntl.flock(file, fcntl.LOCK_EX)
        self.must("run", "harm.py")
        planted = list(self.world.cache.glob("wheels/*/files/alpha/__pycache__/*.pyc"))
        self.assertEqual([path.read_bytes() for path in planted], [b"of another hand"])
        for file in held:
            file.close()
        deadline = time.monotonic() + 150  # it has the lowest priority
        while not all(list((wheel / "marks").glob("compiled-*")) for wheel in wheels):
            self.assertLess(time.monotonic(), deadline, "was not compiled in time")
            time.sleep(0.1)
        for path in self.world.cache.glob("wheels/*/files/alpha/__pycache__/*.pyc"):
            self.assertNotEqual(path.read_bytes(), b"of another hand")
        self.must("cache", "verify", "-q")

    def test_its_own_environment_is_mended_by_verify(self):
        """A run looks at no file of an environment that is there: verify does."""
        self.must("run", "job.py")
        for name, harm in {
                "a .pth": "(site / 'evil.pth').write_text('import os; os._exit(9)')",
                "a missing package": "os.remove(site / 'alpha') if (site / 'alpha').is_symlink() "
                                     "else __import__('shutil').rmtree(site / 'alpha')",
                "pyvenv.cfg": "(pathlib.Path(sys.prefix) / 'pyvenv.cfg').unlink()"}.items():
            with self.subTest(name):
                self.world.write("harm.py", script.format('"alpha"') +
                                 "site = pathlib.Path(alpha.__file__).parent.parent\n"
                                 "site.chmod(0o755)\n" + harm + "\n")
                self.must("run", "harm.py")
                self.must("cache", "verify", "-q", code=damaged)
                self.must("cache", "verify", "-q", "--repair")
                self.assertEqual(self.must("run", "job.py"), "ran 1 []\n")


class Packages(Case):
    """F-14, F-16."""

    def test_what_runs_by_itself_does_not_run_while_it_is_installed(self):
        mark = self.world.directory / "mark"
        variables = self.world.environment(MARK=str(mark))
        for target in (["--target", "lib"], ["--python", "venv"]):
            if "venv" in target:
                subprocess.run(["python3", "-m", "venv", "--without-pip",
                                self.world.directory / "venv"], check=True)
            code, _, err = self.world.pawl("install", "runner", *target, env=variables)
            self.assertEqual(code, 0, err)
            self.assertIn("runner.pth", err)
            self.assertIn("sitecustomize.py", err)
            self.must("install", "gamma", *target, env=variables)
        self.assertFalse(mark.exists())
        # Nothing is left of it by chance: Python itself runs them.
        self.assertEqual(list(self.world.directory.glob("venv/lib/*/*/runner/__pycache__")), [])
        subprocess.run([self.world.directory / "venv/bin/python", "-c", ""], env=variables,
                       check=True)
        self.assertTrue(mark.exists())

    def test_a_record_that_names_what_others_own(self):
        victim = self.world.write("victim.txt", "precious")
        self.world.write("gamma.in", "gamma\n")
        self.must("lock", "-q", "-r", "gamma.in", "-o", "pylock.gamma.toml")
        self.must("install", "-q", "alpha", "gamma", "--target", "lib")
        record = next(self.world.directory.glob("lib/alpha-*.dist-info/RECORD"))
        gamma = self.world.directory / "lib/gamma/__init__.py"
        text = record.read_text() + f"gamma/__init__.py,,\n../victim.txt,,\n{victim},,\n"
        record.unlink()
        record.write_text(text)
        self.must("install", "-q", "pylock.gamma.toml", "--target", "lib")
        self.assertFalse((self.world.directory / "lib/alpha").exists())
        self.assertEqual(victim.read_text(), "precious")
        self.assertTrue(gamma.exists(), "it is gamma's")


class Locks(Case):
    """F-79: a lock is what the kernel holds, not what stands in a file."""

    def test_files_that_died_processes_left(self):
        self.world.cache.mkdir(mode=0o700, exist_ok=True)
        (self.world.cache / "use.lock").write_text("4194304\n")
        tools = self.world.root / "home/.local/share/pawl/tools"
        tools.mkdir(parents=True)
        (tools / ".lock").write_text("pid 1\n")
        self.must("run", "job.py")
        self.must("tool", "install", "-q", "alpha")
        for wheel in self.world.cache.glob("wheels/*"):
            (wheel / "work.lock").write_text("1")
        self.must("run", "--with", "gamma", "job.py")

    def test_a_lock_that_somebody_removes(self):
        self.must("run", "job.py")
        with open(self.world.cache / "use.lock") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            (self.world.cache / "use.lock").unlink()
            self.must("install", "-q", "alpha", "--target", "lib")

    def test_prune_takes_nothing_while_somebody_installs(self):
        self.must("install", "-q", "alpha", "--target", "lib")
        with open(self.world.cache / "use.lock") as held:
            fcntl.flock(held, fcntl.LOCK_SH)
            err = self.must("cache", "clean")
            self.assertEqual(len(list(self.world.cache.glob("wheels/*"))), 2, err)
        self.must("cache", "clean")
        self.assertEqual(list(self.world.cache.glob("wheels/*")), [])

    def test_a_damaged_list_lets_no_wheel_go(self):
        """What an environment needs is not known then: it goes first, or all wheels stay."""
        self.must("run", "job.py")
        path = next(self.world.cache.glob("envs/*/.pawl-wheels"))
        path.chmod(0o644)
        path.write_text(re.sub(r"[0-9a-f]{64}\n", "0" * 64 + "\n", path.read_text()))
        held = os.open(path.parent, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_SH)  # as a script that runs in it
        self.must("cache", "prune", code=damaged)
        self.assertEqual(len(list(self.world.cache.glob("wheels/*"))), 2)
        os.close(held)
        self.must("cache", "prune")
        self.assertEqual(list(self.world.cache.glob("envs/*")), [])
        self.assertEqual(self.must("run", "job.py"), "ran 1 []\n")


class Pythons(Case):
    """F-74; python_test.cc has those that hang, die and babble."""

    noisy = "#!/bin/sh\necho noise; echo noise >&2\nexec {} \"$@\"\n"

    def test_noise_at_the_start_is_passed_over(self):
        real = self.must("python", "find").strip()
        path = self.world.write("bin/python3", self.noisy.format(real), 0o755)
        code, out, err = self.world.pawl("run", "--python", path, "job.py")
        self.assertTrue(out.endswith("ran 1 []\n"), (out, err))

    def test_what_cannot_be_started(self):
        for content, mode in (("#!/bin/sh\nexit 3\n", 0o755), ("\x7fELFbroken", 0o755),
                              ("", 0o755), ("#!/bin/sh\n", 0o644)):
            path = self.world.write("bin/python3", content, mode)
            self.must("run", "--python", path, "job.py", code=environment)

    def test_a_path_that_leads_to_another_python_later(self):
        """Also past a stamp."""
        found = {}
        for line in self.must("python", "list").splitlines():
            match = re.search(r"(\d+\.\d+)\.\d+ \((/[^)]+)\)$", line)
            if match and os.path.realpath(match[2]) not in map(os.path.realpath, found.values()):
                found.setdefault(match[1], match[2])
        if len(found) < 2:
            self.skipTest("ONE PYTHON ONLY: NOTHING CAN TAKE ITS PLACE")
        self.world.write("version.py", script.format('"alpha"') +
                         "print('%d.%d' % sys.version_info[:2])\n")
        self.must("lock", "-q", "version.py")
        link = self.world.directory / "python"
        for version, path in list(found.items())[:2] * 2:
            link.unlink(missing_ok=True)
            link.symlink_to(os.path.realpath(path))
            for _ in "slow", "by stamp":
                self.assertEqual(self.must("run", "--python", link, "version.py"), version + "\n")
        link.unlink()
        self.must("run", "--python", link, "version.py", code=environment)


binaries, words = test_arguments()
unittest.main(argv=words)
