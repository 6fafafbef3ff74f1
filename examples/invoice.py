#!/usr/bin/env -S pawl run
# /// script
# requires-python = ">=3.9"
# dependencies = [
#     "jinja2>=3.1",
#     "python-dateutil>=2.8",
# ]
# ///
"""Writes an invoice from a few numbers: a script with inline metadata (PEP 723).

    pawl run examples/invoice.py [--customer NAME] [--hours H] [--rate R]
"""
import argparse
from datetime import date
from decimal import Decimal

from dateutil.relativedelta import MO, relativedelta
from jinja2 import Environment, StrictUndefined

TEMPLATE = """\
INVOICE {{ number }}
{{ "-" * 44 }}
To:      {{ customer }}
Date:    {{ issued }}        Due: {{ due }}

{% for item in items %}
{{ "%-26s" | format(item.text) }} {{ "%16s" | format("{:,.2f}".format(item.amount)) }}
{% endfor %}
{{ "-" * 44 }}
{{ "%-26s" | format("Total incl. 19 % VAT") }} {{ "%16s" | format("{:,.2f}".format(total)) }}
"""


def main():
    parser = argparse.ArgumentParser(description="Writes an invoice.")
    parser.add_argument("--customer", default="Lantern & Rope Ltd.")
    parser.add_argument("--hours", type=Decimal, default=Decimal("12.5"))
    parser.add_argument("--rate", type=Decimal, default=Decimal("96"))
    parser.add_argument("--date", type=date.fromisoformat, default=date(2026, 3, 31))
    options = parser.parse_args()

    work = options.hours * options.rate
    items = [
        {"text": f"{options.hours} hours at {options.rate}", "amount": work},
        {"text": "VAT 19 %", "amount": work * Decimal("0.19")},
    ]
    # Due on the first Monday that is at least thirty days away.
    due = options.date + relativedelta(days=30, weekday=MO(+1))
    environment = Environment(undefined=StrictUndefined, trim_blocks=True)
    print(environment.from_string(TEMPLATE).render(
        number=options.date.strftime("%Y%m-01"), customer=options.customer, issued=options.date,
        due=due, items=items, total=sum(item["amount"] for item in items)))


if __name__ == "__main__":
    main()
