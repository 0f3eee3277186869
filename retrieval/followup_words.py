"""The words by which follow-up questions are told, Chinese and English."""

import re


def _any(*words: str) -> re.Pattern[str]:
    r"""Longer words first, so that 插电混动 isn't taken for 混动; Latin ones whole.

    Python takes Han characters for letters, so that \b sees no end of a word in CVT能.
    """
    listed = sorted((word for group in words for word in group.split("|")), key=len, reverse=True)
    latin = [word for word in listed if word.isascii()]
    han = [word for word in listed if not word.isascii()]
    whole = rf"(?<![a-z0-9-])(?:{'|'.join(latin)})(?![a-z0-9])"
    return re.compile("|".join([*han, whole] if latin else han), re.IGNORECASE)


_POWER = (
    "燃油车|燃油|汽油车|汽油|柴油车|柴油|油车|纯电动车|纯电车|纯电|电动车|电车|新能源车|新能源|"
    "插电混动|插混车|插混|油混|轻混|混动车|混动|增程车|增程式|增程",
    "petrol cars?|petrol|gasoline|diesels?|electric cars?|electric|battery-electric|evs?|"
    "full hybrids?|plug-in hybrids?|plug-ins?|hybrid cars?|hybrids?|range extenders?|"
    "bevs?|hevs?|phevs?|erevs?|reevs?",
)
_WEATHER = (
    "冬天|冬季|夏天|夏季|下雨天|下雨|雨天|雪天|下雪|雾天|高温天|高温|低温|零下|天冷|天热",
    "winter|summer|rain|snow|fog|cold weather|the cold|hot weather|heat",
)
_PLACE = (
    "高速上|高速|市区|城里|长途|山路|堵车|坡道|在家|家里|公共桩",
    "motorways?|highways?|city|town|traffic|long trips?|mountains|at home|at work",
)
_STATE = ("新车|二手车", "new cars?|used cars?|new one|used one")

# Each kind's words may stand in one another's place. Circumstances by themselves, when, where or
# with what, are no topic of a question.
CIRCUMSTANCES = (_any(*_POWER), _any(*_WEATHER), _any(*_PLACE), _any(*_STATE))
TOPICS = (
    re.compile(r"(?<![a-z0-9])[PBCU][ -]?[0-3]\d{3}(?!\d)", re.IGNORECASE),
    _any(
        "机油灯|水温灯|胎压灯|故障灯|发动机灯|发动机故障灯|刹车灯|制动灯|电瓶灯|乌龟灯|安全气囊灯|气囊灯|ABS灯",
        "oil light|temperature light|tyre pressure light|engine light|brake light|battery light|"
        "turtle light|airbag light|abs light",
    ),
    _any(
        "机油滤芯|机油|变速箱油|制动液|刹车油|冷却液|防冻液|火花塞|空气滤芯|空调滤芯|燃油滤芯|滤芯|"
        "轮胎|刹车片|刹车盘|蓄电池|电瓶|雨刷片|雨刷|皮带|减振器|动力电池",
        "engine oil|gearbox oil|brake fluid|coolant|spark plugs?|air filters?|cabin filters?|"
        "fuel filters?|oil filters?|tyres?|tires?|brake pads?|pads|brake discs?|discs|"
        "12-volt battery|wiper blades?|wipers|belts?|shock absorbers?|traction battery",
    ),
    _any(
        "交强险|车损险|三者险|第三者责任险|座位险|划痕险|商业险",
        "compulsory insurance|damage cover|third-party cover|seat cover|scratch cover|"
        "commercial insurance",
    ),
    _any(
        "双离合|自动变速箱|手动挡|手动变速箱|cvt", "dual-clutch|manual|automatic|torque converter"
    ),
    _any(
        "水泡车|调表车|事故车|泡水车|火烧车",
        "flooded cars?|changed odometer|accident cars?|repainted panels",
    ),
    _any("快充|慢充|家充", "fast charging|slow charging|home charging|ac charging|dc charging"),
    _any("家用充电桩|充电桩", "home chargers?|wallbox"),
)
MODIFIERS = _any(*_POWER, *_WEATHER, *_PLACE, *_STATE)

# What a question that only names a new topic may begin with.
LEAD = re.compile(
    r"(?:那么|那要是|那如果是|那如果|要是|如果是|换成|换作|还有|那)\s*"
    r"|(?:(?:(?:and|but|or|so|then|also)\b[\s,]*)?"
    r"(?:what about|how about|what if it is|same for)\s+"
    r"|(?:and|but|or)\s+)?(?:(?:for|in|with|on|at|after|before|when)\s+)?",
    re.IGNORECASE,
)
TAIL = re.compile(r"(?:又?怎么样|又?如何|呢)?\s*[？?!！。.]*\s*$")
# A topic has none of these: with one, it is a question of its own.
QUESTION_WORDS = re.compile(
    r"什么|怎么|怎样|如何|多久|多少|多深|几|哪|吗|谁|能不能|要不要|是不是|"
    r"\b(?:what|how|why|when|where|which|who|is|are|was|do|does|did|can|could|should|would|will|may|"
    r"must|has|have|i|you|we)\b",
    re.IGNORECASE,
)
POINTING = re.compile(
    r"它们|它|他们|这个(?![\u4e00-\u9fff])|那个(?![\u4e00-\u9fff])|这样|那样|这些(?![\u4e00-\u9fff])"
    r"|这种情况|上面说的|刚才说的|前面说的|前者|后者|两者"
    r"|\b(?:it|its|they|them|their|these|those|this|that|ones|both|the former|the latter|"
    r"either of them)\b"
    r"(?!\s+(?:car|vehicle|light|weekend|week|month|year)s?\b)",
    re.IGNORECASE,
)
# "Is it worth buying a used EV?" points at nothing.
EXPLETIVE = re.compile(
    r"\b(?:is|was|does|will|would)\s+it\s+(?:\w+\s+)?"
    r"(?:worth|safe|ok|okay|good|bad|better|possible|normal|legal|true|necessary|take|"
    r"make sense|mean)\b\s+(?:to|that|if|when|for|buying|\w+ing)\b|\bit\s+(?:rain|snow|freeze)"
    r"|\bit(?:'s| is)\s+(?:raining|snowing|cold|hot)\b",
    re.IGNORECASE,
)
WHY = re.compile(r"为什么|为啥|为何|怎么会|真的吗|\bwhy\b|\breally\b|\bhow come\b", re.IGNORECASE)
CLOSING = re.compile(
    r"(?:(?:好的?|行|嗯|哦|(?:太|非常|十分)?(?:谢谢?|感谢)[你您了啦啊]*|多谢|明白了?|知道了|懂了|"
    r"[你您]好|嗨|哈[喽啰罗]|早上好|下午好|晚上好|早安|晚安|再见|拜拜|不用了|没有了?|在吗|在不在|"
    r"辛苦[你您]?了)"
    r"|(?:ok|okay|yes|no|many thanks|thanks?|thank you|thx|great|got it|i see|hi|hello|hey|"
    r"good (?:morning|afternoon|evening)|bye|goodbye|fine|cool)"
    r"(?:\s+(?:so much|very much|you|there|a lot))?|[\s,，!！。.~、])+[\s!！。.]*",
    re.IGNORECASE,
)
# Words of a question that are about anything.
GENERIC = _any(
    "然后|具体|详细|举个例子|例子|再说|说说|讲讲|一下|一点|一次|大概|一般|必须|必要|一定|可以|能不能|要不要|"
    "需要|应该|建议|用|换|开|做|买|选|看|花|钱|打|修|加|查|检查|更换|减少|增加|避免|判断|处理|解决|办|贵|"
    "便宜|值得|值|好|坏|危险|安全|影响|区别|原因|后果|步骤|方法|时间|费用|价格|公里|多深|多高|多大|多长|"
    "多远|多快|多贵|关掉|关闭|打开|超过|别的|还有|真|真的|继续|严重|麻烦|重要|有用|正常|合适|推荐吗|几年|几次|几天|第一次|以后|平时|最好|自己|我们|来|去|说|讲|得|着|过|量|装|最|更|比较|它|它们|这样|那样|升级后|之后|之前",
    "then|else|more|really|exactly|about|detail|details|example|explain|tell|me|use|used|using|change|"
    "changed|changing|replace|replaced|do|done|need|needed|cost|costs|price|expensive|cheap|check|"
    "checked|checking|measure|measured|buy|make|get|take|takes|long|often|much|many|far|fast|soon|"
    "work|works|happen|happens|mean|means|avoid|reduce|fix|fixed|repair|repaired|handle|good|bad|"
    "better|worse|best|dangerous|safe|necessary|normal|same|different|difference|one|ones|that|"
    "drive|deep|high|low|instead|myself|anything|something|everything|else|not|may|might|must|shall|ok|okay|old|new|big|bad|"
    "serious|important|useful|possible|recommended|year|month|week|day|time|times|minute|hour|still|yet|"
    "there|them|they|these|those|charge|apply|help|after|before|so|also|but",
)
# A term is of no topic when it is made of these alone: 贵得 is, 着火 isn't.
GENERIC_TERM = re.compile(rf"(?:{GENERIC.pattern}|[不能会要有可没]|举个)+", re.IGNORECASE)
# A Chinese question leads in with these; from ASKS on it asks, and what stands before is its
# subject. Both begin and end with a word.
OPENING = re.compile(r"^(?:请问|那么?|什么是|为什么|怎么|怎样|如何)")
ASKS = re.compile(
    r"(?:一般|大概|还|都|必须|需要|应该)?(?:要|有|是|能|会|该|可以)?"
    r"[换做用打赔买掉剩看查涨装跑选走亮]?(?:了)?"
    r"(?:什么|怎么|怎样|如何|多久|多少|多深|几|哪|为什么|有何|会不会|能不能|要不要)"
    r"|(?:亮了)?(?:还|要|必须|需要)?"
    r"(?:能(?![量源耗级效力])|可以|会(?!员)|要(?!求)|有|是|好(?!处))[^，,]*吗[？?]?$"
)
