"""Small rows to test with."""

from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def item(item_id: str = "live-winter", **changes: Any) -> dict[str, Any]:
    return {
        "id": item_id,
        "type": "live",
        "title": {"zh": "冬季续航直播", "en": "Winter range, live"},
        "summary": {"zh": "……", "en": "…"},
        "description": {"zh": "……", "en": "…"},
        "delivery": None,
        "brand": None,
        "place": None,
        "city": None,
        "topics": ["winter"],
        "price_stars": 100,
        "capacity": 3,
        "starts_at": NOW + timedelta(days=3),
        "ends_at": None,
        "active": True,
        "updated_at": NOW,
    } | changes


def user(user_id: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": user_id,
        "first_name": f"U{user_id}",
        "role": "user",
        "topics": ["winter"],
        "city": "北京",
        "car": "owns",
        "personalisation": True,
        "invites": True,
        "created_at": NOW,
        "seen_at": NOW,
    } | changes
