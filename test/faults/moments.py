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
    """Fresh and warm caches by turns, one thing to do after the other."""
    names = list(house.jobs())
    durations = {}
    for name in names:
        house.forget()
        durations[name] = seconds_of(house, name)
    for turn in range(count):
        name = names[turn % len(names)]
        if chance.random() < 0.5:
            house.forget()
        if name == "install" and chance.random() < 0.5:
            shutil.rmtree(house.directory / "lib", ignore_errors=True)
        look(name, interrupted(house, name, chance, durations[name], number))
        house.must_be_sound(f"round {turn}, {name} ended by signal {number}")
        if name == "run unlocked" or chance.random() < 0.4:
            house.do(name)
    for name in names:
        house.do(name)


def kill(binaries, share, chance):
    count = max(15, 600 * share // 100)
    house = House(binaries)
    hit = []
    try:
        rounds(house, count, chance, signal.SIGKILL, lambda _, status: hit.append(status < 0))
    finally:
        house.close()
    return f"killed {sum(hit)} times of {count}"


def signal_(binaries, share, chance):
    house = House(binaries)
    done = 0

    def look(name, status):
        # The script itself may be what is running: Python turns SIGINT into 130 or dies of it.
        if status not in (0, 1, -number, 128 + number, 130):
            raise Broken(f"{name} ended by signal {number} says {status}")

    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            count = max(5, 60 * share // 100)
            rounds(house, count, chance, number, look)
            done += count
    finally:
        house.close()
    return f"{done} signals"
