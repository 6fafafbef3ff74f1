#!/usr/bin/env python3
"""Every lock of test/data/exchange as every other: what is carried, what is lost, and what the tool
says of the file that pawl wrote.

    run_pairs.py --bin DIR              on a recorded index, without any network; the tools that are
                                        at hand check each lock for freshness (tools.py)
    run_pairs.py --bin DIR --install    on the real index: each tool installs from each lock, on
                                        two Pythons, and pawl must install the same from it (minutes)
    … --python X.Y                      on this Python instead (may be given twice)
    … --bless                           writes the table of docs/locks.md anew

No tool may reject a file, and the table in docs/locks.md must be what was found."""

import argparse
import concurrent.futures
import os
import pathlib
import shutil
import sys
import tempfile

import recorded_index
import tools
from pair import FORMATS, Pair, Sample, interpreters

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SAMPLE = ROOT / "test/data/exchange/project"
DOCS = ROOT / "docs/locks.md"
BEGIN, END = "<!-- pairs: made by test/exchange/run_pairs.py -->", "<!-- end of pairs -->"

SCHEMA_CHECK = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
sys.exit(JsonStrictValidator(SchemaVersion.V1_6).validate_str(open("bom.cdx.json").read()))
"""


def sbom_problem(options, work):
    """What the schema of CycloneDX says of what is exported from each sample."""
    python = tools.program("cyclonedx")
    for source, (sample, _) in FORMATS.items():
        pair = Pair(source, "cyclonedx", None, options, work)
        shutil.copytree(SAMPLE, pair.work)
        done = pair.run_tool([options.bin + "/pawl", "export", sample, "-q",
                              "--format", "cyclonedx", "-o", "bom.cdx.json"])
        if done.returncode == 0 and python:
            done = pair.run_tool([python, "-c", SCHEMA_CHECK])
        if done.returncode != 0:
            return f"{source} as CycloneDX: {done.stdout}"
    return None


def table(pairs):
    """Of what a lock holds at all, what the other cannot hold."""
    held = {source: set().union(*(pair.lost for pair in pairs if pair.source == source))
            for source in FORMATS}
    lines = ["| from | to | carried | lost | verdict |", "| --- | --- | --- | --- | --- |"]
    for pair in pairs:
        carried = sorted(held[pair.source] - pair.lost - {"manifest"}) # that is the target's
        lines.append(f"| `{pair.source}` | `{pair.target}` | {', '.join(carried) or '–'} "
                     f"| {', '.join(sorted(pair.lost)) or '–'} | {pair.verdict} |")
    return lines


def without_verdicts(lines):
    return [line.rsplit("|", 2)[0] for line in lines]


def documented():
    text = DOCS.read_text()
    return text.split(BEGIN)[1].split(END)[0].strip().splitlines() if BEGIN in text else []


def bless(lines):
    text = DOCS.read_text()
    before, _, rest = text.partition(BEGIN)
    DOCS.write_text(before + BEGIN + "\n" + "\n".join(lines) + "\n" + END + rest.partition(END)[2])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=os.path.abspath)
    parser.add_argument("--install", action="store_true")
    parser.add_argument("--bless", action="store_true")
    parser.add_argument("--python", action="append", help="X.Y")
    parser.add_argument("--only", help="FROM-TO")
    options = parser.parse_args()
    absent = tools.missing()
    if absent:
        print(f"NOT AT HAND, SO THEY DO NOT JUDGE: {', '.join(absent)} (./dev tools installs them)")
    options.pythons = interpreters(options) if options.install else {}
    server = None if options.install else recorded_index.serve(SAMPLE)
    options.index = [] if options.install else server.options()
    with tempfile.TemporaryDirectory(prefix="pawl-pairs-") as scratch:
        pairs = [Pair(source, target, Sample(SAMPLE), options, pathlib.Path(scratch))
                 for source in FORMATS for target in FORMATS
                 if options.only in (None, f"{source}-{target}")]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            pairs = list(pool.map(Pair.run, pairs))
        problem = sbom_problem(options, pathlib.Path(scratch))
    bad = [pair for pair in pairs if pair.problem]
    for pair in bad:
        print(f"{pair.source} as {pair.target}: {pair.problem}\n")
    if problem:
        print(problem)
    if bad or problem or options.only:
        sys.exit(1 if bad or problem else 0)
    lines = table(pairs)
    if options.install: # what is kept depends on what an index tells; the recorded one decides
        lines = [f"{kept}| {pair.verdict} |" for kept, pair in
                 zip(without_verdicts(documented())[2:], pairs, strict=True)]
        lines = documented()[:2] + lines
    if options.bless:
        bless(lines)
    elif not options.install and without_verdicts(documented()) != without_verdicts(lines):
        print("docs/locks.md says something else; run_pairs.py --bless writes:\n" +
              "\n".join(lines))
        sys.exit(1)
    counts = {}
    for pair in pairs:
        counts[pair.verdict] = counts.get(pair.verdict, 0) + 1
    print(f"{len(pairs)} pairs: {', '.join(f'{n} {v}' for v, n in counts.items())}")


if __name__ == "__main__":
    main()
