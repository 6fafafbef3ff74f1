#!/usr/bin/env python3
"""Holds pawl-conformance against the shared corpus: check.py PROGRAM [options of check_corpus.py].

The corpus is not part of this repository: it is looked for in $PAWL_SHARED, else in ../shared. Exit
status 77 (skipped) when it is not there."""

import os
import pathlib
import shlex
import subprocess
import sys

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
    checker = [sys.executable, str(corpus / "check_corpus.py"), "--data", str(data)]
    return subprocess.run([*checker, "--cmd", command, *sys.argv[2:]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
