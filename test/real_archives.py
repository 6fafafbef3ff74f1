#!/usr/bin/env python3
"""Wheels and sdists of much used projects through the strict readers: which are refused, and by what.

    real_archives.py --bin DIR [--kinds wheels,sdists,elsewhere] [--dates DATE,…] [--jobs N] [--minutes N] [PROJECT…]

wheels: what `pawl install` takes as on each date, for an old and a new Python. sdists: those of the
same releases, unpacked (nothing of them is run: the build finds no index). elsewhere: today's wheels
for Windows and macOS. The projects are those of test/archives/projects.txt. Needs the
real index, some gigabytes of it; `./dev test-archives`, never CI. The last lines count what had a
warning and what was refused, by rule; docs/store.md says what was softened for whom.
"""

import argparse
import collections
import concurrent.futures
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tomllib

from world import World, real_index_url

projects_file = pathlib.Path(__file__).resolve().parent / "archives/projects.txt"
today = "today"
dates = ["2014-06-01", "2016-01-01", "2018-01-01", "2020-01-01", "2022-01-01", "2024-01-01", today]
pythons = {today: "3.13", "2024-01-01": "3.11"}
platforms = ["win_amd64", "win32", "macosx_[0-9_]*(arm64|universal2)", "macosx_[0-9_]*(x86_64|intel)"]
archive_bytes_max = 30_000_000
command_seconds_max = 120
uses_of_a_cache = 40
not_there = 101
permission = 104
unbuildable = re.compile(r"no solution|no index|backend|build|setup\.py|pyproject\.toml")
refusals = (100, 102, 103)


class Place(World):
    """A cache and a directory of one worker's, emptied now and then: the archives are large."""

    def __init__(self, binaries):
        super().__init__(binaries)
        self.index = real_index_url
        self.uses = 0

    def pawl(self, *words):
        self.uses += 1
        if self.uses % uses_of_a_cache == 0:
            for name in ("wheels", "downloads", "sdists", "tmp"):
                shutil.rmtree(self.cache / name, ignore_errors=True)
        shutil.rmtree(self.directory / "lib", ignore_errors=True)
        try:
            done = subprocess.run([self.binaries / "pawl", *words], cwd=self.directory,
                                  env=self.environment(), capture_output=True, text=True,
                                  timeout=command_seconds_max)
        except subprocess.TimeoutExpired:
            return -1, f"not done after {command_seconds_max} s"
        return done.returncode, done.stderr

    def install(self, *words):
        return self.pawl("install", "-v", "--no-deps", "--target", "lib", *words)


class Counts:
    def __init__(self):
        self.lock = threading.Lock()
        self.tried = collections.Counter()
        self.rules = collections.defaultdict(dict)  # (kind, rule) → {archive: message}
        self.left = []

    def ok(self, kind):
        with self.lock:
            self.tried[kind] += 1

    def note(self, word, archive, message):
        rule = re.sub(r"'[^']*'|\b\S+\.(whl|tar\.gz|zip)\b:?|\d+", "…", message)[:160]
        with self.lock:
            is_new = archive not in self.rules[word, rule]
            self.rules[word, rule][archive] = message
            if is_new and word == "refused":
                print(f"refused {archive}: {message}", flush=True)


def as_of(date):
    return [] if date == today else ["--exclude-newer", date]


def note_all(counts, kind, what, code, err):
    counts.ok(kind)
    found = re.search(r"^\s*(?:added|changed|removed) (\S+ \S+)$", err, re.M)
    name = found[1] if found and kind == "wheels" else what
    for line in err.splitlines():
        if kind == "elsewhere" and "tags in its WHEEL file" in line:
            continue  # the name was changed for this test
        if line.startswith("warning:"):
            counts.note("warned", name, line.removeprefix("warning: "))
        elif line.startswith("error:") and code in refusals:
            counts.note("refused", name, line.removeprefix("error: "))


def wheels(place, counts, project, options):
    for date in options.dates:
        code, err = place.install("--python", pythons.get(date, "3.8"), *as_of(date), project)
        if code in (0, *refusals):
            note_all(counts, "wheels", f"{project} ({date})", code, err)
        elif code not in (not_there, permission):
            counts.note("odd", f"{project} ({date})", f"exit {code}: {err.strip()[:300]}")


def locked(place, project, date):
    """The project's own entry of a lock; nothing when it cannot be locked."""
    place.write("in.txt", project + "\n")
    code, _ = place.pawl("lock", "-q", "--no-build", "-r", "in.txt", "-o", "pylock.toml", *as_of(date))
    if code != 0:
        return {}
    lock = tomllib.loads((place.directory / "pylock.toml").read_text())
    return next((package for package in lock["packages"] if package["name"] == project), {})


def sdists(place, counts, project, options):
    for date in options.dates:
        sdist = locked(place, project, date).get("sdist")
        if not sdist or sdist.get("size", 0) > archive_bytes_max:
            continue
        # There is nothing to build it with: what is read is read, and none of its code is run.
        code, err = place.install("--build", "--no-index", f"{project} @ {sdist['url']}")
        name = sdist["url"].rsplit("/", 1)[1]
        first = next((line for line in err.splitlines() if line.startswith("error:")), "")
        if code in (102, 103) or (code == 100 and not unbuildable.search(first)):
            note_all(counts, "sdists", name, code, err)
        elif code in (0, not_there, permission, 100, 109):
            counts.ok("sdists")
        else:
            counts.note("odd", name, f"exit {code}: {err.strip()[:300]}")


def elsewhere(place, counts, project, options):
    package = locked(place, project, today)
    for platform in platforms:
        wheel = next((wheel for wheel in package.get("wheels", []) if re.search(
            platform, wheel["url"]) and wheel.get("size", 0) <= archive_bytes_max), None)
        if not wheel:
            continue
        # Under a name that this machine takes (in a lock it counts before the URL's): what is asked
        # is how the wheel is read, not for whom it is.
        name = wheel["url"].rsplit("/", 1)[1]
        plain = "-".join(name.split("-")[:2]) + "-py3-none-any.whl"
        place.write("pylock.toml", f'''lock-version = "1.0"
created-by = "real-archives"
[[packages]]
name = "{package["name"]}"
version = "{package["version"]}"
wheels = [{{name = "{plain}", url = "{wheel["url"]}", hashes = {{sha256 = "{wheel["hashes"]["sha256"]}"}}}}]
''')
        code, err = place.install("pylock.toml")
        note_all(counts, "elsewhere", name, code, err)
        if code not in (0, *refusals):
            counts.note("odd", name, f"exit {code}: {err.strip()[:300]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--kinds", default="wheels,sdists,elsewhere")
    parser.add_argument("--dates", type=lambda text: text.split(","), default=dates)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no project after that")
    parser.add_argument("projects", nargs="*")
    options = parser.parse_args()
    listed = [line for line in projects_file.read_text().splitlines() if not line.startswith("#")]
    projects = options.projects or sorted(set(" ".join(listed).split()))
    counts = Counts()
    kinds = {"wheels": wheels, "sdists": sdists, "elsewhere": elsewhere}
    chosen = [kinds[kind] for kind in options.kinds.split(",")]

    end = time.monotonic() + 60 * options.minutes

    def work(share):
        place = Place(options.bin.resolve())
        try:
            for project in share:
                if time.monotonic() > end:
                    counts.left.append(project)
                    continue
                for kind in chosen:
                    kind(place, counts, project, options)
        finally:
            place.close()

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(work, (projects[start::options.jobs] for start in range(options.jobs))))
    for (word, rule), archives in sorted(counts.rules.items()):
        shown = ", ".join(sorted(archives)[:12])
        print(f"{word} {len(archives)}: {rule}\n    {shown}")
    print(", ".join(f"{kind}: {count} read" for kind, count in sorted(counts.tried.items())))
    if counts.left:
        print(f"{len(counts.left)} of {len(projects)} projects were not begun in this time")
    return 1 if any(word in ("refused", "odd") for word, _ in counts.rules) else 0


sys.exit(main())
