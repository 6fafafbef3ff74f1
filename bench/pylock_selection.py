"""What a pylock file installs for an interpreter, by a program that runs in that interpreter and
uses the `packaging` library alone: an opinion of its own, beside pawl's."""

import json
import pathlib
import subprocess
import sys

here = pathlib.Path(__file__).resolve().parent
library = here.parent / "build" / "bench" / "packaging"

program = """
import json, sys
sys.path.insert(0, sys.argv[1])
try:
    import tomllib
except ImportError:
    from pip._vendor import tomli as tomllib
from packaging.markers import Marker
from packaging.tags import sys_tags
from packaging.utils import parse_wheel_filename
document = tomllib.load(open(sys.argv[2], "rb"))
ranks = {tag: rank for rank, tag in enumerate(sys_tags())}
chosen = {}
for entry in document["packages"]:
    if "marker" in entry:
        context = {"extras": set(), "dependency_groups": set()}
        if not Marker(entry["marker"]).evaluate(context, "lock_file"):
            continue
    name = None
    best = None
    for wheel in entry.get("wheels", []):
        file = wheel.get("name") or wheel.get("path", wheel.get("url", "")).rsplit("/", 1)[-1]
        rank = min((ranks[tag] for tag in parse_wheel_filename(file)[3] if tag in ranks),
                   default=None)
        if rank is not None and (best is None or rank < best):
            best, name = rank, file
    if name is None and "sdist" in entry:
        name = entry["sdist"].get("name") or entry["sdist"].get("url", "").rsplit("/", 1)[-1]
    if entry["name"] in chosen:
        sys.exit("two entries of " + entry["name"] + " apply")
    chosen[entry["name"]] = [entry.get("version"), name]
print(json.dumps(chosen))
"""


def files(python, lock):
    if not library.exists():
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", str(library),
                        "packaging>=26"], check=True)
    done = subprocess.run([python, "-c", program, str(library), str(lock)], capture_output=True,
                          text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def selection(python, lock):
    return {name: version for name, (version, _) in files(python, lock).items()}
