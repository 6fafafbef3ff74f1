"""Ended at a random moment: by SIGKILL, which nobody can see coming, and by signals that people send."""

import shutil
import signal
import time

from house import Broken, House, end


def seconds_of(house, name):
    begin = time.monotonic()
    house.do(name)
    return time.monotonic() - begin


def interrupted(house, name, chance, seconds, number):
    process = house.begin(*house.jobs()[name][0])
    time.sleep(chance.random() * seconds)
    return end(process, number)


def rounds(house, count, chance, number, look):
    """Fresh and warm caches by turns, one thing to do after the other, until the signal has come in
    time so often. What a warm cache makes quick is interrupted sooner."""
    names = list(house.jobs())
    durations = {}
    for name in names:
        house.forget()
        durations[name] = {is_fresh: seconds_of(house, name) for is_fresh in (True, False)}
    turn = hit = 0
    while hit < count and turn < 2 * count:
        name = names[turn % len(names)]
        turn += 1
        is_fresh = chance.random() < 0.6
        if is_fresh:
            house.forget()
        if name == "install" and chance.random() < 0.5:
            shutil.rmtree(house.directory / "lib", ignore_errors=True)
        status = interrupted(house, name, chance, durations[name][is_fresh], number)
        hit += status < 0 or status > 128
        look(name, status)
        house.must_be_sound(f"round {turn}, {name} ended by signal {number}")
        if name == "run unlocked" or chance.random() < 0.4:
            house.do(name)
    for name in names:
        house.do(name)
    enough = 50  # fewer may all come too late by chance
    if count >= enough and hit < turn // 4:
        raise Broken(f"only {hit} of {turn} rounds were interrupted in time: this tests nothing")
    return hit, turn


def kill(binaries, share, chance):
    house = House(binaries)
    try:
        hit, turns = rounds(house, max(10, 500 * share // 100), chance, signal.SIGKILL,
                            lambda *_: None)
    finally:
        house.close()
    return f"killed {hit} times in {turns} rounds"


def signal_(binaries, share, chance):
    house = House(binaries)
    done = 0

    def look(name, status):
        # The script itself may be what is running: Python turns SIGINT into 130 or dies of it.
        if status not in (0, 1, -number, 128 + number, 130):
            raise Broken(f"{name} ended by signal {number} says {status}")

    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            done += rounds(house, max(5, 40 * share // 100), chance, number, look)[0]
    finally:
        house.close()
    return f"{done} signals"
