"""A table of sales by region, from a CSV file.

    pawl run examples/sales_table.py [FILE.csv] [--by region|product]
"""
import argparse
import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent


def totals(path, key):
    units, revenue = defaultdict(int), defaultdict(Decimal)
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            count = int(row["units"])
            units[row[key]] += count
            revenue[row[key]] += count * Decimal(row["unit_price"])
    return sorted(((name, units[name], revenue[name]) for name in units), key=lambda row: -row[2])


def main():
    parser = argparse.ArgumentParser(description="Sums up a CSV file of sales.")
    parser.add_argument("file", nargs="?", default=HERE / "data" / "sales.csv")
    parser.add_argument("--by", choices=["region", "product"], default="region")
    options = parser.parse_args()

    rows = totals(options.file, options.by)
    table = Table(title=f"Sales by {options.by}")
    table.add_column(options.by.capitalize())
    table.add_column("Units", justify="right")
    table.add_column("Revenue", justify="right")
    for name, units, revenue in rows:
        table.add_row(name, str(units), f"{revenue:,.2f}")
    table.add_section()
    table.add_row("Total", str(sum(r[1] for r in rows)), f"{sum(r[2] for r in rows):,.2f}")
    Console(width=60).print(table)


if __name__ == "__main__":
    main()
