"""In which time zone a person lives: what they chose, else what their city says, else China's."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from services.clock import ZONE
from storage.models import User

# Cities as the catalogue and people name them, outside China's one zone.
CITIES = {
    "香港": "Asia/Hong_Kong",
    "澳门": "Asia/Macau",
    "台北": "Asia/Taipei",
    "新加坡": "Asia/Singapore",
    "吉隆坡": "Asia/Kuala_Lumpur",
    "曼谷": "Asia/Bangkok",
    "东京": "Asia/Tokyo",
    "首尔": "Asia/Seoul",
    "悉尼": "Australia/Sydney",
    "迪拜": "Asia/Dubai",
    "莫斯科": "Europe/Moscow",
    "柏林": "Europe/Berlin",
    "巴黎": "Europe/Paris",
    "伦敦": "Europe/London",
    "纽约": "America/New_York",
    "洛杉矶": "America/Los_Angeles",
}
# What /settings offers; others are typed.
OFFERED = (
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Asia/Singapore",
    "Asia/Dubai",
    "Europe/Moscow",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "Australia/Sydney",
)


def zone_of(user: User | None) -> ZoneInfo:
    return ZONE if user is None else zone_named(user.zone, user.city)


def zone_named(zone: str | None, city: str | None) -> ZoneInfo:
    """Of a person who chose this zone and lives in this city."""
    if zone is not None and is_zone(zone):
        return ZoneInfo(zone)
    return ZoneInfo(CITIES[city]) if city in CITIES else ZONE


def is_zone(name: str) -> bool:
    """Whether it is a place's zone by its IANA name: `Europe/Berlin`, `UTC`."""
    return name in _known()


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())
