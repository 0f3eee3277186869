"""A small knowledge base to test with: two lessons in each language."""

LESSONS = {
    "zh-winter-range.md": """---
id: zh-winter-range
title: 冬季续航
course: course-charging
course_title: 充电与续航
lesson: 1
language: zh
topics: [winter, ev]
---
# 冬季续航

## 为什么会变短

低温会让电池内阻变大，电动车在零下十度时续航常常减少三成左右。暖风是冬季最费电的设备之一。

## 怎么少掉一些

出发前插着充电枪预热座舱和电池，可以把这部分电算在电网上。座椅加热比暖风省电得多。
""",
    "zh-brake-fluid.md": """---
id: zh-brake-fluid
title: 制动液
course: course-tyres-brakes
course_title: 轮胎与刹车
lesson: 1
language: zh
topics: [brakes, maintenance]
---
# 制动液

## 多久更换

制动液会吸收空气里的水分，一般每两年更换一次。含水的制动液在长下坡时容易沸腾，踏板会变软。
""",
    "en-winter-range.md": """---
id: en-winter-range
title: Range in winter
course: course-charging
course_title: Charging and range
lesson: 1
language: en
topics: [winter, ev]
---
# Range in winter

## Why it shrinks

Cold raises the resistance inside a battery, and at minus ten degrees an EV often loses about thirty
percent of its range. Cabin heating is one of the largest consumers in winter.

## What helps

Warm the cabin and the battery while the car is still plugged in. A heated seat uses far less energy
than hot air.
""",
    "en-brake-fluid.md": """---
id: en-brake-fluid
title: Brake fluid
course: course-tyres-brakes
course_title: Tyres and brakes
lesson: 1
language: en
topics: [brakes, maintenance]
---
# Brake fluid

## How often to change it

Brake fluid takes up water from the air and is usually changed every two years. Wet fluid can boil
on a long descent, and the pedal goes soft.
""",
}
