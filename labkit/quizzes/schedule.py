"""When an item comes back: FSRS, by the library `fsrs` (Ye et al., open-spaced-repetition).

What was missed comes back in the same session by the session's own doing; so the scheduler has no steps of minutes
and counts in days from the first answer on. Only the first answer of a session is a review: the second one knows.
"""

from __future__ import annotations

from datetime import datetime, timezone
from functools import lru_cache

AGAIN, HARD, GOOD, EASY = 1, 2, 3, 4  # fsrs.Rating, without importing it


@lru_cache(maxsize=None)
def _scheduler():
    from fsrs import Scheduler

    return Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=365, enable_fuzzing=False)


def review(entry: dict, rating: int, now: datetime | None = None) -> dict:
    """The stored entry of an item after one more answer: {card, seen, right}."""
    from fsrs import Rating

    card, _ = _scheduler().review_card(_card(entry), Rating(rating), now or _now())
    right = rating != AGAIN
    return {
        **entry,
        "card": card.to_dict(),
        "seen": _count(entry, "seen") + 1,
        "right": _count(entry, "right") + right,
    }


def due(entry: dict) -> datetime | None:
    """When the item is due; None if it was never answered, or its card cannot be read."""
    try:
        when = datetime.fromisoformat(entry["card"]["due"])
        return when if when.tzinfo else when.replace(tzinfo=timezone.utc)
    except (KeyError, TypeError, ValueError):
        return None


def is_due(entry: dict, now: datetime | None = None) -> bool:
    """Whether it is due by the end of the person's own day."""
    when = due(entry)
    return when is not None and when.astimezone().date() <= (now or _now()).astimezone().date()


def _card(entry: dict):
    from fsrs import Card

    try:
        return Card.from_dict(entry["card"])
    except (KeyError, TypeError, ValueError):
        return Card(card_id=1)


def _count(entry: dict, name: str) -> int:
    value = entry.get(name, 0)
    return value if isinstance(value, int) and value >= 0 else 0


def _now() -> datetime:
    return datetime.now(timezone.utc)
