#!/usr/bin/env python3
"""Compares what two pylock files install for one interpreter: compare_locks.py PYTHON A B.

Judged by the `packaging` library (installed into build/bench/), not by pawl itself."""

import sys

from pylock_selection import selection

first, second = (selection(sys.argv[1], path) for path in sys.argv[2:4])
only_first = sorted(first.items() - second.items())
only_second = sorted(second.items() - first.items())
if only_first or only_second:
    print(f"DIFFERENT: only first {only_first}; only second {only_second}")
    sys.exit(1)
print(f"same {len(first)} projects and versions")
