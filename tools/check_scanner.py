#!/usr/bin/env python3
"""Holds the import scanner against CPython's own `ast`, over real files.

    tools/check_scanner.py PAWL_SCAN [--python PYTHON ...] [FOLDER ...]

Without folders: the standard library and all installed packages of each PYTHON (default: every
interpreter of this machine that is 3.8 or newer). Each file is read by the interpreter that it
belongs to, so that `ast` knows its syntax; FOLDERs are read by the newest one. Compared are all
imports: module, level, names, places (statement and alias, begin and end), scope. A file that `ast`
takes must be taken; of files that `ast` refuses it is counted how many the scanner refuses, too.

--sample N takes N files of each interpreter at random; the seed is printed.

--mutate N spoils N files by one token each and compares verdicts: what `ast` takes the scanner must
take; the share of mistakes that it finds, and finds in the same line, is printed.
"""
import argparse
import glob
import os
import random
import re
import subprocess
import sys
import tempfile

# Runs inside of the interpreter that is asked: prints the same lines as pawl-scan.
ORACLE = r'''
import ast, sys, warnings
warnings.simplefilter("ignore")
out = sys.stdout.buffer
def span(node):
    if not hasattr(node, "lineno"):
        return "-\t-\t-\t-"
    return "%d\t%d\t%d\t%d" % (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
def walk(node, scope, found):
    stack = [(node, scope)]
    while stack:
        node, scope = stack.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found.append((node, scope))
            continue
        inner = scope
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inner = 2
        elif isinstance(node, ast.ClassDef) and scope == 0:
            inner = 1
        stack.extend((child, inner) for child in ast.iter_child_nodes(node)
                     if not isinstance(child, ast.expr))
for path in sys.stdin.read().splitlines():
    lines = ["F\t" + path]
    try:
        with open(path, "rb") as file:
            source = file.read()
        tree = ast.parse(source, path)
    except (SyntaxError, ValueError, UnicodeError, MemoryError, RecursionError) as error:
        lines.append("E\t%s:%s:%s: %s" % (path, getattr(error, "lineno", 0),
                                          getattr(error, "offset", 0), error.args[0]))
    else:
        found = []
        walk(tree, 0, found)
        found.sort(key=lambda pair: (pair[0].lineno, pair[0].col_offset))
        for node, scope in found:
            is_from = isinstance(node, ast.ImportFrom)
            lines.append("I\t%d\t%d\t%s\t%d\t%s" % (
                is_from, node.level if is_from else 0, span(node), scope,
                (node.module or "") if is_from else ""))
            for alias in node.names:
                lines.append("N\t%s\t%s\t%s" % (span(alias), alias.name, alias.asname or ""))
    out.write(("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))
'''


def interpreters():
    """Every real interpreter from 3.8 on: pyenv's, uv's, those on PATH. Oldest first."""
    patterns = [os.path.expanduser("~/.pyenv/versions/*/bin/python"),
                os.path.expanduser("~/.local/share/uv/python/*/bin/python3")]
    patterns += [os.path.join(folder, "python3*") for folder in os.get_exec_path()]
    code = "import sys; print(*sys.version_info[:2], sys.base_prefix, sep='\\t')"
    found = {}
    for path in sorted(path for pattern in patterns for path in glob.glob(pattern)):
        if re.fullmatch(r"python[0-9.]*t?", os.path.basename(path)) and "shims" not in path:
            asked = subprocess.run([path, "-I", "-c", code], capture_output=True, text=True)
            if asked.returncode == 0:
                major, minor, prefix = asked.stdout.strip().split("\t")
                found.setdefault((int(major), int(minor), prefix), path)
    return [found[key] for key in sorted(found) if key >= (3, 8)] or [sys.executable]


def library_of(python):
    """The standard library, and every folder that packages are installed into."""
    code = ("import site, sysconfig\n"
            "print(sysconfig.get_path('stdlib'), sysconfig.get_path('purelib'),\n"
            "      sysconfig.get_path('platlib'), *site.getsitepackages(), sep='\\n')")
    return subprocess.run([python, "-c", code], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.split("\n")[:-1]


def files_under(folders):
    found = set()
    for folder in folders:
        for root, _, names in os.walk(folder):
            found.update(os.path.join(root, name) for name in names if name.endswith(".py"))
    return sorted(path for path in found if "\n" not in path)


def read_blocks(output):
    blocks, current = {}, None
    for line in output.decode("utf-8", "surrogateescape").split("\n"):
        if line.startswith("F\t"):
            current = blocks.setdefault(line[2:], [])
        elif line and current is not None:
            current.append(line)
    return blocks


def comparable(lines):
    """pawl-scan's lines without what `ast` does not know."""
    result = []
    for line in lines:
        fields = line.split("\t")
        if fields[0] == "I":
            fields = fields[:8] + [fields[11]]
        result.append(fields)
    return result


def agrees(ours, theirs):
    if len(ours) != len(theirs):
        return False
    for mine, other in zip(ours, theirs):
        if len(mine) != len(other):
            return False
        # Aliases have no place before Python 3.10.
        if any(b not in ("-", a) for a, b in zip(mine, other)):
            return False
    return True


def run(command, paths):
    text = "".join(path + "\n" for path in paths)
    return read_blocks(subprocess.run(command, input=text.encode("utf-8", "surrogateescape"),
                                      stdout=subprocess.PIPE, check=True).stdout)


def check(scanner, python, paths, verbose):
    ours = run([scanner], paths)
    theirs = run([python, "-X", "utf8", "-c", ORACLE], paths)
    counts = dict(files=0, imports=0, differ=0, both_refuse=0, only_ast_refuses=0, same_line=0)
    for path in paths:
        mine, other = ours.get(path, []), theirs.get(path, [])
        refused = bool(other) and other[0].startswith("E\t")
        we_refuse = bool(mine) and mine[0].startswith("E\t")
        if refused:
            counts["both_refuse" if we_refuse else "only_ast_refuses"] += 1
            if we_refuse:
                place = lambda line: line[2:].split(":")[1]
                counts["same_line"] += place(mine[0]) == place(other[0])
            if verbose:
                print(f"refused by ast: {other[0][2:]}\n     ours: {mine[0][2:] if we_refuse else '-'}")
            continue
        counts["files"] += 1
        theirs_fields = [line.split("\t") for line in other]
        counts["imports"] += sum(line[0] == "I" for line in other)
        if we_refuse or not agrees(comparable(mine), theirs_fields):
            counts["differ"] += 1
            print(f"DIFFERS: {path}")
            if we_refuse:
                print(f"    {mine[0]}")
            else:
                pairs = zip(comparable(mine) + [None] * len(other), theirs_fields)
                first = next(((a, b) for a, b in pairs if a is None or not agrees([a], [b])), None)
                print(f"    ours and ast's: {first}; {len(mine)} and {len(other)} lines")
    return counts


def spoil(text, generator):
    """One slip of a typist: a token left out, doubled, changed, or two of them swapped."""
    tokens = [m.span() for m in re.finditer(r"\w+|[^\w\s]|\n[ \t]*", text)]
    if len(tokens) < 3:
        return text
    index = generator.randrange(len(tokens) - 1)
    (begin, end), (next_begin, next_end) = tokens[index], tokens[index + 1]
    kind = generator.randrange(4)
    if kind == 0:
        return text[:begin] + text[end:]
    if kind == 1:
        return text[:end] + " " + text[begin:end] + text[end:]
    if kind == 2:
        other = generator.choice(["(", ")", "[", "}", ":", ",", "=", "==", "if", "else", "for",
                                  "import", "x", "1", "'", ".", "*", "lambda", "not", "\n    "])
        return text[:begin] + other + text[end:]
    return (text[:begin] + text[next_begin:next_end] + text[end:next_begin] + text[begin:end]
            + text[next_end:])


def mutate(scanner, python, paths, count, seed):
    print(f"seed {seed}")
    generator = random.Random(seed)
    small = [path for path in paths if 200 < os.path.getsize(path) < 20_000]
    with tempfile.TemporaryDirectory() as folder:
        spoiled = []
        while len(spoiled) < count:
            with open(generator.choice(small), encoding="utf-8", errors="replace") as file:
                text = file.read()
            path = os.path.join(folder, f"{len(spoiled)}.py")
            with open(path, "w", encoding="utf-8") as file:
                file.write(spoil(text, generator))
            spoiled.append(path)
        ours = run([scanner], spoiled)
        theirs = run([python, "-X", "utf8", "-c", ORACLE], spoiled)
        wrongly_refused, missed, found, same_line = [], [], 0, 0
        for path in spoiled:
            mine, other = ours.get(path, [""])[:1], theirs.get(path, [""])[:1]
            we_refuse, refused = mine[:1] and mine[0][:1] == "E", other[:1] and other[0][:1] == "E"
            if we_refuse and not refused:
                wrongly_refused.append((path, mine[0]))
            elif refused and not we_refuse:
                missed.append(other[0])
            elif refused:
                found += 1
                same_line += mine[0][2:].split(":")[1] == other[0][2:].split(":")[1]
        for path, message in wrongly_refused[:20]:
            line = int(message[2:].split(":")[1])
            with open(path, encoding="utf-8") as file:
                print(f"WRONGLY REFUSED: {message}\n    {file.read().splitlines()[line - 1:line]}")
        for message in missed[:40]:
            line = int(message[2:].split(":")[1])
            with open(message[2:].split(":")[0], encoding="utf-8") as file:
                print(f"missed: {message[2:].split(':', 1)[1]}   {file.read().splitlines()[line - 1:line]}")
    broken = found + len(missed)
    print(f"{count} spoiled files: {broken} refused by ast, {found} by the scanner, too "
          f"({same_line} in the same line); {len(wrongly_refused)} wrongly refused")
    return 1 if wrongly_refused else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("scanner")
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--python", action="append")
    parser.add_argument("--mutate", type=int, default=0, metavar="N")
    parser.add_argument("--sample", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--verbose", action="store_true", help="show the files that ast refuses")
    options = parser.parse_args()
    differ = 0
    pythons = options.python or interpreters()
    if options.folders or options.mutate:
        pythons = pythons[-1:]
    seed = options.seed if options.seed is not None else random.randrange(2**32)
    for python in pythons:
        paths = files_under(options.folders or library_of(python))
        if options.mutate:
            return mutate(options.scanner, python, paths, options.mutate, seed)
        if options.sample:
            print(f"seed {seed}")
            paths = random.Random(seed).sample(paths, min(options.sample, len(paths)))
        counts = check(options.scanner, python, paths, options.verbose)
        differ += counts["differ"]
        print(f"{python}: {counts['files']} files, {counts['imports']} imports, "
              f"{counts['differ']} differ; ast refuses "
              f"{counts['both_refuse'] + counts['only_ast_refuses']} files, of which the scanner "
              f"refuses {counts['both_refuse']} (same line: {counts['same_line']})", flush=True)
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
