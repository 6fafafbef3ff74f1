#!/usr/bin/env python3
"""The limits of the house, held by a test: sizes of lines, functions and files, banned calls,
sources that no CMakeLists.txt lists, leftover reminders, absolute paths of somebody's machine."""

import pathlib
import re
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent
line_columns_max = 100
file_lines_max = 800
function_lines_max = 70
banned = {
    r"#\s*include\s*<regex>": "slow to compile and to run",
    r"#\s*include\s*<iostream>": "costs start-up time",
    r"#\s*include\s*<filesystem>": "use base/fs.h, which names the path in errors",
    r"\b(strcpy|sprintf|gets|system|popen)\s*\(": "unsafe",
    r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b": "finish it or write it into an issue",
}
reminder_free = {".h", ".cc", ".py", ".cmake", ".txt", ".md"}


def sources():
    listed = subprocess.run(["git", "-C", str(root), "ls-files"], capture_output=True, text=True)
    names = listed.stdout.splitlines() or [
        str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()
    ]
    return [root / name for name in names if (root / name).is_file()]


def functions(lines):
    """Begin and length of bodies: from a line ending in '{' at column 0 to the '}' at column 0."""
    begin = None
    for number, line in enumerate(lines, 1):
        opens = line.rstrip().endswith("{") and line[:1] not in (" ", "}", "#", "/", "")
        if opens and not re.match(r"(namespace|struct|class|enum|extern|union|constexpr)\b", line):
            begin = number
        elif line.startswith("    ") and line.rstrip().endswith("{") and begin is None:
            continue
        elif line.startswith("}") and begin is not None:
            yield begin, number - begin + 1
            begin = None


def without_texts(text):
    """The source with comments and quoted texts blanked out, each character in its place."""
    pattern = r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\''
    blank = lambda match: re.sub(r"[^\n]", " ", match[0])
    return re.sub(pattern, blank, re.sub(r"(?<=\w)'(?=\w)", " ", text), flags=re.DOTALL)


class Brace:
    """An open brace: what stood in front of it, and whether a ';' or ',' stood in it so far."""

    def __init__(self, before):
        self.is_block = before.endswith(")") or re.search(r"\b(else|do|const|noexcept)$", before)
        self.has_comma = False
        self.tries = []  # where a TRY stands in it: (offset, behind a comma or a designator)


def tries_in_initializers(text):
    """Offsets of TRYs inside the braces of an initializer, behind a member that is built already:
    where the TRY returns, g++ 12 does not destroy that member (braces of a block hold a ';')."""
    text = without_texts(text)
    open_braces = []
    for match in re.finditer(r"[{};]|[([]|[])]|,|\bTRY(?:_IN)?\b", text):
        token = match[0]
        top = open_braces[-1] if open_braces else None
        if token == "{":
            open_braces.append(Brace(text[max(0, match.start() - 40) : match.start()].rstrip()))
        elif token in "([":
            open_braces.append(None)
        elif token in "])" or token == "}":
            if not open_braces:
                return
            closed = open_braces.pop()
            if token == "}" and closed and not closed.is_block:
                yield from closed.tries
        elif token == ";" and top:
            top.is_block = True
        elif token == "," and top:
            top.has_comma = True
        elif token.startswith("TRY"):
            around = next((brace for brace in reversed(open_braces) if brace), None)
            designated = re.search(r"[{,]\s*\.\w+\s*=[^;{}]*$", text[: match.start()][-400:])
            if around and (around.has_comma or designated):
                around.tries.append(match.start())


def check_source(path, text, problems):
    place = path.relative_to(root)
    lines = text.splitlines()
    if len(lines) > file_lines_max:
        problems.append(f"{place}: {len(lines)} lines, at most {file_lines_max}")
    for number, line in enumerate(lines, 1):
        if len(line) > line_columns_max:
            problems.append(f"{place}:{number}: {len(line)} columns, at most {line_columns_max}")
        for pattern, why in banned.items():
            if re.search(pattern, line):
                problems.append(f"{place}:{number}: banned ({why}): {line.strip()}")
    for offset in tries_in_initializers(text):
        number = text.count("\n", 0, offset) + 1
        problems.append(f"{place}:{number}: a TRY in an initializer's braces leaks: take it first")
    for begin, length in functions(lines):
        if length > function_lines_max:
            problems.append(f"{place}:{begin}: {length} lines, at most {function_lines_max}")


def check_listed(path, problems):
    """A source that is not built rots: its folder's CMakeLists.txt (or one above) names it."""
    for folder in path.parents:
        cmake = folder / "CMakeLists.txt"
        if cmake.exists():
            relative = str(path.relative_to(folder))
            if relative in cmake.read_text():
                return
        if folder == root:
            break
    problems.append(f"{path.relative_to(root)}: no CMakeLists.txt lists it")


def main():
    problems = []
    for path in sources():
        text = None
        if path.suffix in {".h", ".cc"}:
            text = path.read_text()
            check_source(path, text, problems)
            if path.suffix == ".cc" and not path.is_relative_to(root / "fuzz"):
                check_listed(path, problems)
        if path.suffix in reminder_free or path.name in {"dev", "run"}:
            text = text if text is not None else path.read_text(errors="replace")
            for number, line in enumerate(text.splitlines(), 1):
                if re.search(r"/(root|home/\w+|work)/(\.pyenv|main|shared)\b", line):
                    problems.append(f"{path.relative_to(root)}:{number}: a path of one machine")
    print("\n".join(problems) or "tidy")
    return 1 if problems else 0


sys.exit(main())
