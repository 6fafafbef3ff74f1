"""The n-th call to the system fails, for n = 1, 2, … up to the last, as SQLite tests itself:
test/support/failing_calls.cc stands between pawl and the system. Then what a file system may not
have at all: locks, hard links, renames from one directory to another."""

import errno
import os
import shutil
import urllib.parse
import urllib.request

from house import Broken, House, Skipped, printed, script

# What can befall which calls.
failing = {
    "open": [errno.EIO, errno.EACCES, errno.EMFILE, errno.EINTR],
    "create": [errno.ENOSPC, errno.EACCES, errno.EROFS],
    "read": [errno.EIO, errno.EINTR, "short"],
    "write": [errno.ENOSPC, errno.EIO, errno.EINTR, "short"],
    "mkdir": [errno.ENOSPC, errno.EACCES],
    "rename,renameat2": [errno.ENOSPC, errno.EIO, errno.EXDEV, errno.EINVAL],
    "link": [errno.EPERM, errno.EMLINK, errno.EXDEV, errno.EIO],
    "symlink": [errno.EPERM, errno.ENOSPC],
    "sendfile": [errno.EIO, errno.ENOSPC, "short"],
    "unlink,rmdir": [errno.EACCES, errno.EIO],
    "chmod,utimens": [errno.EPERM],
    "ftruncate": [errno.ENOSPC],
    "fsync": [errno.EIO],
    "flock": [errno.ENOLCK, errno.EINTR],
    "mmap": [errno.ENOMEM],
    "malloc": [errno.ENOMEM],
}
# What is no fault: the call is begun anew, or does the rest.
harmless = [errno.EINTR, "short"]
# What a file system may lack: then there is another way.
lacking = [("link", errno.EPERM), ("link", errno.EMLINK), ("link", errno.EXDEV),
           ("renameat2", errno.EINVAL), ("flock", errno.ENOLCK), ("ftruncate", errno.EINVAL),
           ("fsync", errno.EINVAL)]
refusals = range(100, 110)
aborted = -6
calls_max = 400


class CallsHouse(House):
    """With something to do for each kind of file that pawl writes."""

    def __init__(self, binaries):
        super().__init__(binaries)
        self.library = self.binaries / "libpawl_failing_calls.so"
        if not self.library.exists():
            self.close()
            raise Skipped(f"there is no {self.library}")
        self.mark = self.root / "failed"
        self.wheel = "alpha-2.0-py3-none-any.whl"
        self.files = {"fresh.py": script.format(""), "added.py": script.format("<2")}
        url = urllib.parse.urljoin(self.index, "/files/" + self.wheel)
        with urllib.request.urlopen(url, timeout=60) as answer:
            self.files[self.wheel] = answer.read()
        self.begin_anew()
        self.must("lock", "-q", "added.py")
        self.locks = self.lock_bytes()
        self.files["pylock.added.toml"] = (self.directory / "pylock.added.toml").read_bytes()
        for name in self.jobs():
            self.must(*self.jobs()[name][0])
        # What stands in these files when all went well.
        self.done = {name: (self.directory / name).read_bytes() for name in self.written()}

    def jobs(self):
        there = lambda *names: lambda _: all(self.state(name) == "new" for name in names)
        return {
            **super().jobs(),
            "new lock": (["lock", "-q", "fresh.py"], there("pylock.fresh.toml")),
            "add": (["add", "-q", "added.py", "beta"], there("added.py", "pylock.added.toml")),
            "wheel lock": (["wheel", "lock", "-q", self.wheel], there(self.wheel)),
        }

    def written(self):
        return {*self.files, "pylock.fresh.toml", "pylock.added.toml"}

    def state(self, name):
        """Of a file that is written or edited: old, new, or neither."""
        path = self.directory / name
        content = path.read_bytes() if path.exists() else None
        old = self.files.get(name)
        if content == self.done[name]:
            return "new"
        return "old" if content == (old.encode() if isinstance(old, str) else old) else None

    def begin_anew(self):
        shutil.rmtree(self.directory / "lib", ignore_errors=True)
        for name in self.written():
            (self.directory / name).unlink(missing_ok=True)
        for name, content in self.files.items():
            self.write(name, content)

    def lock_bytes(self):
        found = super().lock_bytes()
        return {name: found[name] for name in ("pylock.job.toml", "pylock.toml")}

    def with_failure(self, calls, error, which, words):
        """(whether a call failed, exit code, stdout, stderr)"""
        self.mark.unlink(missing_ok=True)
        variables = self.environment(LD_PRELOAD=str(self.library), PAWL_FAIL_MARK=str(self.mark),
                                     PAWL_FAIL=f"{calls}:{error}:{which}")
        return (*self.pawl(*words, env=variables), self.mark.exists())


def attempt(house, name, calls, error, which):
    """One thing to do with one failure; then whatever was broken must be whole again. Whether there
    was such a call at all, and whether the failure was got over."""
    what = f"{name}, {calls} {which} {errno.errorcode.get(error, error)}"
    words, is_right = house.jobs()[name]
    code, out, err, has_failed = house.with_failure(calls, error, which, words)
    worked = code == 0 and is_right(out)
    refused = code in refusals and "error" in err or calls == "malloc" and code == aborted
    if not worked and (not refused or error in harmless or not has_failed):
        raise Broken(f"{what}: exit {code}\n{out}{err}")
    if not has_failed:
        return has_failed, worked
    for file in house.written():
        if house.state(file) is None:
            raise Broken(f"{what}: {file} is neither the old one nor the new one\n{err}")
    left = [file for file in os.listdir(house.directory) if file.startswith(".pawl-")]
    if left and calls != "unlink,rmdir":
        raise Broken(f"{what}: left behind: {left}\n{err}")
    house.must_be_sound(what)
    house.do(name)
    return has_failed, worked


def calls(binaries, share, chance):
    house = CallsHouse(binaries)
    ways = [(name, kind, error) for name in house.jobs() for kind, errors in failing.items()
            for error in errors]
    wanted = max(8, 90 * share // 100)
    tried = got_over = 0
    try:
        while tried < wanted:
            name, kind, error = chance.choice(ways)
            is_fresh = chance.random() < 0.6
            # How many there are is found out on the way: one that is too late says so.
            which = calls_max
            while which > 1:
                which = chance.randint(1, which // 2)
                if is_fresh:
                    house.forget()
                house.begin_anew()
                has_failed, worked = attempt(house, name, kind, error, which)
                if has_failed:
                    tried += 1
                    got_over += worked
                    break
    finally:
        house.close()
    return f"{tried} failures, got over {got_over} of them"


def lacks(binaries, share, chance):
    """Every call of a kind fails: all that is done works in another way."""
    house = CallsHouse(binaries)
    try:
        for kind, error in lacking:
            names = list(house.jobs())
            for name in names if share >= 50 else [chance.choice(names)]:
                house.forget()
                house.begin_anew()
                what = f"{name} without {kind}"
                words, is_right = house.jobs()[name]
                code, out, err, _ = house.with_failure(kind, error, "1+", words)
                if code != 0 or not is_right(out):
                    raise Broken(f"{what}: exit {code}\n{out}{err}")
                house.must_be_sound(what)
                house.do(name)
    finally:
        house.close()
    return f"{len(lacking)} things that a file system may lack"
