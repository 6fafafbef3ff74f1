#!/usr/bin/env python3
"""What may happen to a machine while pawl works on it, many times over, through the binary.

    run_faults.py --bin DIR [--share PERCENT] [--seed N] [PROGRAMME…]

Programmes: kill, signal, crowd, disk, read-only, descriptors, clock, power, network, download, calls,
lacks, planted, flips. Each ends by itself; --share 100 is all of them (`./dev test-faults`, under ten
minutes), what ctest runs is a few per cent. After every fault the same must hold: the damage that
`pawl cache verify` finds is none, a
lock is the old one or the new one, and the next run, undisturbed, does what it always did. What the
machine does not allow (namespaces, loop devices, faketime) is named as skipped.
"""

import argparse
import concurrent.futures
import os
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import calls
import crowd
import flips
import local
import moments
import network
import planted
from house import Broken, Skipped

programmes = {
    "kill": moments.kill, "signal": moments.signal_, "crowd": crowd.crowd, "disk": local.disk,
    "read-only": local.read_only, "descriptors": local.descriptors, "clock": local.clock,
    "power": local.power, "network": network.network,
    "download": network.download,
    "calls": calls.calls, "lacks": calls.lacks, "planted": planted.planted,
    "flips": flips.flips,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--share", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="programmes at once")
    parser.add_argument("programmes", nargs="*", metavar="PROGRAMME")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)

    def run(name):
        # Of its own, so that one programme alone does what it does among all.
        chance = random.Random(f"{options.seed} {name}")
        begin = time.monotonic()
        try:
            done = programmes[name](options.bin.resolve(), options.share, chance)
            print(f"{name}: {done} ({time.monotonic() - begin:.1f} s)", flush=True)
        except Skipped as why:
            print(f"{name}: SKIPPED: {why}", flush=True)
        except Broken as why:
            print(f"{name}: FAILED: {why}", flush=True)
            return 1
        return 0

    # They wait for processes most of the time; each has a house of its own.
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        failed = sum(pool.map(run, options.programmes or programmes))
    return 1 if failed else 0


sys.exit(main())
