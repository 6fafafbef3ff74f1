"""./dev bench environment: `pawl run` after one package of the lock changed, everything in the store.

A script with all of a set's packages is locked with one version of `idna` after the other. The
locks take turns beside the script, each for the first time, so that pawl makes an environment of
all packages by their content and uv exchanges the one in its environment of that script. Both then
start Python with nothing to do. What Python itself needs is measured beside it.

And the time that five heavy packages take to be imported from such an environment, beside an
ordinary virtual environment that pip made of the same lock.
"""

import pathlib
import statistics
import subprocess
import time

from measure import (
    Index, Series, common_python, environment, fresh, lay_wheels, names_of_set, pawl, requirements,
    sh, show, spawn_ms, uv, write_script)

changing = "idna"
versions = ["3.19", "3.18", "3.17", "3.16", "3.15", "3.14", "3.10", "3.7"]
heavy = ["numpy", "pandas", "scipy.stats", "sklearn.ensemble", "matplotlib.pyplot"]
settle_s = 0.3  # background work of either (bytecode, syncfs) must not fall into the other's time


def lay_versions(name, index, scratch):
    """The set's wheels and those of every version of `changing`, served by the index."""
    names = names_of_set(name, index, scratch)
    with names.open("a") as more:
        more.writelines(f"{changing}-{version}-py3-none-any.whl\n" for version in versions)
    lay_wheels(names)


def locks_of(script, index, python, rival, variables):
    """Both tools' locks of the script, by version of `changing`."""
    own, theirs = script.parent / "pylock.job.toml", script.parent / "job.py.lock"
    kept = {}
    for version in versions:
        pin = f"{changing}=={version}"
        sh(pawl, "lock", "-q", script, "-P", pin, "--index-url", index.url, env=variables)
        sh(rival, "lock", "-q", "--script", script, "-P", pin, "--default-index", index.url,
           "--python", python, env=variables, stdout=subprocess.DEVNULL)
        kept[version] = (own.read_text(), theirs.read_text())
    return kept


def measure_change(name, index, scratch, python, rival):
    place, variables = fresh(scratch, "environment"), environment(fresh(scratch, "cache"))
    script = place / "job.py"
    write_script(script, [*requirements(name), changing])
    lay_versions(name, index, scratch)
    commands = {
        "pawl": [pawl, "run", "-q", "--python", python, "--index-url", index.url, script],
        "uv": [rival, "run", "-q", "--frozen", "--python", python, "--default-index", index.url,
               "--script", script]}
    kept = locks_of(script, index, python, rival, variables)

    def lay(version):
        (place / "pylock.job.toml").write_text(kept[version][0])
        (place / "job.py.lock").write_text(kept[version][1])

    for version in versions:  # into the store, without making the environments to be measured
        lay(version)
        sh(pawl, "install", "-q", "pylock.job.toml", "--target", fresh(scratch, "target") / "t",
           "--python", python, "--index-url", index.url, env=variables, cwd=place)
        sh(*commands["uv"], env=variables)
    lay(versions[0])
    for command in commands.values():
        sh(*command, env=variables)
    series = {tool: Series(tool) for tool in ("python", *commands)}
    for version in versions[1:]:
        lay(version)
        for tool, command in commands.items():
            time.sleep(settle_s)
            series[tool].times.append(spawn_ms(command, variables))
        series["python"].times.append(spawn_ms([python, script], variables))
    show(f"run, one package changed: {name}", series)


def measure_imports(scratch, python):
    """Minima of a new process for each import, in turn, from both environments."""
    place, variables = fresh(scratch, "imports"), environment(fresh(scratch, "cache"))
    script = place / "job.py"
    body = "import sys, time\nbegin = time.perf_counter()\n__import__(sys.argv[1])\n" \
           "print((time.perf_counter() - begin) * 1e3)\n"
    write_script(script, ["numpy", "pandas", "scipy", "scikit-learn", "matplotlib"], body)
    plain = place / "plain"
    sh(python, "-m", "venv", plain)
    sh(plain / "bin" / "pip", "install", "-q", "--disable-pip-version-check", "numpy", "pandas",
       "scipy", "scikit-learn", "matplotlib")
    frozen = subprocess.run([plain / "bin" / "pip", "freeze"], capture_output=True, text=True,
                            check=True).stdout.split()
    write_script(script, frozen, body)
    own = [pawl, "run", "-q", "--python", python, script]
    sh(pawl, "lock", "-q", "--this-environment", "--python", python, script, env=variables)
    for command in (own, [plain / "bin" / "python", script]):
        for module in heavy:
            sh(*command, module, env=variables, stdout=subprocess.DEVNULL)
    time.sleep(60)  # bytecode of everything, in the background
    for module in heavy:
        times = {"pawl run": [], "venv": []}
        for _ in range(11):
            for tool, command in (("pawl run", own), ("venv", [plain / "bin" / "python", script])):
                printed = subprocess.run([str(part) for part in (*command, module)], check=True,
                                         capture_output=True, text=True, env=variables).stdout
                times[tool].append(float(printed))
        ratio = min(times["pawl run"]) / min(times["venv"])
        cells = "  ".join(f"{tool} {min(one):7.1f} / {statistics.median(one):7.1f}"
                          for tool, one in times.items())
        print(f"import {module:20} {cells}  ratio {ratio:.2f}", flush=True)


def bench_environment(options, scratch):
    index, rival, python = Index(), uv(), common_python()
    try:
        for name in [one for one in options.sets if one in ("small", "web", "data")]:
            measure_change(name, index, pathlib.Path(scratch), python, rival)
    finally:
        index.close()
    measure_imports(pathlib.Path(scratch), python)
    return 0
