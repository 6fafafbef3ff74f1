"""Links, FIFOs, files and directories that stand where pawl is about to put something: of each name
that it makes, the names being those that an undisturbed run has left."""

import os
import re
import shutil
import subprocess

from house import Broken, House

kinds = ["link to a file", "link to a directory", "dangling link", "FIFO", "directory", "file"]
refusals = range(100, 110)
hang_seconds = 150  # a busy machine is no fault
precious = "precious"


class PlantedHouse(House):
    def __init__(self, binaries):
        super().__init__(binaries)
        self.victim = self.root / "victim"
        (self.victim / "inner").mkdir(parents=True)
        (self.victim / "file").write_text(precious)
        (self.victim / "inner/file").write_text(precious)

    def begin_anew(self):
        self.forget()
        shutil.rmtree(self.root / "home", ignore_errors=True)
        shutil.rmtree(self.directory / "lib", ignore_errors=True)

    def names_made(self, job):
        """(whether it is in the cache, path below the cache or HOME)"""
        self.begin_anew()
        self.do(job)
        found = {}
        for base in (self.cache, self.root / "home"):
            for path in sorted(base.rglob("*")):
                name = str(path.relative_to(base))
                # What is inside of an entry comes with the entry; one wheel is as another.
                if not re.search(r"/files/|envs/[^/]+/|tools/[^/]+/[^/]+/|/\.pawl-", name):
                    found.setdefault(re.sub(r"[0-9a-f]{64}", "", name),
                                     (base == self.cache, name))
        return list(found.values())

    def plant(self, kind, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.cache.mkdir(exist_ok=True)
        self.cache.chmod(0o700)
        if kind == "FIFO":
            os.mkfifo(path)
        elif kind == "directory":
            path.mkdir()
        elif kind == "file":
            path.write_text("of another hand")
        else:
            path.symlink_to(self.victim / {"link to a file": "file",
                                           "link to a directory": "inner"}.get(kind, "none"))

    def must_be_unharmed(self, what, err):
        """A link to a directory may be the user's own, to a larger disk: new things may come there."""
        kept = [path for path in (self.victim / "file", self.victim / "inner/file")
                if path.is_file() and path.read_text() == precious]
        if len(kept) < 2 or (self.victim / "none").exists():
            raise Broken(f"{what}: what the link leads to was changed\n{err}")


def attempt(house, job, kind, is_in_cache, name):
    what = f"{job}, {kind} at {name}"
    house.begin_anew()
    house.plant(kind, (house.cache if is_in_cache else house.root / "home") / name)
    words, is_right = house.jobs()[job]
    process = house.start([house.program, *words])
    try:
        out, err = process.communicate(timeout=hang_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Broken(f"{what}: it hangs") from None
    out, err = out.decode(errors="replace"), err.decode(errors="replace")
    works = process.returncode == 0 and is_right(out)
    if not works and (process.returncode not in refusals or "error" not in err):
        raise Broken(f"{what}: exit {process.returncode}\n{out}{err}")
    house.must_be_unharmed(what, err)
    # What has a place in the store by its content is made anew; what leads there is the user's.
    if not works and re.match(r"(envs|wheels|runs|interpreters|built|roots)/.", name):
        raise Broken(f"{what}: it is in the way for ever\n{err}")
    return works


def planted(binaries, share, chance):
    house = PlantedHouse(binaries)
    worked = refused = 0
    try:
        cases = [(job, kind, *name) for job in ("run", "lock", "install", "tool")
                 for name in house.names_made(job) for kind in kinds]
        chance.shuffle(cases)
        for case in cases[:max(12, 150 * share // 100)]:
            works = attempt(house, *case)
            worked += works
            refused += not works
    finally:
        house.close()
    return f"{worked + refused} of {len(cases)} things in the way: {worked} did not matter, " \
           f"{refused} refused"
