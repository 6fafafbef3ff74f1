"""A full disk, a store that cannot be written, too few descriptors, clocks that jump, power cuts."""

import os
import shutil
import subprocess
import time
import uuid

from house import Broken, House, command_seconds_max, end, in_namespace, printed, require

store_failure = 107
store_kilobytes_max = 1200
cut_megabytes = 96


def in_shell(house, command):
    """In a mount namespace: (exit code, stdout, stderr)."""
    return house.run(*in_namespace(command))


def disk(binaries, share, chance):
    """The cache on a small tmpfs of every size, of bytes and of files; then it gets room."""
    require("unshare", in_namespace("mount -t tmpfs -o size=64k tmpfs /mnt"))
    house = House(binaries)
    steps = max(6, 60 * share // 100)
    full = 0
    try:
        for step in range(steps):
            part = (step + chance.random()) / steps
            limit = (f"size={8 + int(part * store_kilobytes_max)}k" if step % 2 == 0 else
                     f"nr_inodes={4 + int(part * 400)}")
            code, out, err = in_shell(house, f"""
                mkdir -p $PAWL_CACHE_DIR
                mount -t tmpfs -o {limit},mode=700 tmpfs $PAWL_CACHE_DIR
                code=0; pawl run job.py > first 2> first.err || code=$?
                echo $code
                mount -o remount,size=64m,nr_inodes=100000 $PAWL_CACHE_DIR
                pawl cache verify -q
                pawl run job.py""")
            first = (house.directory / "first").read_text()
            said = (house.directory / "first.err").read_text()
            lines = out.splitlines()
            failed = lines[:1] == [str(store_failure)]
            full += failed
            if code != 0 or lines[1:] != printed["<2"].splitlines() or not (
                    failed or (lines[0] == "0" and first == printed["<2"])):
                raise Broken(f"{limit}: exit {code}\n{out}{err}\nat first: {first}{said}")
            if failed and "No space left" not in said:
                raise Broken(f"{limit}: what is wrong is not said: {said}")
    finally:
        house.close()
    return f"{steps} sizes, full in {full} of them"


def read_only(binaries, share, chance):
    """The store read-only: warm it works, empty it works without or says so."""
    require("unshare", in_namespace("mount -t tmpfs -o size=64k tmpfs /mnt"))
    house = House(binaries)
    remount = ("mount --bind $PAWL_CACHE_DIR $PAWL_CACHE_DIR; "
               "mount -o remount,ro,bind $PAWL_CACHE_DIR; ")
    try:
        house.do("run")
        code, out, err = in_shell(house, remount + "pawl run job.py; pawl run --locked job.py")
        if (code, out) != (0, printed["<2"] * 2):
            raise Broken(f"warm: exit {code}\n{out}{err}")
        house.forget()
        house.cache.mkdir()
        code, out, err = in_shell(house, remount + "pawl run job.py")
        if not (code == 0 and out == printed["<2"]) and not (
                code == store_failure and "Read-only file system" in err):
            raise Broken(f"empty: exit {code}\n{out}{err}")
        house.do("run")
        house.must_be_sound("afterwards")
    finally:
        house.close()
    return f"warm it works, empty it {'works' if code == 0 else 'says so'}"


def descriptors(binaries, share, chance):
    """12 to 64 file descriptors: a message or the right result, never a part of one."""
    require("prlimit")
    house = House(binaries)
    refused = 0
    counts = range(12, 68, 4 if share >= 50 else 13)
    try:
        for count in [*counts, 64]:
            for name, (words, is_right) in house.jobs().items():
                house.forget()
                code, out, err = house.run("prlimit", f"--nofile={count}", house.program, *words)
                if code == 0 and is_right(out):
                    pass
                elif 100 <= code < 110 and count < 64 and "error" in err:
                    refused += 1
                else:
                    raise Broken(f"{count} descriptors, {name}: exit {code}\n{out}{err}")
                house.must_be_sound(f"{count} descriptors, {name}")
        for name in house.jobs():
            house.do(name)
    finally:
        house.close()
    return f"{len(counts) + 1} limits, refused {refused} times"


def clock(binaries, share, chance):
    """Long ago, far ahead, and a day to and fro between runs that share a cache."""
    require("faketime")
    house = House(binaries)
    times = ["@1970-01-02 00:00:00", "@2038-01-20 00:00:00", "@2100-01-01 00:00:00", "-1d", "+1d"]
    steps = max(5, 60 * share // 100)
    try:
        for step in range(steps):
            when = times[step % len(times)]
            if chance.random() < 0.3:
                house.forget()
            name = chance.choice(list(house.jobs()))
            words, is_right = house.jobs()[name]
            code, out, err = house.run("faketime", "-f", when, house.program, *words)
            if code != 0 or not is_right(out):
                raise Broken(f"at {when}: {name}: exit {code}\n{out}{err}")
            if chance.random() < 0.5:
                house.do(chance.choice(list(house.jobs())))
            house.must_be_sound(f"at {when}, {name}")
    finally:
        house.close()
    return f"{steps} times of day"


class Disk:
    """A small ext4 in a file, mounted for a house's cache: its image is what a power cut leaves."""

    def __init__(self, house):
        self.house = house
        self.image = house.root / "disk.img"
        self.cut = house.root / "cut.img"

    def make(self):
        with open(self.image, "wb") as file:
            file.truncate(cut_megabytes << 20)
        sh("mkfs.ext4", "-q", "-F", self.image)

    def mount(self, image):
        self.house.cache.mkdir(exist_ok=True)
        # commit=1: the file system's own writes come soon enough to be met half-way.
        sh("mount", "-o", "loop,commit=1", image, self.house.cache)

    def mount_cut(self):
        """As at a start. False: copied while it is written, an image can be worse than a disk
        without power, and no file system any more."""
        subprocess.run(["e2fsck", "-fy", self.cut], capture_output=True, timeout=command_seconds_max)
        try:
            self.mount(self.cut)
        except Broken:
            return False
        return True

    def unmount(self):
        deadline = time.monotonic() + command_seconds_max
        while True:  # what runs on behind a script has the lowest priority
            done = subprocess.run(["umount", self.house.cache], capture_output=True, text=True)
            if done.returncode == 0:
                return
            if time.monotonic() > deadline:
                raise Broken(f"the file system is still in use: {done.stderr}")
            time.sleep(0.05)

    def pull_the_plug(self):
        """What is in the file now, as a machine would find it that starts again."""
        sh("cp", "--sparse=always", self.image, self.cut)


def sh(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          timeout=command_seconds_max)
    if done.returncode != 0:
        raise Broken(f"{' '.join(map(str, words))}: {done.stderr}")


def started_anew(house, why, chance):
    """What must hold on the machine when it runs again, where the kernel's start has another id."""
    id_ = house.write("boot_id", str(uuid.UUID(int=chance.getrandbits(128))) + "\n")
    code, out, err = in_shell(house, f"""
        mount --bind {id_} /proc/sys/kernel/random/boot_id
        pawl cache verify -q
        pawl run job.py
        pawl cache verify -q""")
    if (code, out) != (0, printed["<2"]):
        raise Broken(f"{why}: exit {code}\n{out}{err}")


def power(binaries, share, chance):
    """A copy of the mounted disk at a random moment, in work or some seconds after it."""
    if os.geteuid() != 0:
        require("there is no root here to mount loop devices")
    require("mkfs.ext4")
    house = House(binaries)
    disk_ = Disk(house)
    cuts, lost = max(4, 60 * share // 100), 0
    try:
        house.forget()
        disk_.make()
        try:
            disk_.mount(disk_.image)
        except Broken:
            require("losetup", ["losetup", "--show", "-f", str(disk_.image)])
            raise
        disk_.unmount()
        for turn in range(cuts):
            disk_.make()
            disk_.mount(disk_.image)
            process = house.begin("run", "job.py")
            time.sleep(chance.choice([0.02, 0.1, 0.3, 1.2, 2.5]) * chance.random())
            disk_.pull_the_plug()
            end(process)
            disk_.unmount()
            if not disk_.mount_cut():
                lost += 1
                continue
            try:
                started_anew(house, f"cut {turn}", chance)
            finally:
                disk_.unmount()
    finally:
        if os.path.ismount(house.cache):
            disk_.unmount()
        house.close()
    if lost > cuts // 2:
        raise Broken(f"{lost} of {cuts} images were no file systems: this tests nothing")
    return f"{cuts} cuts, {lost} of them no file system any more"
