"""What the test drivers in this folder share: a directory of its own with a cache and an index, and
programs run in it, on a pseudo-terminal or without one."""

import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import http.server
import urllib.parse
import urllib.request

seconds_max = 120
real_index_url = "https://pypi.org/simple/"


def is_index_reachable():
    try:
        with urllib.request.urlopen(real_index_url + "six/", timeout=20) as answer:
            return answer.status == 200
    except OSError:
        return False


class World:
    def __init__(self, binaries, index=""):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="pawl-test-"))
        self.directory = self.root / "work"
        self.directory.mkdir()
        self.cache = self.root / "cache"
        self.binaries = pathlib.Path(binaries).resolve()
        self.server = None
        self.index = "http://127.0.0.1:9/simple/"
        if index:
            self.serve(index)

    def serve(self, text, *options):
        """The index of a world; a later one takes the first one's place, at the same address."""
        if self.server:
            self.stop_index()
            options = ("--port", str(urllib.parse.urlsplit(self.index).port), *options)
        world = self.root / "world.txt"
        world.write_text(text)
        self.server = subprocess.Popen(
            [self.binaries / "pawl-test-index", "--world", world, *options],
            stdout=subprocess.PIPE, text=True)
        self.index = self.server.stdout.readline().strip()

    def close(self):
        self.stop_index()
        shutil.rmtree(self.root, ignore_errors=True)

    def stop_index(self):
        if self.server:
            self.server.terminate()
            self.server.wait()
            self.server.stdout.close()
            self.server = None

    def environment(self, **more):
        kept = {
            name: value for name, value in os.environ.items()
            if not re.match(r"PAWL_|PIP_|UV_|VIRTUAL_ENV|XDG_|.*_proxy$|NETRC", name)
        }
        kept.update(
            HOME=str(self.root / "home"),
            PYENV_ROOT=os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv")),
            PAWL_CACHE_DIR=str(self.cache),
            PAWL_INDEX_URL=self.index,
            PATH=f"{self.binaries}:{os.environ['PATH']}",
            LC_ALL="C.UTF-8",
            # Python tells a module's bytecode from a stale one by whole seconds and its size.
            PYTHONDONTWRITEBYTECODE="1",
            TERM="dumb",
        )
        kept.update(more)
        return kept

    def write(self, name, content, mode=0o644):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        path.chmod(mode)
        return path

    def start(self, words, directory=None, **options):
        """The process, with pipes; its own process group, so that nobody else gets its signals."""
        options.setdefault("env", self.environment())
        return subprocess.Popen(
            [str(word) for word in words], cwd=directory or self.directory,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True, **options)

    def run(self, *words, stdin=b"", directory=None, **options):
        """Without a terminal: (exit code, stdout, stderr); -n when signal n ended it."""
        process = self.start(words, directory, **options)
        out, err = process.communicate(stdin, timeout=seconds_max)
        return process.returncode, out.decode(errors="replace"), err.decode(errors="replace")

    def pawl(self, *words, **options):
        return self.run(self.binaries / "pawl", *words, **options)

    def on_terminal(self, words, talk=(), directory=None):
        """On a pseudo-terminal: `talk` is pairs of what must have been printed and what is typed
        then. (exit code, everything printed)."""
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(directory or self.directory)
            os.execvpe(str(words[0]), [str(word) for word in words], self.environment())
        printed = b""
        talk = list(talk)
        deadline = time.monotonic() + seconds_max
        try:
            while True:
                if talk and talk[0][0].encode() in printed:
                    os.write(terminal, talk.pop(0)[1].encode())
                ready, _, _ = select.select([terminal], [], [], 0.1)
                if time.monotonic() > deadline:
                    os.kill(child, signal.SIGKILL)
                    raise TimeoutError(f"{words}: printed so far: {printed!r}")
                if not ready:
                    continue
                try:
                    read = os.read(terminal, 65536)
                except OSError:  # EIO: all who had the terminal open are gone
                    break
                if not read:
                    break
                printed += read
        finally:
            os.close(terminal)
            _, status = os.waitpid(child, 0)
        text = printed.decode(errors="replace").replace("\r\n", "\n")
        return os.waitstatus_to_exitcode(status), text


class WebServer:
    """Files of a directory and redirects, on a loopback port."""

    def __init__(self, directory, redirects=()):
        redirects = dict(redirects)

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments, **options):
                super().__init__(*arguments, directory=str(directory), **options)

            def do_GET(self):
                if self.path in redirects:
                    self.send_response(302)
                    self.send_header("Location", redirects[self.path])
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                else:
                    super().do_GET()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
