#!/usr/bin/env python3
"""`pawl run --watch`: restarts on a change of script, local module or lock, and on nothing else;
Ctrl-C ends both processes, also on a pseudo-terminal.

    run_watch.py --bin DIR
"""

import os
import signal
import sys
import time
import unittest

from arguments import test_arguments
from world import World

script = """\
import os, sys, time
import near
print("started", near.word, os.getpid(), "ready", flush=True)
while "stay" in sys.argv:
    time.sleep(0.05)
"""


class Watch(unittest.TestCase):
    def setUp(self):
        self.world = World(binaries, "release alpha 1.0\n")
        self.pawl = self.world.binaries / "pawl"
        self.world.write("job.py", script)
        self.world.write("near.py", 'word = "one"\n')
        self.process = None

    def tearDown(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr) if self.process else ():
            stream.close()
        self.world.close()

    def start(self, *words):
        self.process = self.world.start([self.pawl, "run", "--watch", *words])
        os.set_blocking(self.process.stdout.fileno(), False)
        os.set_blocking(self.process.stderr.fileno(), False)
        self.out = self.err = ""

    def read(self):
        self.out += (self.process.stdout.read() or b"").decode()
        self.err += (self.process.stderr.read() or b"").decode()

    def wait_for(self, text, count, stream="out"):
        deadline = time.monotonic() + 60
        while getattr(self, stream).count(text) < count:
            self.read()
            self.assertLess(time.monotonic(), deadline, f"no {text!r} in {self.out!r} {self.err!r}")
            self.assertIsNone(self.process.poll(), self.err)
            time.sleep(0.02)

    def write(self, name, text):
        """As editors do: another file, renamed."""
        self.world.write("." + name + ".new", text)
        os.rename(self.world.directory / ("." + name + ".new"), self.world.directory / name)

    def stay_quiet(self, starts):
        time.sleep(0.7)
        self.read()
        self.assertEqual(self.out.count("started"), starts, self.err)

    def test_what_restarts_it(self):
        self.start("job.py", "stay")
        self.wait_for("started one", 1)
        self.write("near.py", 'word = "two"\n')
        self.wait_for("started two", 1)
        self.assertIn("near.py has changed: starting again", self.err)
        self.world.write("job.py", script + "# a comment\n")  # in place
        self.wait_for("started two", 2)
        self.world.pawl("lock", "job.py")
        self.wait_for("pylock.job.toml has changed", 1, "err")
        self.wait_for("started two", 3)
        # What is none of its files, or the same bytes again, is no change.
        self.world.write("other.py", "")
        self.write("near.py", 'word = "two"\n')
        self.world.write("job.py", script + "# a comment\n")
        self.stay_quiet(4)
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        self.assertEqual(self.process.returncode, -signal.SIGTERM)
        self.no_process_is_left()

    def test_a_refreshed_lock_is_its_own_doing(self):
        self.world.write("job.py", "import alpha  # pin: alpha\n" + script)
        self.world.pawl("lock", "job.py")
        self.start("job.py", "stay")
        self.wait_for("started one", 1)
        self.world.write("job.py", "import alpha  # pin: alpha<9\n" + script)
        self.wait_for("started one", 2)
        self.wait_for("refreshed the lock", 1, "err")
        self.stay_quiet(2)

    def test_a_script_that_ends_or_is_broken_is_started_again(self):
        self.start("job.py")
        self.wait_for("started one", 1)
        self.wait_for("job.py has ended; waiting for a change", 1, "err")
        self.write("job.py", "x = (\n")
        self.wait_for("job.py has ended with 100", 1, "err")
        os.remove(self.world.directory / "job.py")
        self.wait_for("job.py has ended with 2", 1, "err")
        self.write("job.py", script)
        self.wait_for("started one", 2)
        # A module that was not there and is found before the project.
        self.write("near.py", "import later_module\nword = later_module.word\n")
        self.wait_for("job.py has ended with 101", 1, "err")
        self.write("later_module.py", 'word = "later"\n')
        self.wait_for("started later", 1)

    def no_process_is_left(self):
        pids = [int(line.split()[2]) for line in self.out.splitlines()
                if line.startswith("started ")]
        for pid in pids:
            with self.assertRaises(ProcessLookupError):
                os.kill(pid, 0)

    def test_control_c_ends_both(self):
        code, text = self.world.on_terminal(
            [self.pawl, "run", "--watch", "job.py", "stay"], [("ready", "\x03")])
        self.assertEqual(code, -signal.SIGINT, text)
        self.assertIn("KeyboardInterrupt", text)
        self.out = text
        self.no_process_is_left()

    def test_who_does_not_end_is_ended(self):
        self.world.write("deaf.py", "import signal, time\nsignal.signal(signal.SIGTERM, "
                         "signal.SIG_IGN)\nprint('started', flush=True)\ntime.sleep(100)\n")
        self.start("deaf.py")
        self.wait_for("started", 1)
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        self.process.send_signal(signal.SIGTERM)  # impatient
        self.process.wait(timeout=30)
        self.assertLess(time.monotonic() - begin, 4)


binaries, words = test_arguments()
unittest.main(argv=words)
