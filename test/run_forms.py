#!/usr/bin/env python3
"""`pawl run` in all its forms, on a pseudo-terminal and without one: arguments, standard input,
terminal, signals and exit code must be the program's own.

    run_forms.py --bin DIR [NAME…]      only tests whose name contains one of the names
"""

import hashlib
import json
import os
import shutil
import signal
import ssl
import sys
import unittest
import zipfile

from arguments import test_arguments
from support.loopback import make_certificates
from world import WebServer, World

index = """\
release alpha 1.0
release alpha 2.0
release module-tool 1.0
  file module_tool.py
  | {program}
"""

# Says all that a program can see of how it was started, reads one line, and waits for a signal when
# it is told to.
program = """\
import os, signal, sys, time
print("arguments", sys.argv[1:])
print("process", os.getpid())
print("terminal", sys.stdin.isatty(), sys.stdout.isatty(), flush=True)
line = sys.stdin.readline().strip()
print("line", line, flush=True)
if line == "wait":
    try:
        print("waiting", flush=True)
        for _ in range(600):
            time.sleep(0.1)  # short: a signal just before a sleep begins is seen after it
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        sys.exit(9)
sys.exit(7)
"""
needing = "import alpha  # pin: alpha\n" + program + "# alpha\n"


def notebook(*cells):
    return json.dumps({
        "nbformat": 4, "nbformat_minor": 5, "metadata": {},
        "cells": [{"cell_type": "markdown", "source": "prose", "metadata": {}}] + [
            {"cell_type": "code", "source": cell.splitlines(True), "metadata": {},
             "outputs": [], "execution_count": None} for cell in cells],
    })


class Forms(unittest.TestCase):
    """One world for all, since a cache may be shared: that is how pawl is used."""

    @classmethod
    def setUpClass(cls):
        cls.world = world = World(binaries, index.format(program=program.replace("\n", "\n  | ")))
        cls.pawl = world.binaries / "pawl"
        world.write("file.py", needing)
        world.write("folder/__main__.py", "import near\n" + needing)
        world.write("folder/near.py", "import alpha  # pin: alpha\n")
        world.write("package/__init__.py", "")
        world.write("package/module.py", "from . import near\n" + needing)
        world.write("package/near.py", "import alpha  # pin: alpha\n")
        world.write("note.ipynb", notebook("import alpha  # pin: alpha", program))
        with zipfile.ZipFile(world.directory / "app.zip", "w") as archive:
            archive.writestr("__main__.py", "import near\n" + needing)
            archive.writestr("near.py", "import alpha  # pin: alpha\n")
        packed = (world.directory / "app.zip").read_bytes()
        world.write("app.pyz", b"#!/usr/bin/env python3\n" + packed)
        cls.web = WebServer(world.directory, {
            "/moved.py": "/file.py", "/away.py": "http://example.com/file.py"})

    @classmethod
    def tearDownClass(cls):
        cls.web.close()
        cls.world.close()

    def check(self, *words):
        """The form without a terminal, then on one; twice each, so that stamps are used, too."""
        for _ in range(2):
            self.check_piped(words)
            self.check_on_terminal(words)

    def check_piped(self, words):
        process = self.world.start([self.pawl, "run", *words, "one", "--help"])
        out, err = process.communicate(b"typed\nrest\n", timeout=120)
        lines = out.decode().splitlines()
        self.assertEqual(process.returncode, 7, (lines, err.decode()))
        self.assertEqual(lines[0], "arguments ['one', '--help']")
        self.assertEqual(lines[1], f"process {process.pid}", "the process has not been replaced")
        self.assertEqual(lines[2], "terminal False False")
        self.assertEqual(lines[3], "line typed")

        process = self.world.start([self.pawl, "run", *words])
        process.stdin.write(b"wait\n")
        process.stdin.flush()
        while process.stdout.readline() != b"waiting\n":
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, -signal.SIGTERM)

    def check_on_terminal(self, words):
        code, text = self.world.on_terminal(
            [self.pawl, "run", *words, "one"], [("True True", "wait\n"), ("waiting", "\x03")])
        self.assertEqual(code, 9, text)
        for expected in ("arguments ['one']", "terminal True True", "line wait", "interrupted"):
            self.assertIn(expected, text)

    def test_file(self):
        self.check("file.py")

    def test_folder(self):
        self.check("folder")

    def test_zip(self):
        self.check("app.zip")
        self.check("app.pyz")

    def test_module_of_this_directory(self):
        self.check("-m", "package.module")

    def test_module_of_a_project(self):
        self.check("-m", "module_tool")
        self.check("-mmodule_tool")

    def test_notebook(self):
        self.check("note.ipynb")

    def test_with(self):
        self.check("--with", "alpha<2", "file.py")

    def test_url(self):
        self.check("--yes", f"{self.web.url}/file.py")
        self.check("--yes", f"{self.web.url}/moved.py")
        digest = hashlib.sha256(needing.encode()).hexdigest()
        self.check("--sha256", digest, f"{self.web.url}/file.py")
        self.check("--yes", f"{self.web.url}/app.zip")
        self.check("--yes", f"{self.web.url}/note.ipynb")

    def test_url_needs_a_word(self):
        url = f"{self.web.url}/file.py"
        code, out, err = self.world.pawl("run", url)
        self.assertEqual((code, out), (104, ""), err)
        self.assertIn("--yes", err)
        code, out, err = self.world.pawl("run", "--sha256", "0" * 64, "--yes", url)
        self.assertEqual((code, out), (102, ""), err)
        code, text = self.world.on_terminal([self.pawl, "run", url], [("[y/N]", "n\n")])
        self.assertEqual(code, 104, text)
        self.assertNotIn("arguments", text)
        code, text = self.world.on_terminal(
            [self.pawl, "run", url, "x"], [("[y/N]", "y\n"), ("True True", "typed\n")])
        self.assertEqual(code, 7, text)
        self.assertIn("line typed", text)

    def test_url_that_leads_astray(self):
        for url, expected in ((f"{self.web.url}/away.py", 105), ("http://example.com/x.py", 104)):
            code, out, err = self.world.pawl("run", "--yes", url)
            self.assertEqual((code, out), (expected, ""), err)
            self.assertIn("plain http", err)

    def test_https_never_leads_to_http(self):
        """Not even to this machine, whose plain http is taken when the user names it himself."""
        if not shutil.which("openssl"):
            self.skipTest("there is no openssl to make certificates with")
        make_certificates(self.world.root, ["localhost"])
        web = WebServer(self.world.directory, {
            "/moved.py": "/file.py", "/down.py": f"{self.web.url}/file.py"})
        try:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.world.root / "localhost.pem")
            web.server.socket = context.wrap_socket(web.server.socket, server_side=True)
            url = f"https://localhost:{web.server.server_address[1]}"
            variables = self.world.environment(PIP_CERT=str(self.world.root / "ca.pem"))
            for path, expected in (("file.py", 7), ("moved.py", 7), ("down.py", 105)):
                code, out, err = self.world.pawl("run", "--yes", f"{url}/{path}", env=variables)
                self.assertEqual(code, expected, (path, err))
            self.assertEqual(out, "")
            self.assertIn("plain http", err)
        finally:
            web.close()

    def test_url_with_a_lock_inside(self):
        self.world.write("locked.py", "import alpha  # pin: alpha<2\nprint(alpha.__version__)\n")
        self.world.pawl("lock", "--embed", "locked.py")
        url = f"{self.web.url}/locked.py"
        for words in (["--locked"], ["--frozen"], []):
            with self.subTest(words):
                self.assertEqual(self.world.pawl("run", "--yes", *words, url)[:2], (0, "1.0\n"))
        text = (self.world.directory / "locked.py").read_text()
        self.world.write("stale.py", text.replace("alpha<2", "alpha>=2", 1))
        url = f"{self.web.url}/stale.py"
        code, out, err = self.world.pawl("run", "--yes", "--locked", url)
        self.assertEqual((code, out), (1, ""), err)
        code, out, err = self.world.pawl("run", "--yes", url)
        self.assertEqual((code, out), (0, "2.0\n"), err)
        self.assertIn("for this run only", err)
        self.world.write("cut.py", text[:-20])
        code, out, err = self.world.pawl("run", "--yes", f"{self.web.url}/cut.py")
        self.assertEqual((code, out), (100, ""), err)
        self.assertIn("the embedded lock is damaged", err)

    def test_standard_input(self):
        # Behind a pipe the script's own standard input is at its end.
        process = self.world.start([self.pawl, "run", "-", "one"])
        out, err = process.communicate(needing.encode(), timeout=120)
        lines = out.decode().splitlines()
        self.assertEqual(process.returncode, 7, (lines, err.decode()))
        self.assertEqual(lines[:2], ["arguments ['one']", f"process {process.pid}"])
        self.assertEqual(lines[3], "line ")
        # A terminal goes on: what is typed after the script's end is the script's.
        code, text = self.world.on_terminal(
            [self.pawl, "run", "-", "one"],
            [("", needing + "\x04"), ("terminal True True", "wait\n"), ("\nwaiting", "\x03")])
        self.assertEqual(code, 9, text)
        self.assertIn("arguments ['one']", text)
        self.assertIn("line wait", text)

    def test_shebang(self):
        """With arguments, through a link, from elsewhere, from a folder that is read-only."""
        script = self.world.write(
            "bin/report", "#!/usr/bin/env -S pawl run --with alpha\n" + needing, 0o755)
        elsewhere = self.world.root / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "link").symlink_to(script)
        (self.world.directory / "bin").chmod(0o555)
        try:
            for place, command in ((self.world.directory, "bin/report"), (elsewhere, "./link"),
                                   (elsewhere, str(script)), (elsewhere, "./link")):
                process = self.world.start([command, "one", "--with"], directory=place,
                                           executable=str(place / command))
                out, err = process.communicate(b"typed\n", timeout=60)
                self.assertEqual(process.returncode, 7, err.decode())
                self.assertIn(b"arguments ['one', '--with']", out)
                self.assertIn(f"process {process.pid}".encode(), out)
            code, text = self.world.on_terminal([elsewhere / "link"], [("True True", "typed\n")])
            self.assertEqual(code, 7, text)
        finally:
            (self.world.directory / "bin").chmod(0o755)

    def test_the_order_of_path_decides_nothing(self):
        """Neither with a lock nor without: the same Python and the same packages."""
        listed = self.world.pawl("python", "list")[1].splitlines()
        pythons = [line.split("(")[1].rstrip(")") for line in listed if line.endswith(")")]
        self.assertTrue(pythons, listed)
        self.world.write("which.py", "import sys, alpha\nprint(sys.version, alpha.__version__)\n")
        self.world.write("locked.py", "import sys, alpha\nprint(sys.version, alpha.__version__)\n")
        self.world.pawl("lock", "locked.py")
        for script in ("which.py", "locked.py"):
            seen = set()
            for order in (pythons, pythons[::-1]):
                path = ":".join(os.path.dirname(python) for python in order)
                variables = self.world.environment()
                variables["PATH"] = path + ":" + variables["PATH"]
                code, out, err = self.world.pawl("run", "--refresh", script, env=variables)
                self.assertEqual(code, 0, err)
                seen.add(out)
            self.assertEqual(len(seen), 1, seen)

    def test_a_name_like_an_option(self):
        self.world.write("-c", 'print("its own")')
        self.assertEqual(self.world.pawl("run", "--", "-c")[1], "its own\n")

    def test_what_a_notebook_says(self):
        self.world.write("lines.ipynb", notebook(
            "%pip install 'alpha<2'\n%matplotlib inline\nimport alpha\nprint(alpha.__version__)",
            "x = 5\n!echo $x {x + 1}",
            "names = !echo one; echo two\nprint(names)",
            "import asyncio\nawait asyncio.sleep(0)\nprint('awaited')",
            "%%bash\necho $0",
            "def f():\n    return 1 / 0\n\nf()"))
        code, out, err = self.world.pawl("run", "lines.ipynb")
        self.assertEqual(code, 1)
        self.assertEqual(out.splitlines(), ["1.0", "5 6", "['one', 'two']", "awaited", "bash"])
        self.assertIn('lines.ipynb, cell 6", line 2, in f\n    return 1 / 0\n', err)
        self.assertNotIn("__pawl__", err)
        self.world.write("bad.ipynb", notebook("x = 1", "x = (\ny"))
        code, out, err = self.world.pawl("run", "bad.ipynb")
        self.assertEqual((code, out), (100, ""))
        self.assertIn("bad.ipynb, cell 2:1:5: '(' was never closed", err)

    def test_what_is_none_of_them(self):
        self.world.write("empty/nothing.txt", "")
        with zipfile.ZipFile(self.world.directory / "plain.zip", "w") as archive:
            archive.writestr("a.py", "")
        for words, code, expected in (
                (["empty"], 2, "without __main__.py"), (["plain.zip"], 2, "without __main__.py"),
                (["absent.py"], 2, "there is no script absent.py"), ([], 2, "run needs a script"),
                (["-m", "no/name.py"], 2, "-m takes a module's name"),
                (["--sha256", "12", "file.py"], 2, "64 hexadecimal digits"),
                (["--watch", "-"], 2, "--watch takes a program in files"),
                (["ftp://example.com/a.py"], 2, "only https")):
            with self.subTest(words=words):
                got, out, err = self.world.pawl("run", *words)
                self.assertEqual((got, out), (code, ""), err)
                self.assertIn(expected, err)


binaries, words = test_arguments()
unittest.main(argv=words)
