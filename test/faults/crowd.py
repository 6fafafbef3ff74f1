"""Two to sixteen processes at once on one store, one environment, one target; cleaners among them."""

import shutil
import subprocess

from house import Broken, House, command_seconds_max, printed

cleaning = [["cache", "prune", "-q"], ["cache", "clean", "-q"]]
busy = 108


def crowd(binaries, share, chance):
    count = max(8, 500 * share // 100)
    house = House(binaries)
    processes = 0
    try:
        for turn in range(count):
            if chance.random() < 0.3:
                house.forget()
            if chance.random() < 0.3:
                shutil.rmtree(house.directory / "lib", ignore_errors=True)
            processes += one_round(house, chance, turn)
            if turn % 10 == 0:
                house.must_be_sound(f"round {turn}")
        for name in house.jobs():
            house.do(name)
        house.must_be_sound("at the end")
    finally:
        house.close()
    return f"{count} rounds, {processes} processes"


def one_round(house, chance, turn):
    jobs = house.jobs()
    started = []
    for _ in range(chance.randint(2, 16)):
        if chance.random() < 0.15:
            words = chance.choice(cleaning)
        else:
            words = jobs[chance.choice(["run", "run", "run unlocked", "lock", "install"])][0]
        started.append((words, subprocess.Popen(
            [str(house.program), *words], cwd=house.directory, env=house.environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)))
    ended = [(words, process, *process.communicate(timeout=command_seconds_max))
             for words, process in started]
    for words, process, out, err in ended:
        if "damaged" in err:
            raise Broken(f"round {turn}: pawl {' '.join(words)} took another's work for damage\n{err}")
    for words, process, out, err in ended:
        expected = {"job.py": printed["<2"], "new.py": printed[""]}.get(words[-1], "")
        is_right = out == expected if words[0] == "run" else True
        if process.returncode not in (0, busy) or (process.returncode == 0 and not is_right):
            raise Broken(f"round {turn}: pawl {' '.join(words)}: exit {process.returncode}, "
                         f"printed {out!r}\n{err}")
    if house.lock_bytes() != house.locks:
        raise Broken(f"round {turn}: a lock is neither the old one nor the new one")
    return len(started)
