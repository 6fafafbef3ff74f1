"""Locks of 10,000 lines and more in each format: those of test/data/exchange/project with their
packages copied under other names, which need each other as the first ones do."""

import json
import pathlib
import re

SAMPLE = pathlib.Path(__file__).resolve().parent.parent / "test/data/exchange/project"
LINES_MIN = 10_000


def renamed(block, names, number):
    """A [[package]] under another name: its files, and the packages that it needs, too."""
    def key(found):
        return found[1] + f"{found[2]}-{number}" + found[3] if found[2] in names else found[0]
    block = re.sub(r'((?:^|\{ ?)name = ")([^"]+)(")', key, block, flags=re.M)
    block = re.sub(r'(^    ")([A-Za-z0-9_-]+)([\[<>=!~;" ])', key, block, flags=re.M)
    block = re.sub(r"(^)([A-Za-z0-9_-]+)( = )", key, block, flags=re.M)
    return re.sub(r'(/|file = ")([A-Za-z0-9_.-]+?)(-\d[^/"]*")', rf"\1\2_{number}\3", block)


def multiplied(blocks, names, extra):
    """The blocks and as many copies of all as make LINES_MIN lines; how often they were copied."""
    lines = sum(block.count("\n") + 1 for block in blocks)
    copies = LINES_MIN // lines + extra
    return blocks + [renamed(block, names, number + 1) for number in range(copies)
                     for block in blocks], copies


def toml_lock(text, project=None, extra=0):
    """`project` is how the block of the project itself is known, which is not copied; `extra`
    copies are made beyond what makes LINES_MIN."""
    head, *blocks = text.split("[[package]]\n")
    last, _, tail = blocks[-1].partition("[extras]\n") # poetry's end
    blocks[-1] = last
    own = [block for block in blocks if project and project in block]
    others = [block for block in blocks if block not in own]
    names = {re.search(r'name = "(.+?)"', block)[1] for block in others}
    others, copies = multiplied(others, names, extra)
    if own:
        lines = own[0].split("[package.metadata]")[0].splitlines(keepends=True)
        own = ["".join(line + ("".join(renamed(line, names, number + 1)
                                       for number in range(copies))
                               if line.startswith("    { name") else "") for line in lines)]
    return (head + "".join("[[package]]\n" + block for block in own + others) +
            ("[extras]\n" + tail if tail else ""))


def pipenv_lock(text):
    lock = json.loads(text)
    copies = LINES_MIN // text.count("\n") + 6
    for section in lock:
        if section != "_meta":
            lock[section] |= {f"{name}-{number + 1}": entry for number in range(copies)
                              for name, entry in lock[section].items()}
    return json.dumps(lock, indent=4) + "\n"


def requirements(text):
    blocks = re.findall(r"^[a-z0-9].*(?:\n .*)*\n", text, flags=re.M)
    copies = LINES_MIN // text.count("\n") + 2
    return "".join(blocks) + "".join(re.sub(r"^([a-z0-9-]+)", rf"\1-{number + 1}", block)
                                     for number in range(copies) for block in blocks)


def write(directory):
    """All but pylock.toml, which pawl makes of the uv.lock."""
    def make(name, of, *more):
        (directory / name).write_text(of((SAMPLE / name).read_text(), *more))
    make("uv.lock", toml_lock, 'source = { virtual = "." }', 2) # a pylock.toml has fewer lines
    make("poetry.lock", toml_lock)
    make("pdm.lock", toml_lock)
    make("Pipfile.lock", pipenv_lock)
    make("requirements.txt", requirements)
