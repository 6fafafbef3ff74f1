#!/usr/bin/env python3
"""Writes src/text/html_entities.inc: the HTML standard's named character references, from Python's own table.

    python3 tools/make_html_entities.py > src/text/html_entities.inc
"""
from html.entities import html5


def main():
    print("// Made by tools/make_html_entities.py: {name, first code point, second code point or 0}.")
    line = ""
    for name, text in sorted(html5.items()):
        points = [hex(ord(c)) for c in text] + ["0"]
        entry = '{"%s", %s, %s},' % (name, points[0], points[1])
        if line and len(line) + 1 + len(entry) > 98:
            print(line)
            line = ""
        line += (" " if line else "") + entry
    print(line)


main()
