#!/usr/bin/env python3
"""Prints the rows of fold_ranges in src/archive/member_names.cc: simple case folding above ASCII."""

import sys


def folding():
    for code in range(0x80, 0x110000):
        if 0xD800 <= code < 0xE000:
            continue
        folded = chr(code).casefold()
        if len(folded) != 1:  # only full folding changes the length; lower() is the simple one
            folded = chr(code).lower()
        if len(folded) == 1 and ord(folded) != code:
            yield code, ord(folded) - code


def ranges(pairs):
    """(first, last, stride, delta): the longest run from each point, with a stride of 1 or 2."""
    start = 0
    while start < len(pairs):
        code, delta = pairs[start]
        runs = []
        for stride in (1, 2):
            count = 1
            while start + count < len(pairs) and pairs[start + count] == (
                code + stride * count,
                delta,
            ):
                count += 1
            runs.append((count, -stride))
        count, stride = max(runs)
        yield code, pairs[start + count - 1][0], -stride, delta
        start += count


def main():
    line = "   "
    for first, last, stride, delta in ranges(list(folding())):
        row = f" {{0x{first:x}, 0x{last:x}, {stride}, {delta}}},"
        if len(line) + len(row) > 98:
            print(line)
            line = "   "
        line += row
    print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
