"""A network that lies: each fault on the page, the metadata and the file, twice and for ever."""

import subprocess
import urllib.parse

from house import Broken, House, printed

# What the client gets over by trying again, and what it must refuse however often it tries.
passing = ["reset", "reset-in-body", "cut", "503", "500", "429:1"]
lasting = [*passing, "cut-silently", "garbage", "header-flood", "short-length", "two-lengths",
           "bad-chunk", "flipped-bit", "redirect-loop", "login-page", "404", "403"]
places = {"page": "/simple/theta/", "metadata": ".metadata", "file": ".whl"}
failures = range(100, 110)
seconds_max = 60


def serve(house, *options):
    house.stop_index()
    port = str(urllib.parse.urlsplit(house.index).port)
    house.server = subprocess.Popen(
        [house.binaries / "pawl-test-index", "--world", house.root / "world.txt", "--port", port,
         *options], stdout=subprocess.PIPE, text=True)
    if not house.server.stdout.readline():
        raise Broken("the index did not start")


def attempt(house):
    house.forget()
    return house.pawl("run", "new.py")


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
            code, out, err = attempt(house)
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
