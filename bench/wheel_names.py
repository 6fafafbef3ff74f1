#!/usr/bin/env python3
"""Prints the file names that a pylock file installs for an interpreter: wheel_names.py LOCK PYTHON."""

import sys

from pylock_selection import files

for _, file in files(sys.argv[2], sys.argv[1]).values():
    if file:
        print(file)
