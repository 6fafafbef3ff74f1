# py: >=3.9
# extra_requirements:
# tzdata
"""Sums up a survey: a script with a module of its own and with directives.

    pawl run examples/survey/report.py [ANSWERS.yaml]

`# py:` says which versions of Python it runs on, `# pin:` which release an import needs, and
`# extra_requirements:` what is needed beside the imports (zoneinfo's data, where the system has
none). `cleaning.py` lies beside this file; what it imports is needed, too.
"""
import argparse
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml  # pin: pyyaml>=6
from tabulate import tabulate

from cleaning import clean, newest

HERE = Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description="Sums up the answers of a survey.")
    parser.add_argument("file", nargs="?", default=HERE / "answers.yaml")
    options = parser.parse_args()
    with open(options.file, encoding="utf-8") as file:
        answers = [clean(answer) for answer in yaml.safe_load(file)]

    by_city = {}
    for answer in answers:
        by_city.setdefault(answer["city"], []).append(answer["score"])
    rows = [(city, len(scores), sum(scores) / len(scores)) for city, scores in by_city.items()]
    rows.sort(key=lambda row: (-row[2], row[0]))
    print(tabulate(rows, headers=["city", "answers", "mean score"], floatfmt=".2f"))
    when = newest(answers).astimezone(ZoneInfo("Europe/Berlin"))
    print(f"\n{len(answers)} answers, the newest from {when:%d %B %Y, %H:%M %Z}")


if __name__ == "__main__":
    main()
