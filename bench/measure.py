"""What the programs in this folder share: the recorded index, the rivals, and how to measure."""

import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).resolve().parent.parent
shared = pathlib.Path(os.environ.get("PAWL_SHARED", root.parent / "shared"))
work = root / "build" / "bench"
pawl = pathlib.Path(os.environ.get("PAWL", root / "build" / "release" / "pawl")).resolve()
uv_version = "0.13.8"


# Python's own server, which delays the answers, lets five connections wait; of more at once some are
# dropped, and tried again after a second, by chance for the one or the other client.
with_room = ("import runpy, socketserver, sys; socketserver.TCPServer.request_queue_size = 128; "
             "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')")


def sh(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, **options)


class Index:
    """The recorded world behind nginx, on a free port."""

    def __init__(self, delay_ms=0):
        world = work / "world"
        script = shared / "index" / "snapshot.py"
        if not (world / "upstream.json").exists():
            sh(sys.executable, script, "lay", shared / "index" / "world.tar.xz", world)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-c", with_room, str(script), "serve", str(world), str(port)]
        if delay_ms:
            command.append(str(delay_ms))
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{port}/simple/"
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 0.1).close()
                return
            except OSError:
                time.sleep(0.05)
        sys.exit("the index did not start")

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def uv():
    if "UV" in os.environ:
        return pathlib.Path(os.environ["UV"])
    venv = work / f"uv-{uv_version}"
    binary = venv / "bin" / "uv"
    if not binary.exists():
        sh(sys.executable, "-m", "venv", venv)
        sh(venv / "bin" / "pip", "install", "-q", f"uv=={uv_version}")
    return binary


def common_python():
    """One interpreter for all: the newest that pawl finds, which the sets must allow."""
    found = subprocess.run([pawl, "python", "find"], capture_output=True, text=True, check=True,
                           cwd="/")
    python = found.stdout.strip()
    is_old = "import sys; sys.exit(sys.version_info < (3, 10))"
    if subprocess.run([python, "-c", is_old]).returncode != 0:
        sys.exit(f"the sets are for Python 3.10 and newer, and the newest here is {python}")
    return python


def environment(cache):
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PAWL_", "UV_", "PIP_", "SSL_CERT", "VIRTUAL_ENV"))
    }
    kept.update(
        PAWL_CACHE_DIR=str(cache / "pawl"),
        UV_CACHE_DIR=str(cache / "uv"),
        PIP_CACHE_DIR=str(cache / "pip"),
        UV_PYTHON_DOWNLOADS="never",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        UV_NO_CONFIG="1",
    )
    return kept


def spawn_ms(command, variables, cwd=None):
    """Wall time of one process, with as little of Python's own as there can be."""
    command = [str(part) for part in command]
    null = os.open(os.devnull, os.O_RDWR)
    here = os.getcwd()
    os.chdir(cwd or here)
    begin = time.perf_counter_ns()
    pid = os.posix_spawn(
        command[0],
        command,
        variables,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, null, 0),
            (os.POSIX_SPAWN_DUP2, null, 1),
            (os.POSIX_SPAWN_DUP2, null, 2),
        ],
    )
    status = os.waitpid(pid, 0)[1]
    end = time.perf_counter_ns()
    os.chdir(here)
    os.close(null)
    if status != 0:
        failed = subprocess.run(command, env=variables, cwd=cwd, capture_output=True, text=True)
        sys.exit(f"failed: {' '.join(command)}\n{failed.stdout}{failed.stderr}")
    return (end - begin) / 1e6


class Series:
    def __init__(self, name):
        self.name = name
        self.times = []

    def __str__(self):
        return f"{min(self.times):8.1f} / {statistics.median(self.times):8.1f}"


def paired(rounds, **actions):
    """Runs the named actions in turn, `rounds` times; each returns milliseconds."""
    series = {name: Series(name) for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            series[name].times.append(action())
    return series


def show(title, series, reference="uv"):
    cells = [f"{title:34}"]
    for name, one in series.items():
        cells.append(f"{name} {one}")
    if reference in series and "pawl" in series:
        ratio = min(series["pawl"].times) / min(series[reference].times)
        cells.append(f"ratio {ratio:5.2f}")
    print("  ".join(cells), flush=True)


def requirements(name):
    lines = (shared / "index" / "sets" / f"{name}.in").read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def write_script(path, wanted, body="pass\n"):
    listed = "".join(f"#     {json.dumps(one)},\n" for one in wanted)
    path.write_text(
        "# /// script\n# requires-python = \">=3.10\"\n"
        f"# dependencies = [\n{listed}# ]\n# ///\n{body}"
    )


def fresh(parent, name):
    """A directory that was not there: removing and making again would measure the file system."""
    return pathlib.Path(tempfile.mkdtemp(prefix=name + "-", dir=parent))


def lay_wheels(names):
    """Has the index serve the wheels that a file names."""
    sh(sys.executable, shared / "index" / "snapshot.py", "wheels", work / "world", names,
       stderr=subprocess.DEVNULL)


def names_of_set(name, index, scratch):
    """A file with the wheel names that a set needs on this machine, for snapshot.py wheels."""
    place = fresh(scratch, "names")
    script = place / "job.py"
    write_script(script, requirements(name))
    variables = environment(fresh(scratch, "cache"))
    sh(pawl, "lock", script, "--this-environment", "--index-url", index.url, "-q", env=variables)
    report = subprocess.run(
        [sys.executable, str(root / "bench" / "wheel_names.py"), place / "pylock.job.toml",
         common_python()],
        capture_output=True, text=True, check=True)
    listed = place / "names.txt"
    listed.write_text(report.stdout)
    return listed
