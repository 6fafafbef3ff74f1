"""What the manifest leaves to us: which exit codes a refusal may have, and what "also" means for each
installed case, as a function over what happened.

Codes (design §3): 100 malformed, 101 no solution, 102 integrity, 103 refused, 104 needs permission,
105 network, 107 disk, 109 interpreter or environment."""

import os
import pathlib
import re
import stat

MALFORMED, NO_SOLUTION, INTEGRITY, REFUSED, PERMISSION, NETWORK, ENVIRONMENT = (
    100, 101, 102, 103, 104, 105, 109)

by_group = {
    "archive-path": {REFUSED},
    "archive-links-modes": {REFUSED},
    "entry-points": {REFUSED},
    "zip-structure": {REFUSED, INTEGRITY},
    "record": {INTEGRITY, MALFORMED},
    "wheel-metadata": {MALFORMED, INTEGRITY},
    "autorun-clobber": {PERMISSION, REFUSED},
    "file-names": {MALFORMED, INTEGRITY, NO_SOLUTION},
    "sdist": {REFUSED},
    "sdist-build": {MALFORMED, PERMISSION, REFUSED, NO_SOLUTION},
    "index": {MALFORMED, INTEGRITY, NO_SOLUTION},
    "lock-pylock": {MALFORMED, INTEGRITY},
    "lock-uv": {MALFORMED, INTEGRITY},
    "lock-poetry": {MALFORMED, INTEGRITY},
    "lock-pipfile": {MALFORMED, INTEGRITY},
}
# Where the group's codes are not the right ones.
by_id = {
    "A09": {PERMISSION, REFUSED},  # what belongs to the environment itself
    "A12": {PERMISSION, REFUSED},
    "C07": {MALFORMED, REFUSED},  # not UTF-8
    "C13": {PERMISSION, REFUSED},
    "D34": {REFUSED, MALFORMED},
    "D43": {REFUSED, MALFORMED},
    "D44": {REFUSED, MALFORMED},
    "D45": {REFUSED, MALFORMED},
    "F04": {ENVIRONMENT, NO_SOLUTION},
    "R06": {REFUSED, INTEGRITY},
    "R14": {REFUSED},
    "N03": {REFUSED, INTEGRITY, MALFORMED},
    "N12": {REFUSED, MALFORMED},
    "N20": {REFUSED},
    "N21": {REFUSED, MALFORMED},
    "S20": {INTEGRITY},
    "S21": {INTEGRITY},
    "S19": {INTEGRITY, REFUSED},
    "S23": {REFUSED, MALFORMED, INTEGRITY},
    "S24": {REFUSED, MALFORMED, INTEGRITY},
    "S35": {REFUSED, MALFORMED},
    "I30": {MALFORMED, NETWORK},
    "I36": {NETWORK},
    "L18": {MALFORMED, PERMISSION, REFUSED},
    "L19": {MALFORMED, PERMISSION, REFUSED},
    "L20": {MALFORMED, PERMISSION, REFUSED},
    "L21": {MALFORMED, PERMISSION, REFUSED, NETWORK},
    "L22": {MALFORMED, PERMISSION, REFUSED},
    "L30": {ENVIRONMENT, MALFORMED},
    "L31": {ENVIRONMENT, MALFORMED},
    "L56": {ENVIRONMENT, NO_SOLUTION, MALFORMED},
    "L46": {MALFORMED, REFUSED},
    "L47": {MALFORMED, REFUSED},
    "U06": {MALFORMED, REFUSED},
    "U12": {MALFORMED, REFUSED},
    "U13": {ENVIRONMENT, MALFORMED},
    "O01": {1, MALFORMED},  # a check says no
}


def codes(case):
    return by_id.get(case["id"], by_group[case["group"]])


def site_packages(env):
    return next(pathlib.Path(env).glob("lib/python3*/site-packages"))


def _modes(happened):
    for path in site_packages(happened.env).rglob("*"):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if path.is_file() and mode & 0o6022:
            return f"{path} has the mode {mode:o}"
        if path.is_file() and not mode & 0o400:
            return f"{path} cannot be read by its owner"
    return None


def _warned(happened):
    return None if "warning:" in happened.output else "no warning was printed"


def _record(happened):
    """RECORD lists what is there, and what is there is listed."""
    home = site_packages(happened.env)
    for info in home.glob("evil_*.dist-info"):
        listed = set()
        for line in (info / "RECORD").read_text().splitlines():
            name = line.split(",")[0]
            listed.add(name)
            if not (home / name).exists():
                return f"RECORD lists {name}, which is not there"
        for path in home.rglob("*"):
            name = str(path.relative_to(home))
            if path.is_file() and "__pycache__" not in name and name not in listed:
                return f"{name} is not in RECORD"
    return None


def _script(happened):
    program = next(path for path in (pathlib.Path(happened.env) / "bin").iterdir()
                   if path.read_bytes().startswith(b"#!") and path.name != "python")
    first = program.read_text().splitlines()[0]
    if not os.access(program, os.X_OK):
        return f"{program} cannot be executed"
    return None if f"{happened.env}/bin/python" in first else f"its first line is {first}"


def _installers_own(happened):
    info = next(site_packages(happened.env).glob("evil_n19*.dist-info"))
    if (info / "INSTALLER").read_text().strip() != "pawl":
        return "INSTALLER is the wheel's"
    url = info / "direct_url.json"
    if url.exists() and "trusted" in url.read_text():
        return "direct_url.json is the wheel's"
    return None


def _version(wanted):
    def check(happened):
        found = [path.name for path in site_packages(happened.env).glob("evil_good-*.dist-info")]
        return None if found == [f"evil_good-{wanted}.dist-info"] else f"installed {found}"
    return check


def _both(*checks):
    return lambda happened: next(filter(None, (check(happened) for check in checks)), None)


def _within(seconds, megabytes):
    if "PAWL_SANITIZED" in os.environ:  # the sanitizer's own memory is counted, too
        megabytes *= 3

    def check(happened):
        if happened.seconds > seconds or happened.megabytes > megabytes:
            return f"{happened.seconds:.1f} s, {happened.megabytes} MB"
        return None
    return check


def _says(pattern):
    def check(happened):
        return None if re.search(pattern, happened.output, re.I) else f"it does not say /{pattern}/"
    return check


when_installed = {
    "W02": _both(_script, _record), "B04": _modes, "B07": _modes, "S10": _modes,
    "R03": _both(_warned, _record), "R04": _both(_warned, _record),
    "R06": _record, "R12": _both(_warned, _record), "N07": _warned, "N08": _warned,
    "N19": _both(_installers_own, _record), "P02": _warned,
    "I02": _version("1.0"), "I04": _version("1.0"), "I05": _version("1.0"),
    "I22": _both(_version("1.0"), _warned), "I24": _version("1.0"), "I25": _version("1.0"),
    "I26": _version("1.0"), "I34": _version("1.0"), "I44": _version("1.0"),
    "I50": _version("1.0"), "I33": _within(6, 300),
    "L04": _both(_version("1.0"), _warned),
}
when_refused = {
    "L18": lambda happened: "shows /etc/passwd" if "root:" in happened.output else None,
    "L51": _says("conflict"),
    "I32": _says(r"127\.0\.0\.1:\d+/I32"),
}
