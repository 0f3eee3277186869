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
