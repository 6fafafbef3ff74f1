#!/usr/bin/env python3
"""Every case of ../shared/evil/manifest.json through the built program.

    run_evil.py --bin DIR [--only ID,ID…] [-v]

Each case runs in a sandbox (sandbox.py) whose only writable directory is the one that the cases
climb to. An archive is tried in every way that it can reach an installer: as a file, from an
index, by its address, from a lock; and each of these twice with one cache. All must end alike: as
the manifest says, with a documented code, with nothing changed outside the environment and the
cache, and, after a refusal, nothing in these either."""

import argparse
import hashlib
import http.server
import json
import multiprocessing
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time

import expectations
import sandbox

root = pathlib.Path(__file__).resolve().parent.parent.parent
evil = pathlib.Path(os.environ.get("PAWL_SHARED", root.parent / "shared")) / "evil"
place = pathlib.Path("/tmp/pawl-evil")  # the cases name it
env, cache, template = place / "env", place / "cache", place / "template"
seconds_max = 30
megabytes_max = 700
skipped = 77


class Happened:
    """What one command did."""

    def __init__(self, how, code, output, seconds, megabytes):
        self.how, self.code, self.output = how, code, output
        self.seconds, self.megabytes = seconds, megabytes
        self.env = env

    def problem(self):
        """What no command may do, whatever the case is."""
        if self.code < 0 or self.code >= 128:
            return f"ended by signal {-self.code if self.code < 0 else self.code - 128}"
        if self.code not in (0, 1, 2, *range(100, 110)):
            return f"ended with the undocumented code {self.code}"
        if re.search(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u202a-\u202e]", self.output):
            return "printed raw control characters"
        if "s3cr3t" in self.output:
            return "printed a password"
        if "Traceback" in self.output and "building" not in self.output:
            return "printed a traceback"
        if self.seconds > seconds_max or self.megabytes > megabytes_max:
            return f"took {self.seconds:.0f} s and {self.megabytes} MB"
        if self.code != 0 and "error:" not in self.output:
            return "failed without saying why"
        return None


def listing(directory, leave_out=()):
    """All that is below, with what it is; to be compared."""
    found = {}
    waiting = [directory]
    while waiting:
        for entry in os.scandir(waiting.pop()):
            if pathlib.Path(entry.path) in leave_out:
                continue
            state = entry.stat(follow_symlinks=False)
            content = ""
            if entry.is_symlink():
                content = os.readlink(entry.path)
            elif entry.is_dir():
                waiting.append(entry.path)
            elif stat.S_ISREG(state.st_mode):
                content = hashlib.sha256(pathlib.Path(entry.path).read_bytes()).hexdigest()
            found[entry.path] = (state.st_mode, content)
    return found


def difference(before, after):
    changed = sorted(path for path in before.keys() | after.keys()
                     if before.get(path) != after.get(path))
    return f"changed: {', '.join(changed[:5])}" if changed else None


def store_listing():
    """What an installation that failed may not leave: entries, half-made things. Pages, facts
    about interpreters and files that are whole and checked may stay."""
    found = {}
    for name in ("wheels", "envs", "tmp", "builds", "built", "roots"):
        if (cache / name).is_dir():
            found.update({path: 0 for path in (cache / name).iterdir()})
    return found


def store_part(listed, leave_out):
    return {str(path): 0 for path in listed if path.parent.name not in leave_out}


class Server:
    """Serves answers by path: {path: (status, headers, body)}."""

    def __init__(self, port, answers):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path = self.path.split("?")[0]
                status, headers, body = answers.get(path, (404, {}, b"none"))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                pass  # a client that has heard enough hangs up

        self.server = Quiet(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Runner:
    """One case inside its sandbox."""

    def __init__(self, case, manifest, options):
        self.case, self.options = case, options
        self.ports = manifest["ports"]
        self.path = evil / "cases" / case["file"]
        self.problems, self.fine = [], []
        self.verdicts = {}  # how → code

    def pawl(self, how, *arguments):
        variables = {
            "HOME": str(place / "home"), "TMPDIR": str(place / "tmp"), "PATH": os.environ["PATH"],
            "PAWL_CACHE_DIR": str(cache), "LC_ALL": "C.UTF-8", "TERM": "dumb",
            "PAWL_BUILD_TIMEOUT": "PT5S",
        }
        command = [self.options.bin + "/pawl", *map(str, arguments)]
        begin = time.monotonic()
        with open(place / "output", "w+b") as output:
            child = subprocess.Popen(command, env=variables, cwd=place / "work", stdout=output,
                                     stderr=output, stdin=subprocess.DEVNULL,
                                     start_new_session=True)
            alarm = threading.Timer(seconds_max + 5, os.killpg, (child.pid, signal.SIGKILL))
            alarm.start()
            _, status, usage = os.wait4(child.pid, 0)
            alarm.cancel()
            child.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            text = output.read().decode(errors="replace")
        os.remove(place / "output")
        return Happened(how, child.returncode, text, time.monotonic() - begin,
                        usage.ru_maxrss // 1024)

    def fresh_environment(self):
        shutil.rmtree(env, ignore_errors=True)
        shutil.copytree(template / "env", env, symlinks=True)

    def fresh_cache(self):
        subprocess.run(["chmod", "-R", "u+w", str(cache)], stderr=subprocess.DEVNULL)
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(template / "cache", cache, symlinks=True)

    def judge(self, happened, before, stored):
        """Appends what is wrong with it."""
        must_install = self.case["must"] == "install"
        installed = happened.code == 0
        softer = not must_install and "also acceptable" in self.case.get("note", "")
        problem = happened.problem()
        everything = listing(place, leave_out={cache, template, *([env] if installed else [])})
        if not problem and installed != must_install and not (installed and softer):
            problem = f"must {self.case['must']}, ended with {happened.code}"
        if not problem and not installed:
            allowed = expectations.codes(self.case) | self.also_allowed(happened.how)
            if happened.code not in allowed:
                problem = f"ended with {happened.code} instead of one of {sorted(allowed)}"
        if not problem:
            problem = difference({path: value for path, value in before.items()
                                  if not installed or not path.startswith(str(env))}, everything)
        if not problem and not installed:
            kept = self.keeps(happened.how)
            problem = difference(store_part(stored, kept), store_part(store_listing(), kept))
        checks = expectations.when_installed if installed else expectations.when_refused
        if not problem and self.case["id"] in checks:
            problem = checks[self.case["id"]](happened)
        self.verdicts[happened.how] = happened.code
        if problem:
            self.problems.append(f"{happened.how}: {problem}\n{happened.output.strip()[:1500]}")
        elif self.options.verbose:
            self.fine.append(f"{happened.how}: fine ({happened.code}, {happened.seconds:.2f} "
                                 f"s, {happened.megabytes} MB)\n{happened.output.strip()[:600]}")

    def keeps(self, how):
        """What may be in the store after a refusal, since it is sound by itself: a wheel that only
        this environment cannot take, and what a build was made with."""
        if self.case["group"] == "autorun-clobber":
            return ("wheels",)
        return ("wheels", "envs") if "--build" in how else ()

    def also_allowed(self, how):
        """An index's page passes over names that are no wheel's or sdist's, and files for other
        platforms: then there is no solution."""
        kind = self.case["kind"]
        if kind == "sdist" and "--build" not in how:
            return {expectations.PERMISSION, expectations.NO_SOLUTION, expectations.REFUSED}
        return {expectations.NO_SOLUTION} if how.startswith("index") and kind != "index" else set()

    def twice(self, how, *arguments):
        """The same command on one cache, each time into a new environment."""
        self.fresh_cache()
        for time_of in ("", ", again"):
            self.fresh_environment()
            self.prepare()
            before = listing(place, leave_out={cache, template})
            stored = store_listing()
            happened = self.pawl(how + time_of, "install", *arguments, "--python",
                                 env / "bin/python")
            self.judge(happened, before, stored)
            self.after(happened)

    def prepare(self):
        """P03 and P04 need somebody whose files they could overwrite."""
        if self.case["id"] in ("P03", "P04"):
            home = expectations.site_packages(env)
            (home / "victim_pkg").mkdir()
            (home / "victim_pkg/__init__.py").write_text("SAFE = True\n")
            info = home / "victim_pkg-1.0.dist-info"
            info.mkdir()
            (info / "METADATA").write_text("Metadata-Version: 2.1\nName: victim-pkg\nVersion: 1.0\n")
            (info / "INSTALLER").write_text("pip\n")
            names = ["victim_pkg/__init__.py", "victim_pkg-1.0.dist-info/METADATA",
                     "victim_pkg-1.0.dist-info/INSTALLER", "victim_pkg-1.0.dist-info/RECORD"]
            (info / "RECORD").write_text("".join(name + ",,\n" for name in names))

    def after(self, happened):
        """`then: uninstall`: a lock of nothing takes everything out."""
        if happened.code != 0 or self.case.get("then") != "uninstall":
            return
        before = listing(place, leave_out={cache, template, env})
        lock = place / "work/pylock.none.toml"
        lock.write_text('lock-version = "1.0"\ncreated-by = "test"\npackages = []\n')
        removed = self.pawl("uninstall", "install", lock, "--python", env / "bin/python")
        lock.unlink()
        left = list(expectations.site_packages(env).glob("evil*"))
        problem = removed.problem() or difference(
            before, listing(place, leave_out={cache, template, env}))
        if problem or left or removed.code != 0:
            self.problems.append(f"uninstall: {problem or left}\n{removed.output[:500]}")

    def archive(self):
        """A wheel or sdist, in every way that it can come."""
        name = self.case["file"].split("/")[1]
        project = re.sub(r"[-_.]+", "-", name.split("-")[0]).lower()
        extra = ["--build"] if self.case["kind"] == "sdist" else []
        body = self.path.read_bytes()
        digest = hashlib.sha256(body).hexdigest()
        origin = f"http://127.0.0.1:{self.ports['index']}"
        page = f'<a href="/files/{name}#sha256={digest}">{name}</a>'.encode()
        server = Server(self.ports["index"], {
            f"/simple/{project}/": (200, {"Content-Type": "text/html"}, page),
            f"/files/{name}": (200, {"Content-Type": "application/octet-stream"}, body),
            **self.build_tools()})
        offline = ["--index-url", origin + "/simple/"]
        ways = {"file": [self.path], "index": [project],
                "address": [f"{project} @ {origin}/files/{name}"]}
        for how, arguments in ways.items():
            for options in [[], extra] if extra else [[]]:
                if how != "file" and extra and not options:
                    continue
                self.case_must_install(options)
                self.twice(" ".join([how, *options]), *arguments, *options, *offline)
        server.close()
        if self.case["kind"] == "wheel":
            lock = place / "work/pylock.toml"
            version = name.split("-")[1] if name.count("-") > 1 else "1.0"
            beside = os.path.relpath(self.path, lock.parent)
            lock.write_text(
                f'lock-version = "1.0"\ncreated-by = "test"\n[[packages]]\nname = "{project}"\n'
                f'version = "{version}"\nwheels = [{{ name = "{name}", path = "{beside}", '
                f'hashes = {{ sha256 = "{digest}" }} }}]\n')
            self.twice("lock", lock, "--inexact")

    def build_tools(self):
        """What a setup.py needs, from Debian's own wheels, where they are there."""
        answers = {}
        for wheel in pathlib.Path("/usr/share/python-wheels").glob("setuptools-*.whl"):
            page = f'<a href="/files/{wheel.name}">{wheel.name}</a>'.encode()
            answers["/simple/setuptools/"] = (200, {"Content-Type": "text/html"}, page)
            answers[f"/files/{wheel.name}"] = (200, {}, wheel.read_bytes())
        return answers

    def case_must_install(self, options):
        """An sdist is only ever installed where a build is allowed."""
        if self.case["kind"] == "sdist":
            self.case = dict(self.case)
            self.given = getattr(self, "given", self.case["must"])
            self.case["must"] = self.given if options else "reject"

    def index(self):
        case, name = self.case, self.case["id"]
        files = {}
        for path in (evil / "cases/files").iterdir():
            files[f"/{name}/files/{path.name}"] = (200, {}, path.read_bytes())
        headers = {"Content-Type": case["content_type"], **case["headers"]}
        page = (case["status"], headers, self.path.read_bytes())
        answers = {f"/{name}/simple/evil-good/": page, **files}
        if case["mode"] == "direct":
            answers[f"/{name}/files/evil_good-1.0-py3-none-any.whl"] = page
        if case["metadata_file"]:
            text = (evil / f"cases/index/{name}.metadata").read_bytes()
            answers[f"/{name}/files/evil_good-1.0-py3-none-any.whl.metadata"] = (200, {}, text)
        other = (evil / "cases/files/evil_other-1.0-py3-none-any.whl").read_bytes()
        elsewhere = {f"/a/files/evil_good-1.0-py3-none-any.whl": (200, {}, other)}
        arguments = [case["install"]]
        origin = f"http://127.0.0.1:{self.ports['index']}/{name}"
        indexes = ["--index-url", origin + "/simple/"]
        if case["extra_index"]:
            extra = (evil / f"cases/index/{name}.extra.body").read_bytes()
            answers[f"/{name}/extra/evil-good/"] = (200, {"Content-Type": "text/html"}, extra)
            # In the order in which pawl asks them: the first index has 1.0, the second 9.9.
            indexes = ["--extra-index-url", origin + "/simple/", "--index-url", origin + "/extra/"]
        if case["mode"] == "direct":
            arguments = [f"evil-good @ {origin}/files/evil_good-1.0-py3-none-any.whl"]
        servers = [Server(self.ports["index"], answers),
                   Server(self.ports["other_origin"], elsewhere)]
        (place / "marker/evil_good-2.0-py3-none-any.whl").write_bytes(
            (evil / "cases/files/evil_good-2.0-py3-none-any.whl").read_bytes())
        self.twice("index", *arguments, *indexes)
        for server in servers:
            server.close()

    def lock(self):
        if self.case["format"] == "pylock":
            self.twice("lock", self.path, "--no-index")
            return
        self.fresh_cache()
        self.fresh_environment()
        before = listing(place, leave_out={cache, template})
        out = place / "work/pylock.toml"
        # What a lock does not say is looked up among the files, by hash.
        found = ("--no-index", "--find-links", evil / "cases/files")
        converted = self.pawl("convert", "convert", self.path, out, *found)
        if converted.code == 0:
            # Paths of the lock are relative to where it lies.
            beside = place / "cases" / self.path.parent.name
            shutil.copytree(evil / "cases/files", place / "files")
            shutil.copytree(self.path.parent, beside)
            out.unlink()
            again = self.pawl("convert", "convert", beside / self.path.name,
                              beside / "pylock.toml", *found)
            self.twice("convert, install", beside / "pylock.toml", "--no-index")
            return
        self.judge(converted, before, store_listing())

    def run(self):
        for name in ("home", "tmp", "work", "marker", "template"):
            (place / name).mkdir()
        shutil.copytree(self.options.template, template, symlinks=True, dirs_exist_ok=True)
        {"wheel": self.archive, "sdist": self.archive, "index": self.index,
         "lock": self.lock}[self.case["kind"]]()
        installed = {how: code == 0 for how, code in self.verdicts.items()
                     if self.case["kind"] == "wheel"}
        if len(set(installed.values())) > 1:
            self.problems.append(f"the verdict depends on the source: {self.verdicts}")
        return {"problems": self.problems, "fine": self.fine if self.options.verbose else []}


def make_template(options, scratch):
    """An empty environment, and a cache that knows the interpreter."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", scratch / "env"], check=True)
    variables = dict(os.environ, PAWL_CACHE_DIR=str(scratch / "cache"), HOME=str(scratch))
    subprocess.run([options.bin + "/pawl", "python", "list"], env=variables, check=True,
                   stdout=subprocess.DEVNULL)


def run_case(given):
    case, manifest, options = given
    begin = time.monotonic()
    result = sandbox.run(str(place), Runner(case, manifest, options).run)
    if result is None:
        result = {"problems": ["the case's runner broke"], "fine": []}
    return case, result, time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=os.path.abspath)
    parser.add_argument("--only", type=lambda text: text.split(","))
    parser.add_argument("--verbose", "-v", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    if not (evil / "manifest.json").exists():
        print(f"SKIPPED: THE EVIL CASES ARE NOT THERE ({evil}); set PAWL_SHARED")
        sys.exit(skipped)
    if not sandbox.is_possible():
        print("SKIPPED: THIS USER MAY NOT MAKE NAMESPACES, WITHOUT WHICH THE CASES ARE NOT RUN")
        sys.exit(skipped)
    manifest = json.loads((evil / "manifest.json").read_text())
    names = {"pipfile": "pipenv"}

    def can_read(name):
        """Whether this pawl knows the format: one that it does not know is wrong usage."""
        asked = [options.bin + "/pawl", "convert", "--from", names.get(name, name), "--to",
                 "pylock", __file__, os.devnull]
        return subprocess.run(asked, capture_output=True).returncode != 2

    known = {name: can_read(name) for name in ("uv", "poetry", "pipfile")}
    cases, left_out = [], []
    for case in manifest["cases"]:
        if options.only and case["id"] not in options.only:
            continue
        is_foreign = case["kind"] == "lock" and case["format"] != "pylock"
        is_known = not is_foreign or known[case["format"]]
        (cases if is_known else left_out).append(case)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="pawl-evil-") as scratch:
        make_template(options, pathlib.Path(scratch))
        options.template = scratch
        work = [(case, manifest, options) for case in cases]
        with multiprocessing.Pool(options.jobs, maxtasksperchild=20) as pool:
            for case, result, seconds in pool.imap(run_case, work):
                failed += bool(result["problems"])
                if result["problems"] or options.verbose:
                    print(f"{case['id']} ({case['must']}): {case['does']} [{seconds:.1f} s]")
                    for problem in result["fine"] + result["problems"]:
                        print("    " + problem.replace("\n", "\n    "))
    if left_out:
        print("SKIPPED, for this pawl does not know the format: " + " ".join(one["id"] for one in left_out))
    print(f"{len(cases)} cases, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
