"""One bit of one file is another one: in a wheel, an environment, bytecode, a pack, a list, a stamp, a
lock. `pawl cache verify` says so, --repair mends it, and what runs afterwards is right."""

import collections
import os
import pathlib
import re
import time

from house import Broken, House, command_seconds_max, printed

damaged = 102
refusals = [1, *range(100, 110)]  # 1: --locked, and the lock is stale
# Bytes that nothing vouches for, since nothing is made of them: records of a pack that are no longer
# in use, bytecode that is just being written, names that a writer has not published.
unclaimed = re.compile(r"\.pack$|\.pyc|/\.pawl-[0-9a-f]+\.tmp$")


def files_of(house):
    """By kind: that of their place, so that a few small files are met as often as many large ones."""
    kinds = collections.defaultdict(list)
    for directory, _, names in os.walk(house.cache):
        for name in names:
            path = os.path.join(directory, name)
            if not os.path.islink(path) and os.path.getsize(path) > 0:
                place = re.sub(r"/[0-9a-v]{32,}", "/", path[len(str(house.cache)):])
                kinds[re.sub(r"/(files|lib|bin)/.*", r"/\1", place)].append(path)
    return {kind: sorted(paths) for kind, paths in sorted(kinds.items())}


def flip(path, chance):
    """As a bad disk does it: the times stay. Where."""
    before = os.stat(path)
    os.chmod(path, 0o644)
    with open(path, "r+b") as file:
        at = chance.randrange(before.st_size)
        byte = os.pread(file.fileno(), 1, at)[0]
        os.pwrite(file.fileno(), bytes([byte ^ 1 << chance.randrange(8)]), at)
    os.chmod(path, before.st_mode & 0o7777)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    return at


def wait_for_the_background(house):
    """What compiles on behind a script is another story: `faults` crowd has it."""
    variable = f"PAWL_CACHE_DIR={house.cache}\0".encode()

    def is_ours(process):
        try:
            return variable in (process / "environ").read_bytes()
        except OSError:
            return False

    deadline = time.monotonic() + command_seconds_max  # it has the lowest priority
    while time.monotonic() < deadline:
        if not any(map(is_ours, pathlib.Path("/proc").glob("[0-9]*"))):
            return
        time.sleep(0.05)
    raise Broken("what runs behind a script does not end")


def runs_are_right(house, what):
    for script, key in (("job.py", "<2"), ("new.py", "")):
        code, out, err = house.pawl("run", script)
        if code != 0 or out != printed[key]:
            raise Broken(f"{what}: run {script}: exit {code}\n{out}{err}")


def in_the_cache(house, chance, turn):
    """Whether it was found."""
    wait_for_the_background(house)
    kinds = files_of(house)
    path = chance.choice(kinds[chance.choice(list(kinds))])
    what = f"flip {turn}, byte {flip(path, chance)} of {path[len(str(house.cache)) + 1:]}"
    code, out, err = house.pawl("cache", "verify", "-q")
    if code != damaged and not (code == 0 and unclaimed.search(path)):
        raise Broken(f"{what}: verify says {code}\n{out}{err}")
    house.must("cache", "verify", "--repair", "-q")
    house.must_be_sound(what + ", repaired")
    runs_are_right(house, what + ", repaired")
    return code == damaged


def in_a_lock(house, chance):
    """A lock is a text that people edit: another reading may be meant. It is a lock or it is none."""
    path = house.directory / "pylock.job.toml"
    whole = path.read_bytes()
    at = flip(path, chance)
    code, out, err = house.pawl("run", "--locked", "job.py")
    path.write_bytes(whole)
    if not (code == 0 and out == printed["<2"]) and code not in refusals:
        raise Broken(f"byte {at} of a lock: exit {code}\n{out}{err}")


def flips(binaries, share, chance):
    house = House(binaries)
    count = max(8, 170 * share // 100)
    found = 0
    try:
        house.forget()
        for name in ("run", "run unlocked", "lock", "install"):
            house.do(name)
        for turn in range(count):
            found += in_the_cache(house, chance, turn)
            if turn % 3 == 0:
                in_a_lock(house, chance)
    finally:
        house.close()
    return f"{count} bits, {found} found, all mended"
