"""Locks into a wheel that was just built."""

import base64
import csv
import email
import gzip
import hashlib
import io
import os
import posixpath
import re
import tarfile
import zipfile

try:
    import tomllib
except ImportError:
    import tomli as tomllib


class LockError(Exception):
    """What the author must mend; ends the build."""


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def _sources(package):
    for key in ("archive", "sdist"):
        if key in package:
            yield package[key]
    yield from package.get("wheels", [])


def needed(metadata):
    """Projects that are needed everywhere; where a marker holds needs more than this."""
    for requirement in email.message_from_string(metadata).get_all("Requires-Dist", []):
        if ";" not in requirement:
            yield normalized(re.match(r"\s*[A-Za-z0-9._-]+", requirement)[0].strip())


def check(document, path, name, version, metadata):
    """The rules that need no resolver; pawl wheel show checks the rest."""
    major = str(document.get("lock-version", "")).split(".")[0]
    if major != "1":
        raise LockError(f"{path}: lock-version {document.get('lock-version')!r} is not known")
    project = document.get("tool", {}).get("pawl", {}).get("project", name)
    if normalized(project) != name:
        raise LockError(f"{path} is the lock of {project}")
    for package in document.get("packages", []):
        own = normalized(package.get("name", "")) == name
        if own and package.get("version", version) != version:
            raise LockError(f"{path} names {name} {package['version']}, this is {version}")
        vcs = package.get("vcs", {})
        is_path = "directory" in package or "path" in vcs
        if not own and (is_path or any("path" in source for source in _sources(package))):
            raise LockError(f"{path}: {package.get('name')} is a path, which means nothing in a wheel")
    locked = {normalized(package.get("name", "")) for package in document.get("packages", [])}
    for project in needed(metadata):
        if project not in locked:
            raise LockError(f"{path} has no {project}, which {name} needs: make it anew with pawl lock")


def without_itself(text, name):
    """The lock without the entry of the project itself, every other line as it is."""
    blocks = re.split(r"(?m)^(?=\[\[packages\]\]\s*(?:#.*)?$)", text)
    kept = [blocks[0]]
    for block in blocks[1:]:
        tail = re.search(r"(?m)^\[(?!\[?packages\.)(?!\[packages\])", block[2:])
        entry, rest = (block, "") if not tail else (block[: tail.start() + 2], block[tail.start() + 2 :])
        packages = tomllib.loads(entry).get("packages", [{}])
        if normalized(packages[0].get("name", "")) == name:
            kept.append(rest)
        else:
            kept.append(block)
    wanted = tomllib.loads(text)
    wanted["packages"] = [p for p in wanted["packages"] if normalized(p.get("name", "")) != name]
    if not wanted["packages"]:
        kept.insert(1, "packages = []\n\n")
    shorter = "".join(kept)
    found = tomllib.loads(shorter)
    if found != wanted:
        raise LockError(f"the entry of {name} itself cannot be taken out of the lock; remove it there")
    return shorter


def record_row(path, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([path, f"sha256={digest}", len(content)])
    return line.getvalue()


def add_locks(wheel, locks):
    """Rewrites the wheel: each member as it was, then the locks, then RECORD."""
    name, version = os.path.basename(wheel).split("-")[:2]
    aside = wheel + ".locked"
    with zipfile.ZipFile(wheel) as old:
        record = next(i for i in old.infolist() if re.fullmatch(r"[^/]+\.dist-info/RECORD", i.filename))
        info = record.filename.rsplit("/", 1)[0]
        metadata = old.read(f"{info}/METADATA").decode()
        added = {}
        for lock_name, path in locks:
            with open(path, encoding="utf-8", newline="") as file:
                text = file.read()
            document = tomllib.loads(text)
            check(document, path, normalized(name), version, metadata)
            if any(normalized(p.get("name", "")) == normalized(name) for p in document.get("packages", [])):
                text = without_itself(text, normalized(name))
            member = f"{info}/pylock/pylock.{lock_name + '.' if lock_name else ''}toml"
            added[member] = text.encode()
        rows = old.read(record).decode().splitlines(keepends=True)
        own = {record.filename, *added}
        kept = [row for row in rows if next(csv.reader([row]), [""])[0] not in own]
        text = "".join(kept) + "".join(record_row(path, data) for path, data in added.items())
        text += record.filename + ",,\n"
        with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as new:
            for member in old.infolist():
                if member.filename not in own:
                    new.writestr(member, old.read(member), member.compress_type)
            for path, data in [*added.items(), (record.filename, text.encode())]:
                entry = zipfile.ZipInfo(path, record.date_time)
                entry.external_attr = 0o100644 << 16
                new.writestr(entry, data, zipfile.ZIP_DEFLATED)
    os.replace(aside, wheel)


def inside(path):
    """A path below the project as archives write it."""
    return posixpath.normpath(path.replace(os.sep, "/"))


def _root(members):
    """The project's directory in a source distribution, written as its members are: some backends
    begin each with "./"."""
    for member in members:
        folder, _, file = member.name.rpartition("/")
        if file == "PKG-INFO" and "/" not in posixpath.normpath(folder):
            return folder
    raise LockError("the source distribution has no PKG-INFO")


def add_to_sdist(sdist, locks):
    """A wheel is mostly built from the sdist: what the backend left out is added at its end."""
    if not sdist.endswith(".tar.gz"):
        return
    with open(sdist, "rb") as file:
        packed = file.read()
    content = io.BytesIO(gzip.decompress(packed))
    with tarfile.open(fileobj=content, mode="a") as archive:
        members = archive.getmembers()
        root = _root(members)
        there = {posixpath.normpath(member.name) for member in members}
        names = {path: posixpath.join(root, inside(path)) for path in locks}
        missing = [path for path in locks if posixpath.normpath(names[path]) not in there]
        for path in missing:
            with open(path, "rb") as file:
                data = file.read()
            entry = tarfile.TarInfo(names[path])
            entry.size, entry.mtime, entry.mode = len(data), members[-1].mtime, 0o644
            archive.addfile(entry, io.BytesIO(data))
    if missing:
        when = int.from_bytes(packed[4:8], "little")
        with open(sdist + ".locked", "wb") as file:
            file.write(gzip.compress(content.getvalue(), mtime=when))
        os.replace(sdist + ".locked", sdist)
