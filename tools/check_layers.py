#!/usr/bin/env python3
"""Holds every #include of src/ against src/layers.txt: dependencies point downwards only."""

import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent / "src"
include = re.compile(r'^\s*#\s*include\s+"([a-z_]+)/')


def read_layers():
    layers = {}
    for line in (root / "layers.txt").read_text().splitlines():
        line = line.split("#")[0].strip()
        if line:
            room, _, neighbours = line.partition(":")
            layers[room] = set(neighbours.split())
    return layers


def main():
    layers = read_layers()
    problems = []
    # A neighbour must itself stand lower: the file lists the rooms from the ground up.
    order = list(layers)
    for room, neighbours in layers.items():
        for neighbour in neighbours:
            if neighbour not in layers or order.index(neighbour) >= order.index(room):
                problems.append(f"src/layers.txt: {room} may not know {neighbour}: it is not below")
    for directory in sorted(path for path in root.iterdir() if path.is_dir()):
        room = directory.name
        if room not in layers:
            problems.append(f"src/{room}: this room is not in src/layers.txt")
            continue
        for path in sorted(directory.rglob("*")):
            if path.suffix not in {".h", ".cc", ".inc"}:
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                found = include.match(line)
                # Tests may also use what stands in test/support.
                if not found or found[1] == room or found[1] in layers[room]:
                    continue
                if found[1] == "test" and path.stem.endswith("_test"):
                    continue
                place = path.relative_to(root.parent)
                problems.append(f"{place}:{number}: {room}/ may not include {found[1]}/")
    print("\n".join(problems) or f"{len(layers)} layers hold")
    return 1 if problems else 0


sys.exit(main())
