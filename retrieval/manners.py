"""What calls for more than an answer: dangerous work, and questions that no car lesson answers.

Both are told by tables of words, whose Latin ones end beside Han characters too (hence ASCII). A
question is only ever declined when the sources have no answer to it, so a word too many here costs
at most the wording of a refusal.
"""

import re
from enum import StrEnum

from retrieval.words import folded


class Declined(StrEnum):
    """Why a question that has no answer here is not taken for a gap in the lessons."""

    MEDICAL = "medical"
    LEGAL = "legal"
    OFF_TOPIC = "off-topic"
    ABUSIVE = "abusive"


# What can kill: faults of brakes, restraints, steering, high voltage and fuel; jacks, fire, deep
# water, scalding coolant.
_DANGER = re.compile(
    r"制动(?!能量)|[刹煞]车|气囊|安全带|预紧器|转向(?:失灵|沉重|助力|机|柱|节|拉杆)|方向盘(?:抖|松|卡|沉)"
    r"|高压(?:电|线|部件|系统|电池|维修|触电)|触电|漏电|橙色线|动力电池(?:进水|受损|磕碰|起火|冒烟|鼓包|托底)"
    r"|(?:燃油|汽油|油箱|油管)[^。！？]{0,6}(?:泄漏|漏|渗)|漏油|漏汽油|汽油味|千斤顶|[起着失]火|自燃|冒烟|烧起来|爆胎"
    r"|机油(?:压力)?(?:报警|警告|指示)?灯|红色的?(?:警告|报警|故障|指示)?灯"
    r"|涉水|[趟蹚]水|积水|水淹|淹水|落水|掉(?:进|到)?[水河]里|水温(?:过?高|报警|灯|表)|开锅|(?:散热器|水箱|水壶)盖|烫伤"
    r"|\bbrak(?:e|es|ing)\b|\bairbags?\b|\bseat ?belts?\b|\bpretensioners?\b"
    r"|\bsteering (?:fault|fails?|failure|rack|column|assist\w*|knuckle)\b"
    r"|\bhigh[- ]voltage\b|\belectric shock\b|\borange cables?\b"
    r"|\b(?:fuel|petrol|gas|gasoline)(?: \w+){0,3} (?:leak\w*|smell\w*)\b"
    r"|\b(?:leak\w*|smell\w*)(?: \w+){0,3} (?:fuel|petrol|gas|gasoline)\b"
    r"|\bjack(?:s|ed|ing)? (?:up|points?|stands?)\b|\b(?:catch(?:es)?|on) fire\b"
    r"|\bburning\b|\bsmok(?:e|ing) from\b|\bflood(?:s|ed|ing|water)\b(?! (?:used )?cars?)"
    r"|\b(?:standing|deep) water\b|\bsink(?:s|ing)\b"
    r"|\boil (?:pressure )?(?:warning )?(?:light|lamp)\b|\bred (?:warning )?(?:light|lamp)\b"
    r"|\boverheat\w*|\bradiator cap\b|\bscald\w*|\bblow-?outs?\b|\btyre bursts?\b",
    re.ASCII,
)
_CAR = re.compile(
    r"车|驾|胎|刹|制动|油|电池|充电|续航|变速|挡|发动机|电机|底盘|保养|保险|理赔|年检|二手|里程|雨刮"
    r"|座椅|方向盘|空调|导航|钥匙|后备厢|尾门|灯|保修|质保|三包|召回|路|高速|加速|碰撞|气囊"
    r"|\b(?:cars?|vehicles?|driv\w*|tyres?|tires?|brak\w*|engines?|motors?|oil|fuel|petrol|diesel|ev"
    r"|evs|hybrids?|batter(?:y|ies)|charg\w+|range|gear\w*|clutch|warranty|insur\w+|garage|roads?"
    r"|motorways?|wipers?|seats?|steering|coolant|exhaust|suspension|wheels?|mileage|parking|park"
    r"|dealers?|trucks?|suvs?|vans?|trailers?|tow\w*|traffic|lights?|lamps?|keys?|boot|trunk)\b",
    re.ASCII,
)
_ABUSE = re.compile(
    r"傻[逼bx叉屄]|[煞沙]笔|操你|艹你|草你[妈马吗]|你[妈马]的|他妈的|去死|滚蛋|垃圾机器人"
    r"|废物|脑残|智障|王八蛋"
    r"|\bf+u+c+k\w*|\bshit(?:ty|head)?\b|\bass ?holes?\b|\bbitch\w*|\bmoron\b|\bstupid bot\b"
    r"|\bbastards?\b|\b(?:idiot|dumb) bot\b|\byou(?:'re| are) (?:an idiot|stupid|useless|dumb)\b",
    re.ASCII,
)
_MEDICAL = re.compile(
    r"吃什么药|吃[几多]少?[片粒颗]|用什么药|服药|剂量|处方|感冒|发烧|咳嗽|头[疼痛]|肚子[疼痛]|胃[疼痛]|胸[口]?[闷疼痛]"
    r"|高血压|糖尿病|怀孕|孕妇|癌症|肿瘤|失眠|抑郁|过敏|皮疹|看[什哪]么?科|挂[什哪]么?科|医院|医生|疫苗|手术"
    r"|\bmedicines?\b|\bmedication\b|\bdos(?:e|es|age)\b|\bibuprofen\b|\bparacetamol\b|\baspirin\b"
    r"|\bheadaches?\b|\bfever\b|\bcough\w*|\bpregnan\w+|\bdiabetes\b|\bblood pressure\b|\bcancer\b"
    r"|\bdepress(?:ion|ed)\b|\binsomnia\b|\brash\b|\bdoctors?\b|\bhospital\b|\bvaccin\w+|\bsymptoms?\b",
    re.ASCII,
)
_LEGAL = re.compile(
    r"律师|打官司|起诉|上诉|判刑|坐牢|判几年|犯法|犯罪|离婚|遗产|继承|劳动仲裁|法院|刑事|诉讼|签证|移民"
    r"|\blawyers?\b|\battorneys?\b|\bsu(?:e|ing)\b|\blawsuits?\b|\bin court\b|\bdivorce\w*"
    r"|\binheritance\b|\bprison\b|\bcriminal\b|\bvisas?\b|\bimmigration\b|\blegal advice\b",
    re.ASCII,
)
_OFF_TOPIC = re.compile(
    r"天气(?:怎么样|如何|好吗|预报)|会不会下雨|气温|菜谱|怎么做才|红烧|炒菜|炖|烤面包|蛋糕|股票|基金|彩票|比特币|炒股|汇率|房价|房贷|减肥"
    r"|电影|电视剧|歌词|明星|演唱会|小说|诗|作文|写代码|编程|[pP]ython|作业|数学题|翻译成|星座|算命|足球|篮球"
    r"|世界杯|奥运|恋爱|女朋友|男朋友|宠物|猫|狗|旅游攻略|机票|酒店|总统|选举|战争|笑话"
    r"|\bweather (?:like|today|tomorrow|forecast|in)\b|\brecipes?\b|\bbak(?:e|ing)\b"
    r"|\bcook(?:ing)?\b|\bbread\b|\bcakes?\b|\bstocks?\b"
    r"|\bbitcoin\b|\bcrypto\w*|\blottery\b|\bmovies?\b|\bfilms?\b|\bsongs?\b|\blyrics\b|\bpoems?\b"
    r"|\bnovels?\b|\bessays?\b|\bhomework\b|\bpython\b|\bjavascript\b|\bhoroscope\b|\bfootball\b"
    r"|\bbasketball\b|\bworld cup\b|\bolympics?\b|\bgirlfriend\b|\bboyfriend\b|\bcats?\b|\bdogs?\b"
    r"|\bhotels?\b|\bflights?\b|\bpresident\b|\belections?\b|\bjokes?\b|\bcapital of\b",
    re.ASCII,
)


def dangerous(text: str) -> bool:
    """Whether a text is of parts that a workshop should look at, since a fault could kill."""
    return _DANGER.search(folded(text)) is not None


def declined(question: str) -> Declined | None:
    """Why a question without an answer is declined; None for one that may be about cars."""
    text = folded(question)
    if _ABUSE.search(text):
        return Declined.ABUSIVE
    if _CAR.search(text):
        return None
    if _MEDICAL.search(text):
        return Declined.MEDICAL
    if _LEGAL.search(text):
        return Declined.LEGAL
    return Declined.OFF_TOPIC if _OFF_TOPIC.search(text) else None
