#!/usr/bin/env python3
"""Holds pawl-conformance against the `packaging` library on random inputs (needs `packaging` 26.3).

    python random_cases.py --cmd "pawl-conformance --tables tables.json" --seed 7 --count 20000

Prints the seed and each difference; exit status 1 if there is one. Versions, specifiers,
requirements and file names only; the operations and shapes are the corpus's.
"""
import argparse
import json
import random
import shlex
import subprocess
import sys

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name, canonicalize_version
from packaging.utils import parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

NUMBERS = ["0", "1", "2", "3", "9", "10", "00", "01", "255", "256", "65535", "65536", "524285",
           "524286", "524287", "524288", "20240101"]
SEPARATORS = ["", "", ".", "-", "_"]
OPERATORS = ["==", "!=", "<=", ">=", "<", ">", "~=", "==="]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def one(self, *options):
        return self.random.choice(options)

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def number(self):
        return self.one(*NUMBERS[:6]) if self.chance(80) else self.one(*NUMBERS)

    def suffix(self, words):
        text = self.one(*SEPARATORS) + self.one(*words)
        if self.chance(50):
            text = text.upper() if self.chance(20) else text
        return text + self.one(*SEPARATORS) + (self.number() if self.chance(80) else "")

    def version(self):
        text = self.one("", "", "", "", "v", "V")
        if self.chance(8):
            text += self.number() + "!"
        text += ".".join(self.number() for _ in range(self.one(1, 1, 2, 2, 2, 3, 3, 4, 5, 6)))
        if self.chance(30):
            text += self.suffix(["a", "b", "c", "rc", "alpha", "beta", "pre", "preview"])
        if self.chance(20):
            text += "-" + self.number() if self.chance(20) else self.suffix(["post", "r", "rev"])
        if self.chance(20):
            text += self.suffix(["dev"])
        if self.chance(12):
            segments = [self.one("a", "0", "1", "10", "01", "abc", "1a", "a1", "Z", "000")
                        for _ in range(self.one(1, 2, 3))]
            text += "+" + self.one(".", "-", "_").join(segments)
        if self.chance(4):
            text = self.spoil(text)
        return text

    def spoil(self, text):
        at = self.random.randrange(len(text) + 1)
        what = self.one("", " ", ".", "-", "+", "*", "x", "a", "!", "\t", "é", "==", ",", ";", "(")
        return text[:at] + what + text[at + self.one(0, 1):]

    def near(self, version):
        """Something close to a version, so that the edges are hit."""
        try:
            parsed = Version(version)
        except ValueError:
            return self.version()
        base = parsed.base_version
        return self.one(base, base + ".0", base + ".dev0", base + "a0", base + ".post0",
                        base + "+x", base + ".post0.dev0", base + "a0.post0.dev0", base + ".1", parsed.public,
                        parsed.public + "+a", str(parsed), version, base + ".post1", base + "rc9",
                        parsed.public + (".dev1" if parsed.dev is None else ""),
                        parsed.public + (".post1" if parsed.post is parsed.dev is None else ""))

    def clause(self):
        operator = self.one(*OPERATORS) if self.chance(85) else self.one("==", "!=", "~=")
        version = self.version()
        if operator in ("==", "!=") and self.chance(35):
            version = self.number() + self.one("", ".0", ".1", ".2.0") + ".*"
        text = operator + self.one("", "", " ", "  ") + version
        return self.spoil(text) if self.chance(2) else text

    def clauses(self, most=3):
        count = self.random.randint(0, most)
        return self.one(",", ", ", " , ").join(self.clause() for _ in range(count))

    def name(self):
        letters = "aZ09-_.b"
        return "".join(self.one(*letters) for _ in range(self.one(1, 2, 3, 6)))

    def requirement(self):
        text = self.one("", "", " ", "\t") + self.name()
        if self.chance(30):
            text += self.one("", " ") + "[" + self.one(",", " , ").join(
                self.name() for _ in range(self.one(0, 1, 2))) + "]"
        if self.chance(20):
            text += self.one("@", " @ ") + self.one("https://h/a.whl", "../x", "file:///a;b", "")
        elif self.chance(20):
            text += self.one("", " ") + "(" + self.clauses() + ")"
        else:
            text += self.one("", " ") + self.clauses()
        if self.chance(30):
            text += self.one(";", " ; ", " ;") + self.one(
                'os_name == "nt"', "extra == 'a'", 'python_version >= "3.8" and os_name != "x"', "")
        return self.spoil(text) if self.chance(15) else text

    def wheel(self):
        parts = [self.one("foo", "a_b", "Foo.Bar", "a__b", "", "_", "9x"), self.version()]
        if self.chance(30):
            parts.append(self.one("1", "2abc", "x", "", "007"))
        parts += [self.one("py3", "py2.py3", "cp313", "", "3x", "py3."),
                  self.one("none", "abi3.cp313", ""),
                  self.one("any", "manylinux_2_17_x86_64.linux_x86_64", "win32")]
        text = "-".join(parts) + self.one(".whl", ".whl", ".whl", ".WHL", "")
        return self.spoil(text) if self.chance(10) else text

    def sdist(self):
        text = self.one("foo", "a-b", "A_b", "", "a.b-c") + "-" + self.version()
        text += self.one(".tar.gz", ".tar.gz", ".zip", ".tgz", "")
        return self.spoil(text) if self.chance(10) else text

    def case(self):
        kind = self.one("parse", "cmp", "specifier", "contains", "contains", "filter", "sets",
                        "requirement", "wheel", "sdist", "name")
        if kind == "parse":
            return "version.parse", {"s": self.version()}
        if kind == "cmp":
            a = self.version()
            return "version.cmp", {"a": a, "b": self.near(a) if self.chance(70) else self.version()}
        if kind == "specifier":
            return "specifier.parse", {"s": self.clauses()}
        if kind in ("contains", "filter"):
            spec = self.clauses(2)
            about = spec.split(",")[0].strip().lstrip("=<>!~ ").removesuffix(".*") or "1"
            versions = [self.near(about) if self.chance(80) else self.version()
                        for _ in range(self.one(1, 3, 6))]
            given = {"spec": spec, "prereleases": self.one(None, None, True, False)}
            if kind == "contains":
                return "specifier.contains", {**given, "version": versions[0]}
            return "specifier.filter", {**given, "versions": versions}
        if kind == "sets":
            a = self.clauses(2)
            about = a.split(",")[0].strip().lstrip("=<>!~ ").removesuffix(".*") or "1"
            b = self.one("<", ">", "<=", ">=", "==", "!=") + self.near(about)
            return "specifier.sets", {"a": a, "b": b if self.chance(70) else self.clauses(2)}
        if kind == "requirement":
            return "requirement.parse", {"s": self.requirement()}
        if kind == "wheel":
            return "filename.wheel", {"s": self.wheel()}
        if kind == "sdist":
            return "filename.sdist", {"s": self.sdist()}
        return "name.canonicalize", {"s": self.name()}


def version_out(text):
    version = Version(text)
    return {"str": str(version), "public": version.public, "base": version.base_version,
            "epoch": version.epoch, "release": list(version.release),
            "pre": list(version.pre) if version.pre else None, "post": version.post,
            "dev": version.dev, "local": version.local, "is_prerelease": version.is_prerelease,
            "canonical": canonicalize_version(version)}


def expected(operation, given):
    if operation == "version.parse":
        return version_out(given["s"])
    if operation == "version.cmp":
        a, b = Version(given["a"]), Version(given["b"])
        return {"cmp": (a > b) - (a < b)}
    if operation == "specifier.parse":
        specifiers = SpecifierSet(given["s"])
        return {"n": len(specifiers), "set": sorted(map(str, specifiers)), "str": str(specifiers)}
    if operation == "specifier.contains":
        specifiers = SpecifierSet(given["spec"])
        return {"contains": specifiers.contains(given["version"], given["prereleases"])}
    if operation == "specifier.filter":
        specifiers = SpecifierSet(given["spec"])
        return {"kept": list(specifiers.filter(given["versions"], given["prereleases"]))}
    if operation == "specifier.sets":
        a, b = SpecifierSet(given["a"]), SpecifierSet(given["b"])
        return {"a_subset_b": a.is_subset(b), "a_superset_b": a.is_superset(b),
                "disjoint": a.is_disjoint(b)}
    if operation == "requirement.parse":
        requirement = Requirement(given["s"])
        return {"name": requirement.name, "normalized": canonicalize_name(requirement.name),
                "extras": sorted(requirement.extras), "url": requirement.url,
                "specifier": sorted(map(str, requirement.specifier)),
                "marker": str(requirement.marker) if requirement.marker else None,
                "str": str(requirement)}
    if operation == "filename.wheel":
        name, version, build, tags = parse_wheel_filename(given["s"])
        return {"name": name, "version": str(version), "build": list(build),
                "tags": sorted(map(str, tags))}
    if operation == "filename.sdist":
        name, version = parse_sdist_filename(given["s"])
        return {"name": name, "version": str(version)}
    return {"name": canonicalize_name(given["s"])}


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cmd", required=True)
    arguments.add_argument("--seed", type=int, default=random.randrange(10**9))
    arguments.add_argument("--count", type=int, default=20000)
    arguments = arguments.parse_args()
    print("seed", arguments.seed)
    maker = Maker(arguments.seed)
    cases = []
    for index in range(arguments.count):
        operation, given = maker.case()
        try:
            out = expected(operation, given)
        except Exception as error:
            if operation == "specifier.sets" and "===" in given["a"] + given["b"]:
                continue  # the library does not relate these
            out = {"error": type(error).__name__}
        cases.append(({"id": index, "op": operation, "in": given}, out))
    lines = "".join(json.dumps(case) + "\n" for case, _ in cases)
    answers = subprocess.run(shlex.split(arguments.cmd), input=lines, stdout=subprocess.PIPE,
                             encoding="utf-8", check=True).stdout.splitlines()
    differing = 0
    for (case, out), line in zip(cases, answers, strict=True):
        got = json.loads(line)["out"]
        agrees = all(key in got and (key == "error" or got[key] == out[key]) for key in out)
        if not agrees:
            differing += 1
            if differing <= 20:
                print(json.dumps(case), "\n  want", json.dumps(out), "\n  got ", json.dumps(got))
    errors = sum("error" in out for _, out in cases)
    print(f"{len(cases)} cases, {errors} errors, {differing} differ")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
