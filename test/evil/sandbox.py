"""Runs a function where it can do no harm: in mount, network and process namespaces of its own.

Inside, only one directory can be written to (a fresh tmpfs), everything else is mounted read-only,
loopback is the only network and all ports are free, and what is left running at the end is ended
by the kernel. A namespace costs a few milliseconds, so each case can have its own.
"""

import ctypes
import fcntl
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import traceback

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
CLONE_NEWPID, CLONE_NEWNET = 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND = 1, 2, 4, 32, 4096
MS_REC, MS_PRIVATE = 16384, 1 << 18
libc = ctypes.CDLL(None, use_errno=True)


def _mount(source, target, kind, flags, data=None):
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    if libc.mount(*encoded, flags, None if data is None else data.encode()) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), target)


def _write(path, text):
    with open(path, "w") as file:
        file.write(text)


def _enter():
    """New namespaces; as another user than root with a user namespace around them."""
    flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET
    uid, gid = os.getuid(), os.getgid()
    if uid == 0 and libc.unshare(flags) == 0:
        return
    if libc.unshare(flags | CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "no namespaces for this user")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"0 {uid} 1")
    _write("/proc/self/gid_map", f"0 {gid} 1")


def _loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = struct.pack("16sh14s", b"lo", 1, b"")  # IFF_UP
        fcntl.ioctl(probe, 0x8914, request)  # SIOCSIFFLAGS


def _mounted():
    """Mount points with the flags that a remount must repeat."""
    known = {"nosuid": MS_NOSUID, "nodev": MS_NODEV, "noexec": 8, "noatime": 1024,
             "nodiratime": 2048, "relatime": 1 << 21}
    found = []
    with open("/proc/self/mountinfo") as file:
        for line in file:
            fields = line.split(" ")
            path = re.sub(r"\\(\d{3})", lambda match: chr(int(match[1], 8)), fields[4])
            flags = 0
            for word in fields[5].split(","):
                flags |= known.get(word, 0)
            found.append((path, flags))
    return found


def _close_the_rest(writable, size):
    _mount("none", "/", None, MS_REC | MS_PRIVATE)
    os.makedirs(writable, exist_ok=True)
    for path, flags in _mounted():
        try:
            _mount("none", path, None, MS_REMOUNT | MS_BIND | MS_RDONLY | flags)
        except OSError:
            pass  # shadowed by another mount, or not ours to change: then it is not ours to write
    _mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV)
    _mount("tmpfs", writable, "tmpfs", MS_NOSUID | MS_NODEV, f"size={size},mode=0700")


def _fork(function):
    """Runs `function` in a child; True when it ended well."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            function()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def run(writable, function, size="1g"):
    """The result (JSON's types) of `function()`, called in a sandbox whose only writable directory
    is `writable`, empty."""
    reading, writing = os.pipe()

    def inside():
        _close_the_rest(writable, size)
        _loopback_up()
        os.write(writing, json.dumps(function()).encode())

    def outside():
        os.close(reading)
        libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: nothing outlives an interrupted test
        _enter()
        if not _fork(inside):
            raise RuntimeError("the sandbox ended early")

    child = os.fork()
    if child == 0:
        os._exit(0 if _fork(outside) else 1)
    os.close(writing)
    parts = []
    while part := os.read(reading, 1 << 20):
        parts.append(part)
    os.close(reading)
    os.waitpid(child, 0)
    return json.loads(b"".join(parts)) if parts else None


def is_possible():
    """Whether this user may make such namespaces here."""
    probe = f"import sys; sys.path.insert(0, {os.path.dirname(__file__)!r}); import sandbox; " \
            "sys.exit(0 if sandbox.run('/tmp/pawl-evil', lambda: 1, '1m') == 1 else 1)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True)
    return done.returncode == 0
