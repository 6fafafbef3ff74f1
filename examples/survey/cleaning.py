"""Makes answers comparable: cities spelled one way, times in UTC."""
from datetime import timezone

from dateutil import parser
from slugify import slugify


def clean(answer):
    when = parser.parse(answer["when"])
    return {
        "city": slugify(answer["city"], separator=" ").title(),
        "score": max(0, min(10, int(answer["score"]))),
        "when": when.astimezone(timezone.utc) if when.tzinfo else when.replace(tzinfo=timezone.utc),
    }


def newest(answers):
    return max(answer["when"] for answer in answers)
