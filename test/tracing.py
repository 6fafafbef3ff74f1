"""System calls of a program, counted with strace."""

import pathlib
import shutil
import subprocess
import tempfile


def can_trace():
    return bool(shutil.which("strace")) and subprocess.run(
        ["strace", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL).returncode == 0


def calls_before_exec(command, stdin=b"", **options):
    """Those that a program makes until it becomes another one, its loader's and the execve that
    started it included: (count, what subprocess.run says)."""
    with tempfile.TemporaryDirectory(prefix="pawl-trace-") as scratch:
        trace = pathlib.Path(scratch) / "trace"
        done = subprocess.run(["strace", "-o", trace, *command], input=stdin, capture_output=True,
                              timeout=120, **options)
        lines = trace.read_text(errors="replace").splitlines()
    runs = [number for number, line in enumerate(lines) if line.startswith("execve(")]
    return (runs[1] if len(runs) > 1 else len(lines)), done
