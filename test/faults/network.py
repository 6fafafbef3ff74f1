"""A network that lies: each fault on the page, the metadata and the file, twice and for ever."""

import subprocess
import time
import urllib.parse

from house import Broken, House, end, printed

# What the client gets over by trying again, and what it must refuse however often it tries.
passing = ["reset", "reset-in-body", "cut", "503", "500", "429:1"]
silent = ["silence", "stall", "stall-in-header", "drip-header", "long-length"]
lasting = [*passing, *silent, "cut-silently", "garbage", "noise", "no-header", "header-flood",
           "long-header", "continue-storm", "short-length", "two-lengths", "bad-chunk",
           "endless-chunks", "flipped-bit", "redirect-loop", "login-page", "404", "403", "204",
           "304", "206", "429:999999"]
places = {"page": "/simple/theta/", "metadata": ".metadata", "file": ".whl"}
failures = range(100, 110)
integrity = 102


def serve(house, *options):
    house.stop_index()
    port = str(urllib.parse.urlsplit(house.index).port)
    house.server = subprocess.Popen(
        [house.binaries / "pawl-test-index", "--world", house.root / "world.txt", "--port", port,
         *options], stdout=subprocess.PIPE, text=True)
    if not house.server.stdout.readline():
        raise Broken("the index did not start")


def attempt(house, kind):
    house.forget()
    patience = {"PAWL_NETWORK_TIMEOUT": "2s"} if kind in silent else {}
    return house.pawl("run", "new.py", env=house.environment(**patience))


def network(binaries, share, chance):
    cases = [(kind, place, times) for kind in lasting for place in places
             for times in ((2, 1000) if kind in passing else (1000,))]
    chance.shuffle(cases)
    cases = cases[:max(8, len(cases) * share // 100)]
    house = House(binaries)
    worked = refused = 0
    try:
        for kind, place, times in cases:
            what = f"{kind} on the {place}, {times} times"
            serve(house, "--fault", f"{places[place]} {kind} {times}")
            code, out, err = attempt(house, kind)
            if code == 0 and out == printed[""]:
                worked += 1
            elif code in failures and err.startswith(("error:", "warning:")) and times > 2:
                refused += 1
            else:
                raise Broken(f"{what}: exit {code}\n{out}{err}")
            house.must_be_sound(what)
            serve(house)
            if house.must("run", "new.py") != printed[""]:
                raise Broken(f"{what}, then healed: it does not run with the same cache")
    finally:
        house.close()
    return f"{len(cases)} faults: {worked} got over, {refused} refused, all healed"


def download(binaries, share, chance):
    """Killed while wheels come at 2 kB a second; then the index has the same files, or others."""
    count = max(4, 60 * share // 100)
    house = House(binaries)
    killed = changed = 0
    try:
        for turn in range(count):
            house.forget()
            serve(house, "--fault", ".whl drip 1000")
            process = house.begin("run", "job.py")
            time.sleep(chance.uniform(0.2, 2))
            killed += end(process) < 0
            is_other = turn % 2 == 1
            serve(house, *(["--fault", ".whl flipped-bit 1000"] if is_other else []))
            code, out, err = house.pawl("run", "job.py")
            changed += is_other and code == integrity
            if not (code == 0 and out == printed["<2"]) and not (is_other and code == integrity):
                raise Broken(f"turn {turn}, {is_other}: exit {code}\n{out}{err}")
            house.must_be_sound(f"turn {turn}")
            serve(house)
            house.do("run")
            # In tmp/ a prune takes it, when it is a minute old.
            left = [path for path in house.cache.rglob("*.part")
                    if path.relative_to(house.cache).parts[0] != "tmp"]
            if left:
                raise Broken(f"turn {turn}: half a file is left: {left}")
    finally:
        house.close()
    return f"{killed} of {count} killed, {changed} times another file was refused"
