"""./dev bench run: what `pawl run` adds to Python, and what scripts cost otherwise.

A locked script, warm, in the forms that people have: pairs of the environment's own Python and of
`pawl run`, and of uv where it can do the same. Then `lock --check` of a thousand scripts, and what
one script of 5,000 lines takes. Prints one table for bench/README.md, in about a minute and a half.
"""

import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

from measure import (
    Index, common_python, environment, fresh, names_of_set, paired, pawl, requirements, root, sh,
    shared, spawn_ms, uv, work, write_script)

sys.path.insert(0, str(root / "test"))
from tracing import calls_before_exec, can_trace  # noqa: E402

pairs_min = 100
scripts_checked = 1000
modules_near = 4
folders_deep = 20


class Form:
    """One way to have a script: `script` is run in `directory`; uv knows its lock or not."""

    def __init__(self, name, script, options=(), has_uv=False, directory=None):
        self.name, self.script, self.has_uv = name, script, has_uv
        self.options, self.directory = list(options), directory


def write_forms(place, text):
    """The scripts of all forms, written but not locked."""

    def written(path, more=""):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + more)
        return path

    near = [f"near{number}" for number in range(modules_near)]
    for folder in ("local", "folder"):
        for module in near:
            path = place / folder / f"{module}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text("import sys, json, re\n")
    package = place / "nested" / "a" / "b" / "c" / "d"
    package.mkdir(parents=True)
    for folder in (package, *package.parents[:3]):
        (folder / "__init__.py").write_text("")
    for module in near:
        (package / f"{module}.py").write_text("import sys, json, re\n")
    imports = "".join(f"import {module}\n" for module in near)
    deep = place.joinpath(*["deep"] * folders_deep) / "job.py"
    return [
        Form("a lock beside", written(place / "beside.py"), has_uv=True),
        Form("an embedded lock", written(place / "embedded.py")),
        Form(f"{modules_near} local modules", written(place / "local" / "job.py", imports),
             has_uv=True),
        Form("local packages, four deep",
             written(place / "nested" / "job.py", f"from a.b.c.d import {', '.join(near)}\n"),
             has_uv=True),
        Form(f"{folders_deep} folders deep", written(deep), has_uv=True, directory=deep.parent),
        Form("a folder", written(place / "folder" / "__main__.py", imports)),
        Form("--locked", written(place / "locked.py"), ["--locked"]),
        Form("--with", written(place / "with.py"), ["--with", "rich"]),
    ]


def measure_form(form, rounds, variables, url, rival, python):
    """One row of the table: bare Python, what each adds, the ratio, system calls."""
    where = {"cwd": form.directory} if form.directory else {}
    program = form.script.parent if form.script.name == "__main__.py" else form.script
    embed = ["--embed"] if form.name == "an embedded lock" else []
    sh(pawl, "lock", *embed, form.script, "--index-url", url, "-q", env=variables)
    commands = {"pawl": [pawl, "run", "--index-url", url, *form.options, program]}
    if form.has_uv:
        sh(rival, "lock", "--script", form.script, "--default-index", url, "-q", "--python", python,
           env=variables)
        commands["uv"] = [rival, "run", "--script", "--default-index", url, "-q", "--python",
                          python, form.script]
    actions = {}
    for tool, command in commands.items():
        command = [str(word) for word in command]
        sh(*command, env=variables, stdout=subprocess.DEVNULL, **where)
        own = sh(*command, env=variables, capture_output=True, text=True, **where).stdout.strip()
        bare = [own, str(program)]
        actions[f"bare {tool}"] = lambda bare=bare: spawn_ms(bare, variables, **where)
        actions[tool] = lambda command=command: spawn_ms(command, variables, **where)
    series = paired(max(pairs_min, rounds), **actions)
    calls = "–"
    if can_trace():
        calls, _ = calls_before_exec([str(word) for word in commands["pawl"]], env=variables,
                                     **where)
    return row_of(form.name, series, calls)


def added(series, tool):
    """(difference of the minima, median of the differences of the pairs)"""
    bare, one = series[f"bare {tool}"].times, series[tool].times
    return min(one) - min(bare), statistics.median(a - b for a, b in zip(one, bare))


def row_of(name, series, calls):
    mine = added(series, "pawl")
    theirs = added(series, "uv") if "uv" in series else None
    bare = series["bare pawl"].times
    cells = [name, f"{min(bare):.1f} / {statistics.median(bare):.1f}",
             f"{mine[0]:.2f} / {mine[1]:.2f}",
             f"{theirs[0]:.2f} / {theirs[1]:.2f}" if theirs else "–",
             f"{mine[1] / theirs[1]:.2f}" if theirs else "–", str(calls)]
    return "| " + " | ".join(cells) + " |"


def check_many(scratch, variables, url):
    """`lock --check` of many scripts, locked just before; half of the locks are inside."""
    place = fresh(scratch, "many")
    wanted = requirements("small")
    body = "".join(f"def step{n}(x):\n    \"\"\"Step {n}.\"\"\"\n    return x + {n}\n" for n in range(60))
    scripts = [place / f"job{number}.py" for number in range(scripts_checked)]
    for number, script in enumerate(scripts):
        write_script(script, wanted[number % 3:], f"import os, sys, json\n{body}")
    half = scripts_checked // 2
    for some, options in ((scripts[:half], []), (scripts[half:], ["--embed"])):
        sh(pawl, "lock", *options, "-q", "--index-url", url, *some, env=variables,
           stderr=subprocess.DEVNULL)
    command = [pawl, "lock", "--check", "-q", "--index-url", url, *scripts]
    return [spawn_ms(command, variables) for _ in range(10)]


def measure_script(scratch):
    """{what: milliseconds} for a script of 5,000 lines with a lock inside, in the process."""
    place = fresh(scratch, "long")
    library = pathlib.Path(sh(common_python(), "-c", "import argparse; print(argparse.__file__)",
                              capture_output=True, text=True).stdout.strip()).parent
    text, names = "", ("argparse.py", "tarfile.py", "pdb.py", "inspect.py")
    for name in names:
        if text.count("\n") < 5000:
            text += (library / name).read_text()
    script = place / "long.py"
    lock = "".join(f"# name = \"project-{n}\"\n# version = \"{n}.0\"\n#\n" for n in range(300))
    script.write_text(f"{text}\n# /// pylock\n{lock}# ///\n")
    done = sh(pawl.parent / "pawl-scan", "--repeat", "300", script, capture_output=True, text=True)
    found = dict(line.split("\t") for line in done.stdout.splitlines())
    return text.count("\n"), {what: float(us) / 1000 for what, us in found.items()}


def bench_run(options, scratch):
    index = Index()
    rival, python = uv(), common_python()
    try:
        variables = environment(fresh(scratch, "cache"))
        sh(sys.executable, shared / "index" / "snapshot.py", "wheels", work / "world",
           names_of_set("small", index, scratch), stderr=subprocess.DEVNULL)
        place = fresh(scratch, "run")
        model = place / "model.py"
        write_script(model, requirements("small"), "import sys; print(sys.executable)\n")
        print("| `pawl run`, locked, warm | bare Python, ms | pawl adds | uv adds | ratio | "
              "system calls |\n| --- | --- | --- | --- | --- | --- |", flush=True)
        for form in write_forms(place, model.read_text()):
            print(measure_form(form, options.rounds, variables, index.url, rival, python),
                  flush=True)
        times = check_many(scratch, variables, index.url)
    finally:
        index.close()
    lines, found = measure_script(scratch)
    print(f"\n| scripts | ms |\n| --- | --- |\n"
          f"| `lock --check` of {scripts_checked:,} scripts | {min(times):.0f} / "
          f"{statistics.median(times):.0f} |\n"
          f"| inference of a script of {lines:,} lines | {found['inference']:.2f} |\n"
          f"| to find the lock inside it | {found['find the lock']:.3f} |\n"
          f"| to read its file twice | {found['read the file twice']:.3f} |", flush=True)
