#!/usr/bin/env python3
"""Holds pawl-conformance against the `packaging` library on random inputs (needs `packaging` 26.3).

    python random_markers.py --cmd "pawl-conformance --tables T" --tables T --seed 7 --count 20000

Markers (parsing, evaluating, and the algebra that only pawl has), tags, metadata, licences, direct
URLs and dependency groups; random_cases.py has the rest. T is the corpus's tables.json. Prints the
seed and each difference; exit status 1 if there is one.
"""
import argparse
import json
import random
import shlex
import subprocess
import sys

from packaging.dependency_groups import resolve_dependency_groups
from packaging.direct_url import DirectUrl
from packaging.licenses import canonicalize_license_expression
from packaging.markers import Marker
from packaging.metadata import Metadata, parse_email
from packaging.tags import parse_tag

STRINGS = {
    "os_name": ["posix", "nt", "java", "os"],
    "sys_platform": ["linux", "win32", "darwin", "cygwin", "freebsd14", "ios", "lin", "linux darwin"],
    "platform_system": ["Linux", "Windows", "Darwin", "FreeBSD", "iOS", "Android", "Windows Linux"],
    "platform_machine": ["x86_64", "arm64", "AMD64", "x86", "", "x86_64 arm64", "aarch64"],
    "platform_python_implementation": ["CPython", "PyPy", "GraalVM"],
    "implementation_name": ["cpython", "pypy", "cpython pypy"],
    "platform_version": ["10.0.19045", "#1", "10", "Darwin"],
}
VERSIONS = {
    "python_version": ["3.8", "3.9", "3.10", "3.12", "3.15", "3", "2.7", "3.10.*", "3.12.1", "3.x",
                       "3.9 3.10", "3.15rc1", "3.*", "4", "3.15.dev0"],
    "python_full_version": ["3.8.20", "3.9.13", "3.12.8", "3.15.0b1", "3.15.0", "3.12", "3.12.*",
                            "3.15", "3.12.8 3.9.13", "3.15.0a2", "3.15.0rc1", "x"],
    "platform_release": ["10", "11", "6.8.0", "6.8.0-45-generic", "20.6.0", "5", "2012ServerR2", "",
                         "6.6.31+rpt-rpi-v7", "23.6.0.post1"],
    "implementation_version": ["3.12.8", "7.3.17", "7", "3.15.0b1", "3.15.0+", "25.0.1"],
}
OPERATORS = ["==", "==", "!=", "<", "<=", ">", ">=", ">=", "~=", "===", "in", "not in"]
NAMES = ["dev", "Foo_Bar", "foo-bar", "test", ""]
LICENCES = ["MIT", "mit", "Apache-2.0", "BSD-3-Clause", "GPL-2.0-only", "LicenseRef-Foo.bar", "nope",
            "LicenseRef-", "licenseref-a", "GPL-2.0+", "0bsd", "LicenseRef-a+", "(", ")", "AND", "or",
            "WITH", "Classpath-exception-2.0", "LLVM-exception", "+", "not", "\t", "MIT+"]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def one(self, *options):
        return self.random.choice(options)

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def quoted(self, text):
        quote = self.one("'", '"')
        return quote + text + quote

    def comparison(self, lock):
        kind = self.one("string", "version", "version", "python", "extra")
        if kind == "extra" and lock:
            return (self.quoted(self.one(*NAMES)) + self.one(" in ", " not in ", " in ", " == ")
                    + self.one("extras", "dependency_groups"))
        if kind == "extra":
            variable, value = "extra", self.one(*NAMES)
        elif kind == "string":
            variable = self.one(*STRINGS)
            value = self.one(*STRINGS[variable])
        else:
            variable = self.one(*VERSIONS) if kind == "version" else "python_version"
            value = self.one(*VERSIONS[variable])
        operator = self.one(*OPERATORS)
        left, right = variable, self.quoted(value)
        if self.chance(20):
            left, right = right, left
        if self.chance(1):
            left = right
        return left + self.one("", " ", " ") * (operator[0] not in "in") + (
            f" {operator} " if operator[0] in "in" else operator) + right

    def marker(self, lock, depth=0):
        if depth > 2 or self.chance(30):
            return self.comparison(lock)
        parts = [self.marker(lock, depth + 1) for _ in range(self.one(1, 2, 2, 3))]
        text = parts[0] + "".join(self.one(" and ", " or ") + part for part in parts[1:])
        return "(" + text + ")" if self.chance(50) else text

    def spoil(self, text):
        at = self.random.randrange(len(text) + 1)
        what = self.one("", " ", ".", "-", "(", ")", "x", "\\", "!", "\t", "é", "=", ",", ";", '"', "'")
        return text[:at] + what + text[at + self.one(0, 1):]

    def context(self, tables):
        kind = self.one("metadata", "requirement", "lock_file")
        given = {"env": self.one(*tables["environments"]), "context": kind}
        if kind == "metadata":
            given["extra"] = self.one(*NAMES)
        if kind == "lock_file":
            given["extras"] = self.random.sample(NAMES[:4], self.one(0, 1, 2))
            given["dependency_groups"] = self.random.sample(NAMES[:4], self.one(0, 1, 2))
        return given

    def metadata(self):
        lines = ["Metadata-Version: " + self.one("2.1", "2.4", "2.5", "2.6", "1.2", "3.0"),
                 "Name: " + self.one("foo", "Foo.Bar", "-x", "a_"), "Version: " + self.one("1", "x")]
        for _ in range(self.one(0, 1, 3, 6)):
            lines.append(self.one(
                "Summary: a\n b", "Summary: x", "Keywords: a,b ,c", "Keywords: x", ": y", " folded",
                "Project-URL: a, https://x", "Project-URL: b,c,d", "License-File: " + self.one(
                    "a", "a//b", "./a", ".", "", "C:/x", "C:x", "a\\b", "a/", "/a", "a..b", "//s/t/x"),
                "Import-Name: " + self.one("a", "a.b; private", "a ;x", "class", "", "a;  private"),
                "Import-Namespace: " + self.one("a", "1", ""), "Dynamic: " + self.one(
                    "Name", "Requires-Dist", "x", "LICENSE"),
                "Requires-Dist: " + self.one("a", "b>=1;x", "c[d]; extra == 'e'"),
                "Requires-Python: " + self.one(">=3.8", ">=3.8,<4", "x", ""), "X-Other: y",
                "Provides-Extra: " + self.one("a_B", "-"), "Description: d", "From nobody",
                "License-Expression: " + self.one("mit", "mit or", "MIT AND (ISC)"), "no header",
                "Description-Content-Type: " + self.one(
                    "text/plain", "Text/Markdown; variant=gfm", "text/markdown;variant=\"GFM\"",
                    "text/x-rst;", "text/markdown; charset = utf-8", "text", "text/html", "text/plain;;",
                    "text/plain; charset=ascii", "text/plain; a", "", "text/plain; a=b; a=c",
                    "text/plain x", "text/ plain")))
        if self.chance(50):
            self.random.shuffle(lines)
        # Versions of Python differ in what an empty value that goes on in the next line is.
        while any(before.endswith(": ") and line == " folded" for before, line in zip(lines, lines[1:])):
            lines.remove(" folded")
        end = self.one("\n", "\n", "\n", "\r\n")
        return end.join(lines) + end + self.one("", end, end + "body" + end + end + "more")

    def group_item(self, names):
        return self.one("a>=1", "b; os_name=='nt'", {"include-group": self.one(*names)},
                        {"include-group": self.one(*names)}, *([self.one({}, 1, "x y", None, {"include-group": 1})]
                                                               if self.chance(10) else []))

    def case(self, tables):
        kind = self.one("eval", "eval", "space", "space", "space", "parse", "tag", "raw", "validate",
                        "licence", "url", "groups")
        if kind in ("eval", "space"):
            given = self.context(tables)
            if kind == "space" and given["env"] == "cp315plus-linux-x86_64":
                given["env"] = "cp312-empty"  # marker_space.cc says where a "3.15.0+" differs
            return "marker." + kind, {"marker": self.marker(given["context"] == "lock_file"), **given}
        if kind == "parse":
            text = self.marker(self.chance(20))
            return "marker.parse", {"s": self.spoil(text) if self.chance(40) else text}
        if kind == "tag":
            text = "-".join(self.one("py3", "py2.py3", "CP312", "abi3", "", "any", "3", "a.b.", "é")
                            for _ in range(self.one(3, 3, 3, 3, 2, 4)))
            return "tags.parse", {"s": text}
        if kind in ("raw", "validate"):
            return "metadata." + kind, {"text": self.metadata()}
        if kind == "licence":
            words = [self.one(*LICENCES) for _ in range(self.one(1, 2, 3, 5, 7))]
            if self.chance(50):  # well-formed more often
                words = [self.one(*LICENCES[:10]) if i % 2 == 0 else self.one("and", "OR", "With")
                         for i in range(len(words))]
            return "license.canonicalize", {"s": self.one(" ", "", "  ", " ").join(words)}
        if kind == "url":
            origin = {"url": self.one("https://u:p@h/x?y#z", "file:///a", "file://a", "git@h:r", "FILE:///x",
                                      "https://${A}:${B}@h", "https://${A}@h/", "ssh://git@h/r", "//u@h/x",
                                      "https://u@v@h/", 1, None, "x y", "https://h?@a")}
            for key, value in (("archive_info", self.one({}, {"hash": "a=b"}, {"hash": "a"}, {"hashes": {"a": "b"}},
                                                         {"hash": "a=b", "hashes": {"a": "c"}}, {"hashes": []})),
                               ("dir_info", self.one({}, {"editable": True}, {"editable": 1}, None)),
                               ("vcs_info", self.one({"vcs": "git", "commit_id": "1"}, {"vcs": "git"}, []))):
                if self.chance(40):
                    origin[key] = value
            return "direct_url.parse", {"json": origin}
        names = ["a", "b", "A-b", "a_b"]
        groups = {self.one(*names): [self.group_item(names) for _ in range(self.one(0, 1, 2, 3))]
                  for _ in range(self.one(1, 2, 3))}
        return "dependency_groups.resolve", {"groups": groups, "name": self.one(*names)}


def evaluated(tables, given):
    environment = dict(tables["environments"][given["env"]])
    if given["context"] == "metadata":
        environment["extra"] = given["extra"]
    if given["context"] == "lock_file":
        environment["extras"] = frozenset(given["extras"])
        environment["dependency_groups"] = frozenset(given["dependency_groups"])
    return Marker(given["marker"]).evaluate(environment, context=given["context"])


def validated(text):
    try:
        metadata = Metadata.from_email(text)
    except Exception as group:
        return {"valid": False, "bad_fields": sorted({error.field for error in group.exceptions})}
    return {"valid": True, "name": metadata.name, "version": str(metadata.version)}


def expected(tables, operation, given):
    if operation == "marker.parse":
        return {"str": str(Marker(given["s"]))}
    if operation == "marker.eval":
        return {"value": evaluated(tables, given)}
    if operation == "marker.space":
        value = evaluated(tables, given)
        return {"value": value, "text_value": value, "same": True}
    if operation == "tags.parse":
        return {"tags": sorted(map(str, parse_tag(given["s"])))}
    if operation == "metadata.raw":
        raw, unparsed = parse_email(given["text"])
        return {"raw": raw, "unparsed": unparsed}
    if operation == "metadata.validate":
        return validated(given["text"])
    if operation == "license.canonicalize":
        return {"expr": canonicalize_license_expression(given["s"])}
    if operation == "direct_url.parse":
        return {"dict": DirectUrl.from_dict(given["json"]).to_dict()}
    return {"reqs": list(resolve_dependency_groups(given["groups"], given["name"]))}


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cmd", required=True)
    arguments.add_argument("--tables", required=True)
    arguments.add_argument("--seed", type=int, default=random.randrange(10**9))
    arguments.add_argument("--count", type=int, default=20000)
    arguments = arguments.parse_args()
    print("seed", arguments.seed)
    with open(arguments.tables, encoding="utf-8") as file:
        tables = json.load(file)
    maker = Maker(arguments.seed)
    cases = []
    for index in range(arguments.count):
        operation, given = maker.case(tables)
        try:
            out = expected(tables, operation, given)
        except Exception as error:
            if operation == "marker.space":
                continue  # the algebra answers where evaluating is an error
            out = {"error": type(error).__name__}
        cases.append(({"id": index, "op": operation, "in": given}, out))
    lines = "".join(json.dumps(case) + "\n" for case, _ in cases)
    answers = subprocess.run(shlex.split(arguments.cmd), input=lines, stdout=subprocess.PIPE,
                             encoding="utf-8", check=True).stdout.splitlines()
    differing = 0
    for (case, out), line in zip(cases, answers, strict=True):
        got = json.loads(line)["out"]
        agrees = "error" in got if "error" in out else all(got.get(key) == out[key] for key in out)
        if not agrees:
            differing += 1
            if differing <= 20:
                print(json.dumps(case), "\n  want", json.dumps(out), "\n  got ", json.dumps(got))
    errors = sum("error" in out for _, out in cases)
    print(f"{len(cases)} cases, {errors} errors, {differing} differ")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
