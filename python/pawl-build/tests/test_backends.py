#!/usr/bin/env python3
"""Builds a small project with each backend through pawl-build, and looks at what came out.

    test_backends.py --pawl PROGRAM      77 when the package index cannot be reached

Backends come from the package index, into a virtual environment of this test's own. maturin needs
cargo; where that is missing, or cannot build, it is left out, and said.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

root = pathlib.Path(__file__).resolve().parent.parent
skipped = 77

LOCK = """lock-version = "1.0"
requires-python = ">=3.8"
created-by = "test"

[[packages]]
name = "demo-app"
directory = {path = "."}

[[packages]]
name = "six"
version = "1.16.0"

[[packages.wheels]]
url = "https://files.example/six-1.16.0-py2.py3-none-any.whl"
hashes = {sha256 = "%s"}

[tool.pawl]
project = "demo-app"
""" % ("a" * 64)

BACKENDS = {
    "hatchling": ("hatchling.build", "hatchling", '[tool.hatch.build.targets.wheel]\npackages = ["demo_app"]\n'),
    "setuptools": ("setuptools.build_meta", "setuptools>=77", '[tool.setuptools]\npackages = ["demo_app"]\n'),
    "flit-core": ("flit_core.buildapi", "flit_core", '[tool.flit.module]\nname = "demo_app"\n'),
    "maturin": ("maturin", "maturin", '[tool.maturin]\nbindings = "bin"\n'),
}

CALL = (
    "import os, sys; out, hook = sys.argv[1:]; sys.argv = ['x']; import pawl_build as b;"
    "b.get_requires_for_build_wheel(); print(getattr(b, hook)(out))"
)


def project(backend, extra, folder):
    folder.mkdir()
    (folder / "demo_app").mkdir()
    (folder / "demo_app/__init__.py").write_text('"""A demo."""\n\n\ndef main():\n    print("demo")\n')
    (folder / "pylock.toml").write_text(LOCK)
    (folder / "pylock.lts.toml").write_text(LOCK)
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["pawl-build"]\nbuild-backend = "pawl_build"\n'
        '[project]\nname = "demo-app"\nversion = "1.0"\ndescription = "A demo"\n'
        'requires-python = ">=3.8"\ndependencies = ["six"]\n'
        f'[tool.pawl-build]\nbackend = "{backend}"\nlocks = ["pylock.toml", "pylock.lts.toml"]\n{extra}'
    )
    if backend == "maturin":
        (folder / "Cargo.toml").write_text(
            '[package]\nname = "demo-app"\nversion = "1.0.0"\nedition = "2021"\n')
        (folder / "src").mkdir()
        (folder / "src/main.rs").write_text('fn main() { println!("demo"); }\n')
        shutil.rmtree(folder / "demo_app")


def build(python, folder, out, hook="build_wheel"):
    out.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(root / "src"), "SOURCE_DATE_EPOCH": "1700000000"}
    environment["PATH"] = f"{pathlib.Path(python).parent}:{environment['PATH']}"
    return subprocess.run([python, "-c", CALL, str(out), hook], cwd=folder, env=environment,
                          capture_output=True, text=True)


def check(name, wheel, pawl):
    with zipfile.ZipFile(wheel) as file:
        assert file.testzip() is None
        names = [one for one in file.namelist() if "/pylock/" in one]
    assert sorted(one.rsplit("/", 1)[1] for one in names) == ["pylock.lts.toml", "pylock.toml"], names
    done = subprocess.run([pawl, "wheel", "show", "--json", wheel], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    shown = json.loads(done.stdout)["wheels"][0]
    assert shown["name"] == "demo-app"
    for lock in shown["locks"]:
        assert [one["name"] for one in lock["packages"]] == ["six"], lock
    print(f"{name}: ok ({wheel.name})")


def from_sdist(python, folder, scratch):
    """The wheel of the source distribution, which is how most wheels are built."""
    out = scratch / f"{folder.name}-sdist"
    done = build(python, folder, out, "build_sdist")
    assert done.returncode == 0, done.stderr
    sdist = next(out.glob("*.tar.gz"))
    with tarfile.open(sdist) as archive:
        archive.extractall(out)
    unpacked = next(path for path in out.iterdir() if path.is_dir())
    for name in ("pylock.toml", "pylock.lts.toml"):
        assert (unpacked / name).read_bytes() == (folder / name).read_bytes(), name
    done = build(python, unpacked, out / "wheel")
    assert done.returncode == 0, done.stderr
    return next((out / "wheel").glob("*.whl"))


def refuses(python, scratch):
    folder = scratch / "bad"
    project("flit_core.buildapi", BACKENDS["flit-core"][2], folder)
    for text, why in (
        (LOCK.replace('"1.0"\nrequires', '"2.0"\nrequires'), "not known"),
        (LOCK.replace('project = "demo-app"', 'project = "other"'), "lock of other"),
        (LOCK.replace('directory = {path = "."}', 'version = "2.0"'), "names demo-app 2.0"),
        (LOCK.replace("url = ", "path = ").replace("https://files.example/", ""), "is a path"),
        (LOCK.replace('name = "six"', 'name = "five"'), "has no six, which demo-app needs"),
    ):
        (folder / "pylock.toml").write_text(text)
        done = build(python, folder, scratch / f"bad-{hashlib.md5(why.encode()).hexdigest()}")
        assert done.returncode != 0 and why in done.stderr, (why, done.stderr[-500:])
    print("bad locks: refused")


def made_by_hand(python, scratch):
    """Source distributions as other backends write them: the lock lies beside PKG-INFO."""
    call = "import sys; from pawl_build._locks import add_to_sdist as add; add(sys.argv[1], sys.argv[2:])"
    folder = scratch / "by-hand"
    (folder / "..x").mkdir(parents=True)
    locks = ["./pylock.toml", "..x/pylock.lts.toml"]
    for path in locks:
        (folder / path).write_text(LOCK)
    for number, names in enumerate((
        ["demo-1/demo.py", "demo-1/PKG-INFO", "demo-1/demo.egg-info/PKG-INFO"],
        ["./demo-1/demo.egg-info/PKG-INFO", "./demo-1/PKG-INFO"],
        ["./", "./demo-1/", "./demo-1/PKG-INFO", "./demo-1/pylock.toml"],
    )):
        sdist = scratch / f"by-hand-{number}.tar.gz"
        with tarfile.open(sdist, "w:gz") as archive:
            for name in names:
                entry = tarfile.TarInfo(name.rstrip("/"))
                entry.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
                archive.addfile(entry)
        subprocess.run([python, "-c", call, str(sdist), *locks], cwd=folder, check=True,
                       env={**os.environ, "PYTHONPATH": str(root / "src")})
        start = "./demo-1/" if names[0].startswith("./") else "demo-1/"
        with tarfile.open(sdist) as archive:
            found = [name for name in archive.getnames() if "pylock" in name]
        assert found == [start + "pylock.toml", start + "..x/pylock.lts.toml"], (names, found)
    print("source distributions by hand: ok")


def leads_out(python, scratch):
    """Which paths of locks are refused."""
    folder = scratch / "paths"
    project("flit_core.buildapi", BACKENDS["flit-core"][2], folder)
    (folder / "..x").mkdir()
    shutil.copy(folder / "pylock.toml", folder / "..x/pylock.toml")
    text = (folder / "pyproject.toml").read_text()
    for path, is_inside in (("..x/pylock.toml", True), ("a/../../pylock.toml", False),
                            ("../pylock.toml", False), (str(folder / "pylock.toml"), False)):
        (folder / "pyproject.toml").write_text(text.replace('"pylock.toml"', f'"{path}"'))
        done = build(python, folder, scratch / f"paths-{hashlib.md5(path.encode()).hexdigest()}")
        assert (done.returncode == 0) == is_inside, (path, done.stderr)
        assert is_inside or "leads out of the project" in done.stderr, (path, done.stderr)
    print("paths of locks: ok")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pawl", required=True)
    pawl = os.path.abspath(parser.parse_args().pawl)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="pawl-build-"))
    try:
        subprocess.run([sys.executable, "-m", "venv", scratch / "venv"], check=True)
        python = str(scratch / "venv/bin/python")
        wanted = [one[1] for one in BACKENDS.values() if one[1] != "maturin" or shutil.which("cargo")]
        pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "tomli", *wanted]
        if subprocess.run(pip, capture_output=True).returncode != 0:
            print("SKIPPED: THE PACKAGE INDEX CANNOT BE REACHED", file=sys.stderr)
            return skipped
        for name, (backend, package, extra) in BACKENDS.items():
            if package not in wanted:
                print(f"{name}: LEFT OUT, THERE IS NO cargo", file=sys.stderr)
                continue
            folder = scratch / name
            project(backend, extra, folder)
            wheels = []
            for attempt in ("one", "two"):
                out = scratch / f"{name}-{attempt}"
                done = build(python, folder, out)
                if done.returncode != 0 and name == "maturin":
                    print(f"{name}: LEFT OUT, IT CANNOT BUILD HERE", file=sys.stderr)
                    break
                assert done.returncode == 0, done.stderr
                wheels.append(next(out.glob("*.whl")))
            if wheels:
                check(name, wheels[0], pawl)
                assert name == "maturin" or wheels[0].read_bytes() == wheels[1].read_bytes(), name
            if name != "maturin":
                check(f"{name} from its sdist", from_sdist(python, folder, scratch), pawl)
        refuses(python, scratch)
        made_by_hand(python, scratch)
        leads_out(python, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return 0


sys.exit(main())
