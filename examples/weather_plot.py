"""Draws a climate chart (temperatures and rain) from a CSV file into a PNG.

    pawl run examples/weather_plot.py [FILE.csv] [-o weather.png]
"""
import argparse
import csv
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # no display needed
import matplotlib.pyplot as plt

HERE = Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description="Draws a climate chart.")
    parser.add_argument("file", nargs="?", default=HERE / "data" / "weather.csv")
    parser.add_argument("-o", "--output", default=Path(tempfile.gettempdir()) / "weather.png")
    options = parser.parse_args()

    with open(options.file, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    months = [row["month"] for row in rows]
    high = [float(row["high_c"]) for row in rows]
    low = [float(row["low_c"]) for row in rows]
    rain = [float(row["rain_mm"]) for row in rows]

    figure, temperature = plt.subplots(figsize=(8, 4.5))
    temperature.fill_between(months, low, high, color="#e4572e", alpha=0.3)
    temperature.plot(months, high, color="#e4572e", marker="o", label="high")
    temperature.plot(months, low, color="#4c78a8", marker="o", label="low")
    temperature.set_ylabel("temperature, °C")
    temperature.legend(loc="upper left")
    rainfall = temperature.twinx()
    rainfall.bar(months, rain, color="#4c78a8", alpha=0.2)
    rainfall.set_ylabel("rain, mm")
    figure.tight_layout()
    figure.savefig(options.output, dpi=120)

    size_kb = Path(options.output).stat().st_size / 1024
    print(f"warmest month: {months[high.index(max(high))]} ({max(high):.1f} °C)")
    print(f"wrote {options.output} ({size_kb:.0f} KB)")


if __name__ == "__main__":
    main()
