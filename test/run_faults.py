#!/usr/bin/env python3
"""`pawl run` where nothing can be written, and on a full disk. Needs a mount namespace of its own
(root, or a kernel that lets users have one); exits with 77 (skipped) without.

    run_faults.py --bin DIR
"""

import hashlib
import shutil
import subprocess
import sys
import unittest

from arguments import test_arguments
from world import World

script = """\
# /// script
# dependencies = ["alpha{}"]
# ///
import alpha
print("alpha", alpha.__version__)
"""


def namespace(command):
    return ["unshare", "--mount", "--map-root-user", "sh", "-ec", command]


class Faults(unittest.TestCase):
    def setUp(self):
        self.world = World(binaries, "release alpha 1.0\nrelease alpha 2.0\nrelease beta 1.0\n")
        self.world.write("job.py", script.format("<2"))
        self.world.pawl("lock", "job.py")
        self.world.write("job.py", script.format(">=2"))  # stale now

    def tearDown(self):
        self.world.close()

    def run_in_namespace(self, command):
        return self.world.run(*namespace(command))

    def test_a_read_only_folder(self):
        lock = (self.world.directory / "pylock.job.toml").read_bytes()
        for name, run in (("beside", "job.py"), ("embedded", "inside.py")):
            with self.subTest(name):
                if name == "embedded":
                    self.world.write("inside.py", script.format("<2"))
                    self.world.pawl("lock", "--embed", "inside.py")
                    text = (self.world.directory / "inside.py").read_text()
                    self.world.write("inside.py", text.replace("alpha<2", "alpha>=2", 1))
                code, out, err = self.run_in_namespace(
                    "mount --bind . . && mount -o remount,ro,bind . && cd $PWD && "
                    f"pawl run {run} && pawl run {run}")
                self.assertEqual((code, out), (0, "alpha 2.0\nalpha 2.0\n"), err)
                self.assertIn("updated alpha 1.0 -> 2.0", err)
                self.assertIn("Read-only file system", err)
        self.assertEqual((self.world.directory / "pylock.job.toml").read_bytes(), lock)

    def test_a_full_disk_under_the_script(self):
        code, out, err = self.run_in_namespace(
            "mkdir full && mount -t tmpfs -o size=64k tmpfs full && cp job.py pylock.job.toml full && "
            "(dd if=/dev/zero of=full/rest bs=4k 2>/dev/null || true) && pawl run full/job.py && "
            "cmp pylock.job.toml full/pylock.job.toml && ls full")
        self.assertEqual(code, 0, err)
        self.assertEqual(out.splitlines(), ["alpha 2.0", "job.py", "pylock.job.toml", "rest"], err)
        self.assertIn("No space left on device", err)

    def test_what_writes_says_so_and_leaves_nothing(self):
        """Every command that writes beside or into a script, where nothing can be written."""
        self.world.write("inside.py", script.format("<2"))
        self.world.pawl("lock", "--embed", "inside.py")
        self.world.write("imports.py", "import alpha\n")
        files = {path.name: path.read_bytes() for path in self.world.directory.iterdir()}
        commands = ("lock job.py", "lock --embed job.py", "lock --embed imports.py",
                    "lock --beside inside.py", "lock --compact inside.py",
                    "add job.py beta", "add inside.py beta", "remove inside.py alpha",
                    "imports --write imports.py", "lock -o pylock.else.toml job.py")
        tries = "; ".join(f"pawl {command} || echo \"$? {command}\"" for command in commands)
        for name, prepare, message in (
                ("read-only", "mount --bind . . && mount -o remount,ro,bind .", "Read-only"),
                ("full", "mkdir ../full && mount -t tmpfs -o size=64k tmpfs ../full && cp * ../full "
                         "&& cd ../full && (dd if=/dev/zero of=../full/rest bs=4k 2>/dev/null || "
                         "true)", "No space left")):
            with self.subTest(name):
                code, out, err = self.run_in_namespace(
                    f"{prepare} && cd $PWD && {tries}; ls -A; cat inside.py job.py imports.py "
                    "pylock.job.toml | sha256sum")
                lines = out.splitlines()
                expected = [f"107 {command}" for command in commands]
                self.assertEqual(lines[:len(commands)], expected, (out, err))
                self.assertEqual(sorted(set(lines[len(commands):-1]) - {"rest"}), sorted(files))
                together = b"".join(files[name] for name in
                                    ("inside.py", "job.py", "imports.py", "pylock.job.toml"))
                self.assertEqual(lines[-1].split()[0], hashlib.sha256(together).hexdigest())
                self.assertEqual(err.count(message), len(commands), err)

    def test_a_shebang_in_a_read_only_folder(self):
        """With arguments, through a link, from elsewhere; its lock is inside it and fresh."""
        self.world.write("tool", "#!/usr/bin/env -S pawl run --locked\n" + script.format("<2") +
                         "import sys; print(sys.argv[1:])\n", 0o755)
        self.world.pawl("lock", "--embed", "tool")
        code, out, err = self.run_in_namespace(
            "mkdir -p $HOME && ln -s $PWD/tool $HOME/link && mount --bind . . && "
            "mount -o remount,ro,bind . && cd / && $HOME/link one --two && $HOME/link one --two")
        self.assertEqual((code, out, err), (0, "alpha 1.0\n['one', '--two']\n" * 2, ""))

    def test_a_full_disk_under_the_cache(self):
        code, out, err = self.run_in_namespace(
            "mkdir -p $PAWL_CACHE_DIR && mount -t tmpfs -o size=32k,mode=700 tmpfs $PAWL_CACHE_DIR && "
            "pawl run job.py || { test $? = 107 && mount -o remount,size=64m $PAWL_CACHE_DIR && "
            "pawl run job.py; }")
        self.assertEqual((code, out), (0, "alpha 2.0\n"), err)
        self.assertIn("No space left on device", err)


binaries, words = test_arguments()
probe = namespace("mount -t tmpfs -o size=64k tmpfs /mnt")
if not shutil.which("unshare") or subprocess.run(probe, capture_output=True).returncode != 0:
    print("SKIPPED: no mount namespace can be had here: read-only folders and full disks are not "
          "tried")
    sys.exit(77)
unittest.main(argv=words)
