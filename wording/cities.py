"""The cities that onboarding offers: slug to the name that the catalogue uses."""

CITIES = {
    "beijing": "北京",
    "shanghai": "上海",
    "guangzhou": "广州",
    "shenzhen": "深圳",
    "chengdu": "成都",
    "hangzhou": "杭州",
}
SLUGS = {name: slug for slug, name in CITIES.items()}


def with_names(text: str) -> str:
    """A text with the names by which the catalogue has the cities that it names in English."""
    plain = text.lower()
    return " ".join([text, *(name for slug, name in CITIES.items() if slug in plain)])
