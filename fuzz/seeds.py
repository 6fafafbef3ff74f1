#!/usr/bin/env python3
"""Seeds for the fuzz targets out of what the repository has anyway, beside fuzz/corpus.

    seeds.py DIRECTORY     makes DIRECTORY/TARGET/… anew, and says how many there are

The string literals of a room's tests are its odd cases; locks, scripts and requirements files lie in
test/ and examples/; archives of every kind are made here. An error when a target has too few.
"""

import ast
import gzip
import hashlib
import io
import pathlib
import re
import shutil
import struct
import sys
import tarfile
import warnings
import zipfile

root = pathlib.Path(__file__).resolve().parent.parent
seeds_min = 20
seed_bytes_max = 16 << 10

# target: the tests whose literals are its input, and the files
literals = {
    "foreign_lock": ["src/exchange/*_test.cc"],
    "html_page": ["src/index/*html*_test.cc", "src/text/html*_test.cc"],
    "json": ["src/text/json*_test.cc"],
    "json_page": ["src/index/*page*_test.cc", "src/index/*/*page*_test.cc", "src/text/json*_test.cc"],
    "marker": ["src/pep/marker*_test.cc"],
    "metadata": ["src/pep/*metadata*_test.cc", "src/index/metadata_test.cc"],
    "pylock": ["src/lock/*_test.cc"],
    "requirements_file": ["src/project/*_test.cc", "src/pep/requirement*_test.cc"],
    "script": ["src/script/*_test.cc"],
    "tar": [],
    "toml": ["src/text/toml*_test.cc"],
    "version": ["src/pep/version*_test.cc", "src/pep/specifier*_test.cc",
                "src/pep/requirement*_test.cc"],
    "wheel_texts": ["src/wheel/*_test.cc", "src/text/csv*_test.cc", "src/pep/wheel*_test.cc"],
    "zip": [],
}
files = {
    "foreign_lock": ["test/data/exchange/**/*.lock", "test/data/exchange/**/*.txt"],
    "pylock": ["test/data/**/*.toml"],
    "requirements_file": ["test/data/exchange/**/*.txt"],
    "script": ["examples/*.py", "test/*.py"],
    "toml": ["test/data/**/*.toml", "test/data/**/Pipfile", "test/data/**/*.lock"],
}

literal = re.compile(r'R"([^ ()\\]{0,16})\((?P<raw>.*?)\)\1"|"(?P<plain>(?:\\.|[^"\\\n])*)"|//[^\n]*|'
                     r"'(?:\\.|[^'\\\n])'|#include[^\n]*|(?P<other>[^\s\"'/#R]+|[^\s])", re.S)


def literals_of(source):
    """Each literal; those with only blanks between them are one, as for the compiler."""
    joined = None
    for found in literal.finditer(source):
        part = found["raw"]
        if found["plain"] is not None:
            try:
                part = ast.literal_eval(f'b"{found["plain"]}"').decode("latin-1")
            except (SyntaxError, UnicodeError, ValueError):
                part = found["plain"]
            part = part.encode("utf-8" if part.isascii() else "latin-1", "replace")
        elif part is not None:
            part = part.encode()
        if part is not None:
            joined = (joined or b"") + part
        elif joined is not None:
            yield joined
            joined = None


def zips():
    def made(*members, comment=b"", **options):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", **options) as archive:
            archive.comment = comment
            for name, content, *changes in members:
                info = zipfile.ZipInfo(name, (2024, 2, 29, 12, 30, 58))
                info.compress_type = archive.compression
                for key, value in changes[0].items() if changes else ():
                    setattr(info, key, value)
                archive.writestr(info, content)
        return out.getvalue()

    wheel = [("a/__init__.py", b"x = 1\n" * 30), ("a-1.dist-info/METADATA", b"Name: a\n"),
             ("a-1.dist-info/RECORD", b"a/__init__.py,,\n")]
    deflated = {"compression": zipfile.ZIP_DEFLATED}
    yield made(*wheel)
    yield made(*wheel, **deflated)
    yield made(*wheel, comment=b"a comment PK\5\6")
    yield made(("a/", b"", {"external_attr": 0o40755 << 16}), ("a/b", b"1"))
    yield made(("run", b"#!python\n", {"external_attr": 0o100755 << 16}), ("link", b"run", {
        "external_attr": 0o120777 << 16}))
    yield made(("é/ü.py", b""), ("e\u0301", b""), ("\u00e9", b""))
    for name in ("../x", "/x", "a//b", "a/./b", "C:x", "a\\b", "nul", "a.", "A", "a\0b", "x" * 300):
        yield made((name, b"1"), ("a", b"2"))
    yield made(("a", b"1"), ("a/b", b"2"))
    yield made(("a", b"\0" * 60000), **deflated)
    yield made(("a", b""), **deflated)
    yield made(("a", b"1", {"extra": struct.pack("<HHL", 0x5455, 5, 1) + b"\0"}))
    for compression in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield made(("a", b"1"), compression=compression)
    whole = made(*wheel, **deflated)
    yield b"MZ" + whole
    yield whole + b"\0"
    yield whole[:-3]
    yield whole.replace(b"a/__init__.py", b"b/__init__.py", 1)
    for force in (False, True):  # sizes behind the data; zip64
        class Stream(io.BytesIO):
            def seekable(self):
                return False
        out = Stream()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            with archive.open("a", "w", force_zip64=force) as member:
                member.write(b"streamed" * 9)
        yield out.getvalue()


def tars():
    def made(kind, *members):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
            for name, content, *changes in members:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                for key, value in changes[0].items() if changes else ():
                    setattr(info, key, value)
                archive.addfile(info, io.BytesIO(content))
        return out.getvalue()

    sdist = [("a-1", b"", {"type": tarfile.DIRTYPE, "mode": 0o755}), ("a-1/PKG-INFO", b"Name: a\n"),
             ("a-1/run", b"#!sh\n", {"mode": 0o755})]
    for kind in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        yield made(kind, *sdist)
        yield made(kind, ("a-1/" + "d/" * 40 + "x" * 90, b"long"))
        for link in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            for target in ("PKG-INFO", "a-1/PKG-INFO", "../../etc", "/etc/passwd", "l"):
                yield made(kind, *sdist, ("a-1/l", b"", {"type": link, "linkname": target}))
    for name in ("../x", "/x", "a//b", "./a", "a-1/../../x", "C:x", "a\\b"):
        yield made(tarfile.GNU_FORMAT, (name, b"1"))
    for kind in (tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE):
        yield made(tarfile.GNU_FORMAT, ("a-1/odd", b"", {"type": kind}))
    yield made(tarfile.PAX_FORMAT, ("a-1/é", b"1", {"pax_headers": {"path": "a-1/o", "size": "1"}}))
    yield made(tarfile.PAX_FORMAT, ("a-1/b", b"1", {"pax_headers": {"GNU.sparse.major": "1"}}))
    yield made(tarfile.PAX_FORMAT, ("a-1/b", b"1", {"uid": 1 << 40, "mtime": 1.5}))
    whole = made(tarfile.PAX_FORMAT, *sdist)
    yield gzip.compress(whole, mtime=0)
    yield gzip.compress(whole[:700], mtime=0) + gzip.compress(whole[700:], mtime=0)
    yield gzip.compress(whole, mtime=0)[:-4]
    yield whole[:600]
    yield whole.replace(b"a-1/run", b"a-1/ran", 1)  # the checksum is wrong
    yield from zips()


def seeds_of(target):
    for pattern in literals[target]:
        for path in sorted(root.glob(pattern)):
            yield from literals_of(path.read_text())
    for pattern in files.get(target, ()):
        for path in sorted(root.glob(pattern)):
            yield path.read_bytes()
    if target in ("zip", "tar"):
        yield from zips() if target == "zip" else tars()
    for path in (root / "fuzz/corpus" / target).iterdir():
        yield path.read_bytes()


def main():
    warnings.simplefilter("ignore")  # of archives that are odd on purpose
    directory = pathlib.Path(sys.argv[1])
    targets = sorted(path.stem for path in (root / "fuzz").glob("*.cc"))
    too_few = []
    for target in targets:
        shutil.rmtree(directory / target, ignore_errors=True)
        (directory / target).mkdir(parents=True)
        seeds = {seed for seed in seeds_of(target) if len(seed) <= seed_bytes_max}
        for seed in seeds:
            (directory / target / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
        print(f"{target:20} {len(seeds):6} seeds, {sum(map(len, seeds)):8} bytes")
        if len(seeds) < seeds_min:
            too_few.append(target)
    if too_few:
        sys.exit(f"error: fewer than {seeds_min} seeds: {', '.join(too_few)}")


main()
