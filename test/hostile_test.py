#!/usr/bin/env python3
"""Scripts, locks and directories that are not what they seem: what is no file, names like options,
neighbours that want to be run or read, files that change while pawl works on them
(test/faults/README.md: F-34, F-36, F-40 to F-44).

    hostile_test.py --bin DIR
"""

import hashlib
import itertools
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import sys
import time
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "exchange"))
import git_server
from arguments import test_arguments
from world import World

world = """\
release alpha 1.0
release beta 1.0
index second
release alpha 2.0
"""
script = "import alpha\nprint('alpha', alpha.__version__)\n"
backend = """\
import pathlib, tomllib, zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    version = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]["version"]
    info, name = f"gadget-{version}.dist-info", f"gadget-{version}-py3-none-any.whl"
    metadata = f"Metadata-Version: 2.1\\nName: gadget\\nVersion: {version}\\n"
    with zipfile.ZipFile(pathlib.Path(directory) / name, "w") as wheel:
        wheel.writestr(f"{info}/METADATA", metadata)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", f"{info}/METADATA,,\\n{info}/WHEEL,,\\n{info}/RECORD,,\\n")
    return name
"""
uv_lock = """\
version = 1
requires-python = ">=3.8"

[[package]]
name = "alpha"
version = "1.0"
source = {{ registry = "{index}" }}
wheels = [{{ url = "{file}", hash = "sha256:{sha256}" }}]

[[package]]
name = "job"
version = "0"
source = {{ virtual = "." }}
dependencies = [{{ name = "alpha" }}]
"""
somebody = 54321  # the id of a user who is not us


class Hostile(unittest.TestCase):
    def setUp(self):
        self.world = World(binaries, world)
        self.place = self.world.directory

    def tearDown(self):
        self.world.close()

    def pawl(self, *words, code=0, **options):
        got, out, err = self.world.pawl(*words, **options)
        self.assertEqual(got, code, f"{words}: {out}{err}")
        self.assertNotRegex(out + err, r"[\x00-\x08\x0b-\x1f\x7f]")
        return out, err

    def listing(self):
        return sorted(str(path.relative_to(self.place)) for path in self.place.rglob("*"))

    # --- what is no file --------------------------------------------------------------------------

    def test_what_is_no_file_is_never_waited_for(self):
        os.mkfifo(self.place / "pipe.py")
        (self.place / "folder.py").mkdir()
        (self.place / "nowhere.py").symlink_to("absent")
        (self.place / "one.py").symlink_to("other.py")
        (self.place / "other.py").symlink_to("one.py")
        (self.place / "device.py").symlink_to("/dev/zero")
        with open(self.place / "huge.py", "wb") as file:
            file.truncate(2 << 30)
        before = self.listing()
        for name in ("pipe.py", "folder.py", "nowhere.py", "one.py", "device.py", "huge.py"):
            for words in (["run"], ["lock"], ["lock", "--embed"], ["lock", "--check"], ["imports"],
                          ["add"], ["tree"], ["validate"]):
                more = ["alpha"] if words == ["add"] else []
                code, out, err = self.world.pawl(*words, name, *more)
                self.assertIn(code, (1, 2, 100), f"{words} {name}: {out}{err}")
                self.assertTrue(err.startswith("error:") or "error:" in out, f"{words} {name}: {err}")
        self.assertEqual(self.listing(), before)

    def test_locks_and_settings_that_are_no_files(self):
        self.world.write("job.py", script)
        for name in ("pylock.job.toml", "pawl.toml"):
            for make in (os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path)):
                make(self.place / name)
                for words in (["run", "job.py"], ["lock", "job.py"], ["lock", "--check", "job.py"]):
                    _, err = self.pawl(*words, code=100)
                    self.assertIn(name, err)
                path = self.place / name
                path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        self.pawl("run", "job.py")

    def test_names_that_look_like_something_else(self):
        for name in ("-v.py", "--help.py", "a\nb.py", "\x1b[31mred.py", "$(touch x).py", "a b'\".py",
                     "`touch x`.py", "ü.py", "..py"):
            with self.subTest(name=name):
                self.world.write(name, script)
                out, _ = self.pawl("run", "--", name)
                self.assertEqual(out, "alpha 1.0\n")
                self.pawl("lock", "--", name)
                self.pawl("lock", "--check", "--", name)
                self.assertEqual(self.pawl("run", "--locked", "--", name)[0], "alpha 1.0\n")
        self.assertFalse((self.place / "x").exists())

    def test_a_script_that_goes_while_it_runs(self):
        self.world.write("job.py", "import os, alpha\nos.remove(__file__)\nprint('gone')\n")
        self.assertEqual(self.pawl("run", "job.py")[0], "gone\n")
        self.pawl("run", "job.py", code=2)

    # --- who changes it meanwhile -----------------------------------------------------------------

    def changed_meanwhile(self, *words):
        """Somebody saves the script while pawl waits for the index."""
        self.world.server.send_signal(signal.SIGSTOP)
        process = self.world.start([binaries / "pawl", *words])
        try:
            deadline = time.monotonic() + 120
            while not self.is_index_asked():
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.02)
            with open(self.place / "job.py", "a") as file:
                file.write("print('saved meanwhile')\n")
            saved = (self.place / "job.py").read_bytes()
        finally:
            self.world.server.send_signal(signal.SIGCONT)
        _, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 108, err)
        self.assertIn(b"changed while pawl worked on it", err)
        self.assertEqual((self.place / "job.py").read_bytes(), saved)
        self.assertEqual(self.listing(), ["job.py"])
        self.pawl(*words)
        self.assertIn("saved meanwhile", (self.place / "job.py").read_text())

    def is_index_asked(self):
        """The kernel's list of connections says so: one to the index's port is established."""
        port = f":{int(self.world.index.rsplit(':', 1)[1].split('/')[0]):04X}"
        with open("/proc/net/tcp") as table:
            return any(line.split()[2].endswith(port) and line.split()[3] == "01"
                       for line in table.readlines()[1:])

    def test_add_loses_nothing_that_is_saved_meanwhile(self):
        self.world.write("job.py", "# /// script\n# dependencies = []\n# ///\n")
        self.changed_meanwhile("add", "job.py", "alpha")

    def test_an_embedded_lock_loses_nothing_that_is_saved_meanwhile(self):
        self.world.write("job.py", script)
        self.changed_meanwhile("lock", "--embed", "job.py")

    def test_what_is_rewritten_keeps_its_mode_and_owner(self):
        for words in (["add", "job.py", "beta"], ["lock", "--embed", "job.py"],
                      ["lock", "--beside", "job.py"], ["imports", "--write", "job.py"]):
            with self.subTest(words):
                path = self.world.write("job.py", script, mode=0o754)
                if os.geteuid() == 0:
                    os.chown(path, somebody, somebody)
                self.pawl(*words)
                found = path.stat()
                self.assertEqual(stat.S_IMODE(found.st_mode), 0o754)
                if os.geteuid() == 0:
                    self.assertEqual((found.st_uid, found.st_gid), (somebody, somebody))

    # --- locks ------------------------------------------------------------------------------------

    def test_a_lock_that_is_a_link_is_not_written_through(self):
        self.world.write("job.py", script)
        self.pawl("lock", "job.py", "-o", "victim.toml")
        victim = (self.place / "victim.toml").read_bytes()
        self.world.write("job.py", script + "import beta\n")
        for target in ("victim.toml", "absent.toml"):
            with self.subTest(target):
                lock = self.place / "pylock.job.toml"
                lock.symlink_to(target)
                self.pawl("lock", "job.py")
                self.assertFalse(lock.is_symlink())
                self.assertIn("beta", lock.read_text())
                lock.unlink()
        self.assertEqual((self.place / "victim.toml").read_bytes(), victim)
        self.assertFalse((self.place / "absent.toml").exists())

    def test_what_is_written_survives_what_happens_to_its_writer(self):
        """Every call that changes the disk is the last one once, and fails once: the lock and the
        script are the old ones or the new ones, byte for byte."""
        if "PAWL_SANITIZED" in os.environ:
            self.skipTest("A SANITIZER DOES NOT LIVE WITH STRACE")
        traced = ["strace", "-f", "-o", "/dev/null"]
        if not shutil.which("strace") or subprocess.run([*traced, "true"]).returncode:
            self.skipTest("THERE IS NO STRACE TO BREAK SYSTEM CALLS WITH")
        files = [self.place / "job.py", self.place / "pylock.job.toml"]

        def content():
            return [path.read_bytes() for path in files]

        self.world.write("job.py", "# /// script\n# dependencies = ['alpha']\n# ///\nimport alpha\n")
        self.pawl("lock", "job.py")
        first = content()
        self.pawl("add", "job.py", "beta")
        last, kept = content(), self.listing()
        outcomes = set()
        for words, old in ((["add", "job.py", "beta"], first),
                           (["lock", "job.py"], [last[0], first[1]])):
            for call, fault, number in itertools.product(
                    ("rename,renameat2", "fsync", "fchmod"),
                    ("signal=KILL", "error=ENOSPC", "error=EIO"), (1, 2)):
                for path, was in zip(files, old):
                    path.write_bytes(was)
                code, out, err = self.world.run(
                    *traced, "-e", f"inject={call}:{fault}:when={number}", binaries / "pawl", *words)
                what = f"{words} {call} {fault} {number}: {code} {out}{err}"
                self.assertIn(code, (0, 107, 137, -9), what)
                for now, was, then in zip(content(), old, last):
                    self.assertIn(now, (was, then), what)
                outcomes.add(code)
                for path in self.place.glob(".pawl-*.tmp"):  # of who was killed
                    path.unlink()
            self.assertEqual(self.listing(), kept)
            self.pawl(*words)
            self.assertEqual(content(), last)
        self.assertIn(107, outcomes)
        self.assertTrue(outcomes & {137, -9}, outcomes)

    def test_a_lock_that_may_not_be_written_is(self):
        """Its directory decides, as everywhere: the file is replaced, and stays as it was else."""
        self.world.write("job.py", script)
        self.pawl("lock", "job.py")
        lock = self.place / "pylock.job.toml"
        lock.chmod(0o444)
        self.world.write("job.py", script + "import beta\n")
        self.pawl("lock", "job.py")
        self.assertIn("beta", lock.read_text())
        self.assertEqual(stat.S_IMODE(lock.stat().st_mode), 0o444)

    def test_an_entry_of_uv_whose_file_is_anothers_is_refused(self):
        def digest(name):
            with urllib.request.urlopen(f"{files}/{name}") as answer:
                return hashlib.sha256(answer.read()).hexdigest()

        files = self.world.index.replace("/simple/", "/files")
        for file, code in (("alpha-1.0", 0), ("beta-1.0", 100), ("alpha-2.0", 100)):
            with self.subTest(file):
                name = f"{file}-py3-none-any.whl"
                self.world.write("uv.lock", uv_lock.format(
                    index=self.world.index, file=f"{files}/{name}", sha256=digest(name)))
                self.pawl("convert", "uv.lock", "pylock.toml")
                self.pawl("install", "pylock.toml", "--target", "lib", code=code)
                self.assertEqual((self.place / "lib/alpha").exists(), code == 0)
                self.assertFalse((self.place / "lib/beta").exists())
                for path in ("lib", "pylock.toml"):
                    subprocess.run(["rm", "-rf", self.place / path], check=True)

    # --- inline metadata --------------------------------------------------------------------------

    def test_metadata_that_cannot_be_read_is_said_with_its_line(self):
        head, good, end = b"# /// script\n", b"# dependencies = ['alpha']\n", b"# ///\n"
        cases = {
            "never closed": (head + good, 1),
            "twice": (head + good + end + b"\n" + head + good + end, 5),
            "a tab": (head + b"#\tdependencies = []\n" + end, 1),
            "no TOML": (head + b"# dependencies = [\n" + end, 2),
            "a key twice": (head + good + good + end, 3),
            "no text": (head + b"# name = '\xff'\n" + end, 2),
            "no requirement": (head + b"# dependencies = ['al pha']\n" + end, 2),
            "deep": (head + b"# a = " + b"[" * 100_000 + b"\n" + end, 2),
            "NUL": (head + b"# a = '\0'\n" + end, 2),
        }
        for what, (text, line) in cases.items():
            for before in (b"", b"#!/usr/bin/env python3\n\n"):
                self.world.write("job.py", before + text)
                for words in (["lock", "job.py"], ["run", "job.py"], ["add", "job.py", "beta"],
                              ["lock", "--embed", "job.py"]):
                    with self.subTest(what=what, before=before, words=words):
                        _, err = self.pawl(*words, code=100)
                        self.assertIn(f"job.py:{line + before.count(10)}", err)
                        self.assertEqual((self.place / "job.py").read_bytes(), before + text)
        self.assertEqual(self.listing(), ["job.py"])

    def test_metadata_that_only_looks_odd_is_read(self):
        head, rest = b"# /// script\n", b"import alpha\nprint('alpha', alpha.__version__)\n"
        body = b"# dependencies = ['alpha']\n# ///\n"
        long = b"# # " + b"x" * 76 + b"\n"
        for what, text in {
            "CRLF": (head + body + rest).replace(b"\n", b"\r\n"),
            "BOM": b"\xef\xbb\xbf" + head + body + rest,
            "10 MB": head + long * 130_000 + body + rest,
            "in a text": b'"""\n' + head + body + b'"""\n' + rest,
        }.items():
            with self.subTest(what):
                self.world.write("job.py", text)
                self.assertEqual(self.pawl("run", "job.py")[0], "alpha 1.0\n")

    # --- neighbours -------------------------------------------------------------------------------

    def test_neighbours_are_neither_run_nor_read(self):
        marks = self.world.root / "marks"
        marks.mkdir()
        for module in ("re", "json", "ast", "site", "encodings", "sitecustomize", "usercustomize"):
            self.world.write(module + ".py", f"open({str(marks / module)!r}, 'w').close()\n")
        for program in ("python", "python3", "python3.11", "git", "sh"):
            self.world.write(program, f"#!/bin/sh\ntouch {marks / program}\n", mode=0o755)
        elsewhere = "http://127.0.0.1:9/simple/"
        settings = f'[tool.pawl]\nindex-url = "{elsewhere}"\n[[tool.uv.index]]\nurl = "{elsewhere}"\n'
        for directory in ("", "inner/"):
            self.world.write(directory + "pyproject.toml", settings)
            self.world.write(directory + ".env", f"PAWL_INDEX_URL={elsewhere}\n")
            self.world.write(directory + "pip.conf", f"[global]\nindex-url = {elsewhere}\n")
            self.world.write(directory + "uv.toml", f'index-url = "{elsewhere}"\n')
            self.world.write(directory + "setup.cfg", f"[easy_install]\nindex_url = {elsewhere}\n")
            self.world.write(directory + ".python-version", "3.1\n")
        self.world.write("inner/job.py", script)
        variables = self.world.environment()
        variables["PATH"] = f".::relative:{variables['PATH']}:."
        for words in (["lock", "inner/job.py"], ["lock", "--check", "inner/job.py"],
                      ["run", "inner/job.py"], ["imports", "inner/job.py"], ["python", "list"],
                      ["install", "alpha", "--target", "lib"]):
            out, _ = self.pawl(*words, env=variables)
            if words[0] == "run":
                self.assertEqual(out, "alpha 1.0\n")
        self.assertEqual(list(marks.iterdir()), [])

    def test_settings_of_others_steer_nothing(self):
        if os.geteuid() != 0:
            self.skipTest("ONLY ROOT CAN MAKE FILES OF OTHERS")
        self.world.write("inner/job.py", script)
        planted = self.world.write("pawl.toml", 'index-url = "http://127.0.0.1:9/simple/"\n')
        variables = self.world.environment()
        url = variables.pop("PAWL_INDEX_URL")
        self.pawl("lock", "inner/job.py", code=105, env=variables)  # ours counts
        os.chown(planted, somebody, somebody)
        own = self.world.write("inner/own.txt", "")
        self.pawl("lock", "inner/job.py", "--index-url", url, env=variables)
        (self.place / "inner/pylock.job.toml").unlink()
        variables["PAWL_INDEX_URL"] = url
        self.pawl("lock", "inner/job.py", env=variables)
        # With the directory of somebody who put it there.
        os.chown(self.place, somebody, somebody)
        (self.place / "inner/pylock.job.toml").unlink()
        own.unlink()
        self.pawl("lock", "inner/job.py", env=variables)

    # --- git --------------------------------------------------------------------------------------

    def git(self, *words):
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", *identity, *words], cwd=self.place / "repository", check=True,
                       capture_output=True)

    def test_a_branch_that_moves_does_not_move_a_lock(self):
        if not shutil.which("git"):
            self.skipTest("THERE IS NO GIT")
        project = ('[project]\nname = "gadget"\nversion = "{}"\n[build-system]\nrequires = []\n'
                   'build-backend = "backend"\nbackend-path = ["."]\n')
        self.world.write("repository/backend.py", backend)
        self.world.write("repository/pyproject.toml", project.format("1.0"))
        self.git("init", "-q", "-b", "main")
        self.git("add", ".")
        self.git("commit", "-qm", "one")
        address = git_server.serve(self.place) + "/repository/.git"
        self.world.write("all.in", f"gadget @ git+{address}@main\n")
        self.pawl("lock", "-r", "all.in", "-o", "pylock.toml")
        self.world.write("repository/pyproject.toml", project.format("2.0"))
        self.git("commit", "-qam", "two")
        for version in ("1.0", "2.0"):
            self.pawl("install", "pylock.toml", "--target", "lib")
            self.assertEqual([path.name for path in self.place.glob("lib/*.dist-info")],
                             [f"gadget-{version}.dist-info"])
            self.pawl("lock", "--upgrade", "-r", "all.in", "-o", "pylock.toml")

    def test_addresses_of_repositories_that_are_more_than_that(self):
        ran = self.place / "ran"
        for source in ("git+ext::sh -c touch% ran", "git+ext::sh%20-c%20touch%%20ran",
                       f"git+file://{self.place}/x@--upload-pack=touch%20{ran}",
                       "git+https://example.org/x@-q", "git+ssh://-oProxyCommand=touch%20ran/x",
                       "git+https://example.org/x@a\u2028b", "git+https://example.org/x@a%0ab",
                       "git+-u./ran"):
            with self.subTest(source):
                self.world.write("all.in", f"gadget @ {source}\n")
                code, out, err = self.world.pawl("lock", "-r", "all.in")
                self.assertIn(code, (100, 103), f"{source}: {out}{err}")
                self.assertFalse(ran.exists())


binaries, words = test_arguments()
binaries = pathlib.Path(binaries).resolve()
unittest.main(argv=words)
