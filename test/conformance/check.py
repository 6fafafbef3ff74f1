#!/usr/bin/env python3
"""Holds pawl-conformance against the shared corpus: check.py PROGRAM [options of check_corpus.py].

The corpus is not part of this repository: it is looked for in $PAWL_SHARED, else in ../shared. Exit
status 77 (skipped) when it is not there, 1 when an answer differs or a kind is not answered."""

import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parent.parent.parent
skipped_status = 77


def main():
    shared = pathlib.Path(os.environ.get("PAWL_SHARED", root.parent / "shared"))
    corpus = shared / "corpus"
    if not corpus.is_dir():
        print(f"SKIPPED: no conformance corpus at {corpus} (set PAWL_SHARED)")
        return skipped_status
    data = corpus / "data"
    command = shlex.join([sys.argv[1], "--tables", str(data / "tables.json")])
    with tempfile.NamedTemporaryFile("r") as counts:
        checker = [sys.executable, str(corpus / "check_corpus.py"), "--data", str(data)]
        options = ["--cmd", command, "--json", counts.name, *sys.argv[2:]]
        status = subprocess.run([*checker, *options], check=False).returncode
        kinds = json.load(counts)
    for operations in kinds.values():
        for operation, count in operations.items():
            if "unsupported" in count:
                print(f"NOT ANSWERED: {operation} ({count['unsupported']} cases)")
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
