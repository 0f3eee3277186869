## 初次见面

welcome =
    { $name }，你好！我是<b>车知</b>。买车、开车、养车、电动车，有问题尽管问。
    我的回答来自我们的课程，每句话都注明出处；课程里没有的，我会直说。
welcome-back =
    { $name }，欢迎回来！有车的问题尽管问，比如：
    • { onboard-example-1 }
    • { onboard-example-2 }
    /recommend 看看适合你的内容，/my 是你买的和预约的，/help 看看我还能做什么。
consent =
    <b>你的数据，由你决定</b>
    同意后，我会记下你在这里问了什么、看了什么、喜欢什么，用来推荐合适的课程和活动，偶尔也会邀请你参加；除非你另外同意，不会交给第三方。
    不同意也能正常使用全部功能，只是看到的是通用推荐。那样我不记录你做了什么；你的提问和回答的出处不与你关联，留不到一天就删除，只为能打开出处、转给人工。订单和预约会保留，因为履约需要。
    随时可以更改、导出或删除：/privacy
consent-yes = 同意
consent-no = 暂不同意
consent-agreed = 谢谢。随时可以撤回：/privacy
consent-declined =
    好的，我不会记录你的行为，之前记下的也已清除。提问和出处不与你关联，一天之内删除。随时可在 /privacy 更改。
    有车的问题尽管问，比如：
    • { onboard-example-1 }
    • { onboard-example-2 }
onboard-car = 三个小问题，让推荐更合适。<b>你有车吗？</b>
onboard-car-owns = 我有车
onboard-car-plans = 打算买车
onboard-topics = <b>你最关心什么？</b>
onboard-city = <b>你在哪座城市？</b>方便推荐附近的试驾和沙龙。
onboard-skip = 跳过
onboard-done =
    好了！可以直接问我，比如：
    • { onboard-example-1 }
    • { onboard-example-2 }
    /recommend 看看适合你的内容，/help 看看我还能做什么。
onboard-example-1 = 电动车冬天续航会掉多少？
onboard-example-2 = 刹车油多久换一次？
city-beijing = 北京
city-shanghai = 上海
city-guangzhou = 广州
city-shenzhen = 深圳
city-chengdu = 成都
city-hangzhou = 杭州
city-other = 其他城市

## 兴趣：话题的组合

bundle-buying = 🚗 选车买车
bundle-electric = 🔋 电动与混动
bundle-upkeep = 🔧 保养维修
bundle-safety = 🛡 驾驶与安全
bundle-used = 🔍 二手车
bundle-money = 📄 保险与质保

## 话题

topic-adas = 辅助驾驶
topic-battery = 电池
topic-brakes = 刹车
topic-buying = 选车买车
topic-charging = 充电
topic-driving = 驾驶
topic-ev = 电动车
topic-hybrid = 混动
topic-insurance = 车险
topic-maintenance = 保养
topic-transmission = 变速箱
topic-tyres = 轮胎
topic-used_car = 二手车
topic-warning_lights = 故障灯
topic-warranty = 质保
topic-winter = 冬季用车

## 回答

answer-source = [{ $number }] { $title }
answer-helpful = 👍
answer-wrong = 👎
answer-thanks = 谢谢！
answer-sorry = 谢谢，内容团队会看到的。
answer-busy = 现在提问的人较多，你排在第 { $waiting } 位，请稍后再问一次。
answer-refused = 这个问题我没有把握，就不猜了。
answer-near =
    这个问题我没有把握。课程里最接近的一段是：
    <blockquote>{ $quote }</blockquote>
    <i>{ $title } · { $place }</i>
answer-missing = <i>这一部分，课程里没有可靠的答案：“{ $question }”</i>
answer-crosses =
    <i>{ $language ->
        [zh] 只有我们的英文课程讲到这一点，上面是英文原文。
       *[en] 只有我们的中文课程讲到这一点，上面是中文原文。
    }</i>
answer-dangerous = <i>⚠️ 这关系到行车和人身安全，请让专业维修店检查确认；拿不准时请勿继续驾驶。</i>
answer-medical = 我只了解汽车知识，无法提供医疗建议。请咨询医生，紧急情况请拨打 120。
answer-legal = 我只了解汽车知识，无法提供法律意见。请咨询律师。
answer-off-topic = 这超出了我的范围：我们的课程只讲汽车，例如选车、驾驶、充电和保养。这些问题都可以问我！
answer-abusive = 我们好好说话吧。有汽车方面的问题，我很乐意帮忙。
answer-nearest = 比较接近的内容有：
answer-about = 关于《{ $title }》：
answer-no-base = 知识库正在准备，请过几分钟再问。
source-card =
    <b>[{ $number }] { $title }</b>
    <i>{ $place }</i>

    <blockquote>{ $text }</blockquote>
source-gone = 这条出处已经不在了，请再问一次。
only-text = 我只能看懂文字，请把问题打出来。
too-long = 消息有点长，请把问题控制在 1000 字以内。
answer-understood = <i>按“{ $question }”理解</i>
ask-a-person = 🙋 问人工
ask-a-person-sent = 内容团队已收到你的问题，看不到你的名字。答复会发到这里。
ask-a-person-nobody = 问题已记下。现在联系不上内容团队，一联系上就转给他们，答复会发到这里。
ask-a-person-known = 内容团队已经有这个问题了，答复会发到这里。
ask-a-person-many = 你还有五个问题在等答复，请先等其中一个。
new-begun = 好的，换个话题。你想了解什么？

## 反馈

feedback-why = 哪里不对？
feedback-words = ✍️ 用自己的话说
feedback-write = 请用一条消息说说哪里不对。不想说就发 /new。
feedback-noted = 谢谢，已记下：{ $reason }。
feedback-kept = 谢谢，内容团队会看的。
reason-off = 答非所问
reason-wrong = 内容有误
reason-outdated = 已过时
reason-unclear = 看不明白

## 人工答复

help-answer =
    <b>你问过：</b>
    <blockquote>{ $question }</blockquote>
    内容团队的答复：

    { $answer }
help-request =
    <b>🙋 请人工回答，第 { $number } 号</b>
    <blockquote>{ $question }</blockquote>
help-refused = 我答不上来。
help-answered =
    我的回答是：
    <blockquote>{ $answer }</blockquote>
help-reason = 哪里不对：{ $reason }
help-comment =
    对方的原话：
    <blockquote>{ $comment }</blockquote>
help-how = <b>回复这条消息</b>，你的话就会转给提问的人。双方都看不到对方的名字。
help-text-only = 请用一条不超过 { $most } 字的文字消息回答。
help-late = 同事已经先答了，你的这条没有发出。
help-gone = 这个请求已经不在了。
help-sent = ✅ 已发送。要把问题和你的答复加入知识库吗？请先确认里面没有提到任何人。
help-later = ⏳ Telegram 现在较慢，几分钟内会发出。要把问题和你的答复加入知识库吗？请先确认里面没有提到任何人。
help-blocked = 对方已屏蔽我，没有发出。要把问题和你的答复加入知识库吗？请先确认里面没有提到任何人。
help-failed = Telegram 拒绝了这条消息，没有发出。要把问题和你的答复加入知识库吗？请先确认里面没有提到任何人。
help-unknown = 连接中断，可能送到也可能没送到，我不会重发。要把问题和你的答复加入知识库吗？请先确认里面没有提到任何人。
help-add = ➕ 加入知识库
help-adding = 正在加入…
help-added = 已经在知识库里了。

## 群聊与内联模式

group-alone = 只有你看得到：
group-alone-nothing = 只有你看得到：暂时没有内容。
group-alone-item = • <a href="{ $link }">{ $item }</a>
group-alone-where = 更多内容在私聊里：<a href="{ $link }">打开</a>
start-go-on = 点这里继续：{ $command }
group-hint = 请提汽车问题：@我，或回复我的消息。推荐、我的内容：/recommend、/my，只有你看得到。其他功能请在私聊里使用。
inline-ask = 私下问我
inline-lesson =
    <b>{ $title }</b>
    <i>{ $place }</i>

    { $text }

## 目录

card-title = { $icon } <b>{ $title }</b>
card-text = { $text }
card-facts = <i>{ $facts }</i>
type-course = 课程
type-book = 图书
type-audio = 节目
type-live = 直播
type-salon = 沙龙
type-test_drive = 试驾
type-game = 问答游戏
type-draw = 抽奖
type-icon-course = 📘
type-icon-book = 📖
type-icon-audio = 🎙
type-icon-live = 📺
type-icon-salon = ☕
type-icon-test_drive = 🚗
type-icon-game = 🎯
type-icon-draw = 🎁
catalog = 想看哪一类？
catalog-type = <b>{ $type }</b>，第 { $page } / { $pages } 页
catalog-empty = 这里暂时没有内容。
events = <b>近期活动</b>，第 { $page } / { $pages } 页
event-line =
    <b>{ $item }</b>
    { $facts }
events-empty = 近期没有活动。
when = { DATETIME($when) }
price-stars = ⭐{"\u00A0"}{ $stars }
price-free = 免费
seats-left = { $seats ->
    [0] 已满
   *[other] 还剩 { $seats } 个名额
}
button-details = 详情
button-like = 👍 喜欢
button-dismiss = 不感兴趣
button-buy = ⭐{"\u00A0"}{ $stars } 购买
button-get = 免费领取
button-book = 预约名额
button-enter = 参加
button-cancel = 取消预约
button-read = 打开
button-back = ‹ 返回
button-next = 下一页 ›
button-previous = ‹ 上一页
button-course = { $icon } { $title }
button-item = { $item } · { $price }
item-gone = 这一项已经下架了。
button-stale = 这个按钮已失效。/help 里有我会做的事。
item-begun = 已开始
liked = 记下了，以后多推荐类似的。
not-noted = 没有你的同意，我不会做记录，所以记不住这个选择。可在 /privacy 更改。
dismissed = 好的，不再推荐它。

## 推荐

recommend-intro = 为你挑选：
recommend-general = 大家都在看。想要为你挑选的推荐：/privacy
recommend-none = 目前的内容你都看过了。/catalog 里有全部内容。
fact-type = 类型
fact-brand = 品牌
fact-price = 价格
fact-when = 时间
fact-place = 地点
fact-seats = 名额
source-course = 打开课程
source-open = 看原文
settings =
    <b>设置</b>

    消息样式：{ $form ->
        [rich] 带标题、表格和脚注
       *[classic] 普通文字
    }
drawing-sample = 试试带表格的消息
drawing-off = 改用普通消息
drawing-language = 语言 / Language
drawing-zone = 时区
drawing-privacy = 我的数据与选择
drawing-offer = 下面是一条带标题、表格和按钮的消息。看得到，就点它里面的按钮，以后的回答会更好读；看到的是空白，什么都不用做，我会一直用普通消息。
drawing-title = 这样的消息更好读
drawing-text = 回答会带脚注和可以展开的出处，活动会有一张小表和地图。
drawing-a-left = 保养
drawing-a-right = 每一万公里
drawing-b-left = 制动液
drawing-b-right = 每两年
drawing-how = 看得到这些内容，就点下面的按钮。
drawing-seen = 我看得到
drawing-refused = 这条消息没能发出，我会继续用普通消息。
drawing-on = 好的，以后的回答和卡片会这样显示。随时可以在 /settings 改回来。
drawing-empty = 上面是空白？点这里
drawing-classic = 已改成普通消息。
drawing-forgotten = 以后我都用普通消息。这一条请再问一次，或从 /my、/catalog 打开。
why = 推荐理由：{ $reason }
why-asked = 和你问过的问题相近
why-topic = 你关注{ $topic }
why-liked = 你喜欢《{ $title }》
why-viewed = 你看过《{ $title }》
why-owned = 你有《{ $title }》
why-acted = 根据你的使用情况
why-popular = 很多人选择
why-new = 新上架

## 购买与预约

order-card = 🧾 <b>{ $title }</b>
    订单 { $order } · ⭐{"\u00A0"}{ $stars }
    请点下方按钮付款，付款后内容会出现在这里。
order-expired = 这个订单已不能支付，请重新打开商品。
order-price = 价格已变动，请重新打开商品。
order-owned = 你已经有了：/my
order-full = 抱歉，名额已满。
delivery = ✅ <b>{ $title }</b>

    { $text }
delivery-event = 已为你预留名额：{ $when }。可在 /my 查看或取消，取消后 Stars 原路退回。
payment-thanks = 已收到付款，谢谢！内容在上面的订单里，也随时可在 /my 打开。
payment-refunded = 《{ $title }》的 ⭐{"\u00A0"}{ $stars } 已退回给你。
payment-returned = 这笔付款没有对应的有效订单，⭐{"\u00A0"}{ $stars } 已退回给你。
payment-undelivered = 《{ $title }》无法交付，⭐{"\u00A0"}{ $stars } 已退回给你。
booked = 预约成功：{ $title }
entered = 已参加：{ $title }
already-booked = 你已经预约过了。
booking-full = 抱歉，名额已满。
entered-card = ✅ 已参加：<b>{ $title }</b>
booking-when = 🗓 { $when }
booking-where = 📍 { $where }
booking-hint = 可在 /my 查看或取消。
cancelled = 预约已取消。
draw-left = 已退出抽奖。
not-booked = 没有可取消的预约。
membership = <b>会员</b>
membership-none = 目前没有会员计划。课程可以单独购买：/catalog
membership-plan =
    <b>{ $title }</b> · ⭐{"\u00A0"}{ $stars } / 月
    { $summary }
membership-join = { $title } · ⭐{"\u00A0"}{ $stars } / 月
membership-pay = 按月加入 ⭐{"\u00A0"}{ $stars }
membership-offer =
    <b>{ $title }</b>
    { $summary }

    每月 ⭐{"\u00A0"}{ $stars }，Telegram 每 30 天自动续费。随时可以取消，已付的这个月照常使用。
membership-gone = 这个会员计划已停售。
membership-owned = 你已经是这个计划的会员。
membership-price = 价格变了，请重新打开 /join。
membership-held =
    <b>{ $title }</b> · { $status ->
        [cancelled] 到 { $until } 为止，不再续费
        [failed] 续费没有成功，到 { $until } 为止
       *[other] 会员，下次续费 { $until }
    }
membership-cancel = 取消续费：{ $title }
membership-resume = 恢复续费：{ $title }
membership-stopped = 已取消续费。
membership-resumable = 可以恢复了。请在 Telegram 的“设置 › 我的 Stars”里重新打开这项订阅。
membership-paid =
    ✅ 你现在是“{ $title }”的会员，有效期到 { $until }。
    课程在 /catalog 里直接打开；续费和取消在 /my。
membership-renewed = “{ $title }”已续费 ⭐{"\u00A0"}{ $stars }，有效期到 { $until }。
membership-refunded = “{ $title }”的 ⭐{"\u00A0"}{ $stars } 已退回，这一期会员随之结束，不再续费。
membership-double = 你已经是“{ $title }”的会员，多付的 ⭐{"\u00A0"}{ $stars } 已退回。
membership-cancelled = “{ $title }”不再续费，{ $until } 之前照常使用。想恢复：/my
membership-active = “{ $title }”恢复续费，下次续费 { $until }。
membership-failed = “{ $title }”续费没有成功，{ $until } 之前照常使用。补充 Stars 后 Telegram 会再试，也可以重新加入：/join
my = <b>我的</b>
my-empty = 还没有内容。看看 /recommend 或 /catalog 吧。
not-owned = 你还没有购买这一项。
lesson-gone = 这一课的位置变了，请从 /my 重新打开课程。
paysupport =
    付款遇到问题？请把命令和情况写在同一条消息里，例如：
    <code>/paysupport 课程打不开</code>
    我们的团队会连同你的订单一起收到，并在两个工作日内在这里答复。无法交付的订单全额退款。
paysupport-orders = 你的订单：
paysupport-order = • <code>{ $order }</code> · { $title } · ⭐{"\u00A0"}{ $stars }
paysupport-sent = 谢谢，我们的团队已收到，会在两个工作日内在这里答复。
paysupport-kept = 已收到。我们的团队一上线就会看到，并在这里答复。
paysupport-request =
    <b>付款求助</b>
    { $name }（<code>{ $user }</code>）写道：
    <blockquote>{ $text }</blockquote>
    已付款订单：
    { $orders }
    答复：<code>/reply { $user } </code>内容；退款：<code>/refund </code>订单号
paysupport-reply =
    <b>关于你的付款</b>
    { $text }
terms =
    <b>服务条款摘要</b>
    • 课程、图书和节目以 Telegram Stars 计价，付款后立即在本聊天中以文字交付。
    • 付款的席位立即为你保留，怎样参加写在订单卡片上。开始前一天和一小时我会提醒你。
    • 无法交付的全额退款。活动开始前可在 /my 取消名额，已付的 Stars 原路退回。
    • 回答来自课程内容，不能代替专业检修：刹车、安全气囊、高压电和燃油系统请交给有资质的维修点检查。
    • 付款问题：/paysupport；你的数据：/privacy

## 设置

language = 我该用哪种语言？
language-auto = 跟随 Telegram
language-set = 我会用中文回答。
help =
    关于车的问题，直接用你的话问我就行。

    /new — 换个话题，不再接着前面的问题
    /recommend — 适合你的内容
    /catalog — 课程、图书、节目和活动
    /find — 按关键词搜索目录
    /events — 近期活动
    /my — 我买的、预约的和收藏的
    /favourites — 用 ♥ 收藏的内容
    /coupon — 优惠券：规则与我的券
    /join — 会员：按月阅读课程
    /quiz — 汽车问答；/leaderboard — 本周排行榜
    /settings — 消息样式、语言
    /language — 中文 / English
    /privacy — 我的数据与选择
    /profile — 查看和更正你的画像
    /paysupport — 付款帮助
    /terms — 服务条款
help-editor =
    <b>内容团队</b>
    把文件发给我，即可加入知识库：Markdown、网页、PDF、Word、EPUB、字幕、文本、问答表（CSV）。
    回复我转来的问题，你的话就会转给提问的人。
    /documents — 知识库里的文档：查看、移除、恢复
    /reindex — 在线重建索引，不影响使用
    /gaps — 没有答好的问题
help-marketer =
    <b>市场团队</b>
    /campaign — 策划活动邀请：人群、文案、检查、预览、提交审批
    /brand — 大家怎么谈论各品牌
help-admin =
    <b>管理员</b>
    /broadcast — 邀请用户参加活动
    /campaigns — 群发的结果、不确定是否送达的人
    /stats — 用户、提问、点击、预约
    /segments — 按兴趣划分的人群
    /role — /role ID user、editor、marketer 或 admin
    /refund — /refund 订单号
    /reply — /reply ID 内容：答复 /paysupport 求助
unknown-command = 我不认识这个命令。/help 里有我会做的事。
privacy =
    <b>你的数据与选择</b>
    个性化推荐：{ $personalisation ->
        [on] 已开启
        [off] 已关闭
       *[unset] 尚未选择
    }
    活动邀请：{ $invites ->
        [on] 接收
       *[off] 不接收
    }
    目前保存着你的 { $signals } 条行为记录和 { $questions } 个提问。
    开启个性化推荐时，还会记下给你看过的推荐列表。
privacy-personalisation-on = 开启个性化推荐
privacy-personalisation-off = 关闭个性化推荐
privacy-invites-on = 接收邀请
privacy-invites-off = 不再接收邀请
privacy-preferences = 修改我的兴趣
privacy-export = 导出我的数据
privacy-delete = 删除全部数据
privacy-delete-sure =
    你的提问、选择、收藏、优惠券和预约将被永久删除，买下的内容也打不开了，不退款。付款记录按记账要求保留，但不再带有你的任何信息。确定吗？
privacy-delete-lost =
    你将失去：
    { $titles }
privacy-delete-yes = 确定，全部删除
privacy-keep = 不，保留
privacy-deleted = 已全部删除。如果你再发消息，我们就重新认识。
privacy-export-caption = 我们保存的关于你的全部数据（JSON）。
error = 抱歉，我们这边出了点问题，请再试一次。（编号 { $update }）

update-put-aside = 处理你发来的内容时我意外停止了。这条内容已搁置，不会再试；请换一种方式再发一次，或联系团队。（编号 { $update }）

## 管理员与内容团队

update-unreadable = ⚠️ Telegram 发来了当前版本读不懂的内容：<code>{ $field }</code>（首次见于更新 { $update }）。这类更新会保留但不作答；更新版的 aiogram 也许能读。此事只提醒一次。
update-ended-process = ⚠️ 更新 { $update }（<code>{ $kind }</code>）曾使机器人进程终止，已搁置，不会再试。
damaged-index = ⚠️ 知识库的当前索引不能用（<code>{ $reason }</code>），暂由之前完好的版本代替；若没有，则无法作答。请用 /reindex 或 <code>chezhi kb index</code> 重建。
damaged-model = ⚠️ 当前的推荐模型不能用（<code>{ $reason }</code>），暂由之前完好的模型代替；若没有，则按内容和热度推荐。请用 <code>chezhi train</code> 重新训练。

broadcast-item = <b>新的群发。</b>想邀请大家参加什么？（第 { $page } / { $pages } 页）
broadcast-segment = <b>{ $title }</b>
    邀请谁？
segment-all = 所有同意接收的人
segment-car-owns = 有车的人
segment-car-plans = 打算买车的人
segment-topic = 兴趣：{ $topic }
segment-city = 城市：{ $city }
broadcast-preview = <b>预览</b> — { $count } 人将收到以下内容（{ $segment }）：
broadcast-large = <i>人数统计于 { $when }。已拥有或最近收到过这项邀请的人，发送时会跳过。</i>
broadcast-ready = 以上就是 { $count } 人将看到的样子，现在发送吗？
broadcast-send = 发送给 { $count } 人
broadcast-cancel = 取消
broadcast-pause = 暂停
broadcast-stop = 停止
broadcast-resume = 继续
broadcast-discarded = 已放弃，没有发给任何人。
broadcast-nobody = 这个人群里目前没有可以邀请的人。
broadcast-not-offered = 这项内容已下架、已开始或已满员，不能群发。换一项：/broadcast
broadcast-old = 预览已超过一天，人群可能变了。请重新开始：/broadcast
broadcast-ended = 已下架、已开始或已满员，剩下的人不再邀请。
invite-preview = 这是预览。收到邀请的人点这里就不会再收到邀请。
broadcast-empty = 这个预览没有收件人：它由旧版本生成，或其中的人都已不在。没有发送。请重新开始：/broadcast
broadcast-launched = 已经发送过了。
broadcast-submitted = 已提交。由另一位管理员批准后自动发送。
broadcast-waiting = 正在等待另一位管理员批准。
broadcast-progress =
    <b>群发 { $campaign }</b> · { $status }
    { $bar } { $done } / { $total }
    已送达 { $sent } · 已拉黑 { $blocked } · 失败 { $failed } · 未知 { $unknown } · 跳过 { $skipped }
broadcast-held = 对照组 { $held } 人，不发送
broadcast-waits = 等待中 { $count } 人（{ $reason ->
    [quiet] 当地夜间
   *[cap] 本周邀请已够多
}），最早 { $until } 继续
broadcast-list = { $planned ->
    [yes] /campaign
   *[no] /campaigns
}
broadcast-ended-itself = <b>群发 { $campaign }</b> 已自动结束：邀请的内容已满、已结束或已下架。{ $left ->
    [0] 没有剩下的人。
   *[other] 还有 { $left } 人没有收到。
} { broadcast-list }
broadcast-budget-spent = <b>群发 { $campaign }</b> 已自动暂停：预算已用完，其余的人没有收到。请在 { broadcast-list } 里停止。
broadcast-paused-itself = <b>群发 { $campaign }</b> 已自动暂停：最近 { $of } 条里有 { $failed } 条没有送达。查明原因后点「继续」。{ broadcast-list }
campaigns = <b>最近的群发</b>
campaigns-line = { $campaign } · { $title } · { $status }：送达 { $sent } / { $total }{ $unknown ->
    [0] {""}
   *[other] ，不确定 { $unknown }
}
campaigns-none = 还没有群发过。/broadcast
broadcast-doubtful = 不确定是否送达：{ $count } 人
doubtful =
    <b>群发 { $campaign } · { $title }</b>
    这 { $count } 人可能已收到，也可能没有：发送途中连接断了、网关代为应答，或机器人当时停止了。其余失败会自动重试。（第 { $page } / { $pages } 页）
doubtful-none = 这次群发没有不确定的人了。
doubtful-over = 这次群发已停止，不能再发。
doubtful-running = 发送结束或暂停后，可以再发给他们。
doubtful-ask = 再发给他们
doubtful-sure = ⚠️ 再发给这 { $count } 人？<b>其中有些人可能已经收到过，会收到第二次。</b>已退订、已拉黑或已参加的人不会再发。
doubtful-send = 知道，再发给 { $count } 人
doubtful-back = 返回
doubtful-queued = 已为 { $count } 人重新排队。进度：/campaigns
doubtful-queued-paused = 已为 { $count } 人重新排队；群发处于暂停，点“继续”后发送。进度：/campaigns
doubtful-old = 这一次已经处理过，或群发正在进行。请重新查看：/campaigns
broadcast-status-sending = 发送中
broadcast-status-paused = 已暂停
broadcast-status-done = 已完成
broadcast-status-cancelled = 已取消
invite =
    { $card }

    <i>{ invite-why }</i>
invite-why = 你收到此消息，是因为你同意接收邀请。
invite-open = 看看
invite-stop = 不再接收
invite-stopped = 好的，不再发邀请。可在 /privacy 重新开启。
stats =
    <b>最近 { $days } 天</b>（总计）
    用户：新增 { $new }（{ $users }）
    提问：{ $questions }，其中未能回答 { $refused }
    打开出处：{ $opened }
    浏览：{ $viewed } · 喜欢 { $liked }
    预约：{ $booked } · 取消 { $cancelled }
    购买：{ $sold } 单，⭐{"\u00A0"}{ $stars }（在别处：{ $elsewhere } 次）
    邀请：发出 { $invited } · 打开 { $invite_opened } · 退订 { $opted_out }
counted-at = <i>统计于 { $when }；数字旧了会自动重新统计。</i>
role-usage = 用法：/role ID user、editor、marketer 或 admin；经销商：/role ID dealer 经销商名称
role-set = { $id } 现在是 { $role }。
role-unknown = 我还没见过 { $id }：请对方先给我发一条消息。
role-owner = { $id } 是由设置 CHEZHI_OWNER_IDS 指定的管理员，请在那里修改。
refund-usage = 用法：/refund 订单号
reply-usage = 用法：/reply ID 内容（对方须给我发过消息）
reply-failed = 没有发出：{ $reason }
reply-sent = 已发出。
refund-done = 已向 { $user } 退款 ⭐{"\u00A0"}{ $stars }。
refund-impossible = 没有这个编号的已付款订单。
document-added = 《{ $title }》{ $outcome ->
    [new] 已加入，正在索引……
    [changed] 已更新，正在索引……
   *[unchanged] 没有变化。
}
document-wrong = { $name } 未加入：{ $reason }
document-reading = ⏳ 正在读取 { $name }，已 { $seconds } 秒……
document-too-big = { $name } 超过 20 MB，Telegram 不允许机器人下载。请拆分，或使用“chezhi kb add”。
document-kinds = 知识库收文档：请作为文件发送（{ $kinds }）。
documents = 📚 知识库里有 { $count } 篇文档，第 { $page } / { $pages } 页：
documents-none = 知识库里还没有文档。把文件发给我即可加入。
document-card =
    <b>{ $title }</b>
    id：{ $id }
    文件：{ $name }，{ $kilobytes } KB
    加入：{ $added }
    { $state ->
        [live] 已在索引中：{ $passages } 个片段
        [removed] 已移除
       *[waiting] 还没有进入现在的索引
    }
document-file = 📄 文件
document-remove = 🗑 移除
document-undo = ↩️ 撤销
document-open = 🔎 打开
document-list = ‹ 列表
document-removed = 🗑 《{ $title }》已移除，正在重建索引……
document-restored = ↩️ 《{ $title }》已恢复，正在重建索引……
document-done-before = 已经做过了。
document-gone = 没有这篇文档了。
index-progress = { $bar } { $done } / { $total } 个片段
index-done = ✅ 索引 { $version } 已上线：{ $documents } 篇文档，{ $chunks } 个片段，用时 { $seconds } 秒。
index-unchanged = ✅ 没有变化，索引 { $version } 继续使用。
index-running = 正在建立索引，完成后即可使用。
index-failed = 索引没有建成：{ $reason } 之前的索引继续使用。
index-held = ⚠️ 索引 { $version } 已建成但没有上线：它在标准问题上不如现在的索引，现在的索引继续使用。共 { $documents } 篇文档，{ $chunks } 个片段，用时 { $seconds } 秒。
index-publish = 仍然上线
index-published = ✅ 索引 { $version } 已上线。
index-newer = 已经有更新的索引上线，这一个不再需要。
index-gone = 这个索引已不可用。发送 /reindex 重新建立。
quality = 📏 标准问题 { $questions } 个（现在的索引 → 新索引）
quality-recall-1 = 第一篇就对
quality-recall-5 = 前五篇有对的
quality-mrr-10 = MRR@10
quality-answered = 答对来源
quality-refused = 该拒答的拒答了
quality-broke = 变差的问题（{ $count }）：
quality-mended = 变好的问题（{ $count }）：
gaps = 🕳 最近 { $days } 天没有答好的问题，共 { $groups } 类（只含同意保存的提问，已去除个人信息），第 { $page } / { $pages } 页：
gaps-words = 🔤 提问里有、课程里没有的词，也许该加进 synonyms.yaml（请先判断）：
gaps-word = · { $word } → { $like }？
gaps-none = 最近 { $days } 天没有答不好的问题。
gap = <b>{ $number }. { $count } 次</b>，{ $people } 人：拒答 { $refused }（差一点就答 { $nearly }），差评 { $down }，把握不大 { $weak }
gap-answer = ✍️ 现在回答 { $number }
gap-write = 请回复这条消息，写下答案。它会成为一篇文档，索引随即重建。
gap-gone = 这个问题已经答过，或者不在了。

## 文档报告：出了什么问题，该怎么办

note-broken = 这个 { $kind } 文件已损坏，或不是真正的 { $kind } 文件。请重新导出再发。
note-cues = 有 { $count } 条字幕的时间写得不对，没有收入。
note-encoding = 看不出文字编码：不是 UTF-8、GB18030 或 Big5。请另存为 UTF-8。
note-faq-columns = 第一行必须有“问题”和“答案”两列（question, answer），现在是：{ $found }
note-faq-left-out = 有 { $count } 行缺问题或答案，没有收入：第 { $rows } 行。
note-faq-row = 第 { $row } 行附近的引号不成对。请修正后再发。
note-front-matter = 开头 --- 之间的内容不是有效的 YAML：{ $reason }
note-hidden = 有 { $count } 处隐藏文字，读者看不到，没有收入。
note-id-long = id 超过 { $limit } 个字符。请在开头写一个较短的 id。
note-kind = 不支持 { $suffix } 文件。可用：{ $kinds }
note-label = 对文件的说明（附言，或旁边的“文件名.yaml”）要写成“course: course-tyres-brakes”这样的一行或几行。可用的名称：{ $names }
note-language = language 是“{ $said }”，只能是 zh 或 en。
note-locked = 文件有密码或受版权保护。请去掉保护后再发。
note-lost-characters = 有 { $count } 个字符在之前的转换中丢失（�）。请从原稿重新导出。
note-name-long = 文件名超过 { $limit } 个字符。请改短。
note-no-text = 文件里没有文字。
note-not-text = 这不是文本文件。请另存为 UTF-8 文本。
note-old-word = 这是旧版 .doc 文件，或者有密码。请另存为不带密码的 .docx。
note-parts = 有 { $count } 个部分读不出（{ $names }），没有收入，其余已收入。
note-pictures = 有 { $count } 张图片，图中的文字没有读取。
note-read-as = 按 { $encoding } 编码读取。如有乱码，请另存为 UTF-8。
note-replaces = 它取代了 { $name }，因为两者 id 相同。
note-same-id = id“{ $id }”与 { $other } 相同。请在开头写另一个 id，或改文件名。
note-scanned = 只有没有文字的扫描图（{ $count } 页）。请先做文字识别（OCR）再发。
note-scans = 第 { $pages } 页（共 { $count } 页）是没有文字的扫描图，没有收入。请先做文字识别（OCR）再发。
note-too-big = 文件超过 { $limit } MB。请拆分。
note-too-heavy = 读取失败：文件已损坏，或需要超过 { $megabytes } MB 内存。请重新导出或拆分。
note-too-many = 段落或行数超过 { $limit }。请拆分。
note-too-long = 文字超过 { $limit } 百万字符。请拆分。
note-too-slow = 读取超过 { $seconds } 秒，已放弃。请拆分或重新导出。
note-unpacked = 解压后超过 { $limit } MB，已拒绝。请缩小图片或拆分。
note-unread = 有些内容读不出，没有收入：{ $names }
note-unreadable = 打不开这个文件：{ $reason }
note-watermarks = 第 { $pages } 页（共 { $count } 页）的水印没有收入。

## 画像与人群

profile-none = 你没有同意个性化推荐，所以我没有为你建立画像。可在 /privacy 更改。
profile-empty = 现在还不足以形成画像：多提问、看看、预约吧。
profile =
    <b>你的画像</b>，由你在这里的行为得出：
    人群：{ $group }
    兴趣：{ $tags }
profile-rejected = 不是你：{ $tags }
profile-instead = { $tag } → { $instead }
profile-how = 哪里不对就点哪里，立即生效，推荐也随之改变。全部数据：/privacy
profile-no-group = 无
profile-no-tags = 暂无
profile-group-button = 人群：{ $group }
profile-edit = <b>{ $tag }</b>：怎样才对？
profile-list = <b>{ $tag }</b>：应该是哪一个？
profile-drop = ✖ 不是我，去掉
profile-swap = ✎ 换成别的
profile-restore = ↩ { $tag }
profile-placed = 我划分的人群
profile-noted = 已记下，立即生效。
segment-mixed = 兴趣广泛
segments-wait = 正在划分人群……
segments-little = 还没有人群：{ $reason }
segments-scale = 与全体用户相比，高或低多少个百分点
segments-title = <b>{ $count } 个人群</b>，共 { $users } 位同意的用户
segment-line = <b>{ $id }. { $name }</b>：{ $size }（{ $share } %）
segment-tags = { $tags }
segments-how = <i>轮廓系数 { $silhouette }，稳定性 { $stability }。重新划分：chezhi profiles</i>

brand-title = <b>大家怎么谈论各品牌</b>：最近 { $weeks } 个整周，只含同意保存的提问
brand-line =
    <b>{ $brand }</b>：上周 { $people } 人谈到（共 { $asked } 人提问）
    😊 { $positive } · 😐 { $neutral } · 😟 { $negative }，这段时间共 { $all } 条
brand-turned = ⚠️ { $kind ->
    [more] 谈论的人突然变多：{ $now } 人，照前四周应为 { $usual } 人
    [fewer] 谈论的人突然变少：{ $now } 人，照前四周应为 { $usual } 人
    [worse] 不满突然变多：{ $of } 人里有 { $now } 人，照前四周应为 { $usual } 人
   *[better] 不满突然变少：{ $of } 人里有 { $now } 人，照前四周应为 { $usual } 人
 }
brand-example = · 「{ $text }」（{ $people } 人问到，{ $feeling }）
brand-feeling-positive = 满意
brand-feeling-neutral = 中性
brand-feeling-negative = 不满
brand-axis = 每周的提问数，按那一周的星期一
brand-none = 还没有品牌规则。导入：chezhi brand import 文件
brand-busy = 现在提问的人很多，请过一会儿再看。
brand-turn =
    📈 <b>{ $brand }</b>：上周{ $kind ->
    [more] 谈论的人突然变多：{ $now } 人，照前四周应为 { $usual } 人
    [fewer] 谈论的人突然变少：{ $now } 人，照前四周应为 { $usual } 人
    [worse] 不满突然变多：{ $of } 人里有 { $now } 人，照前四周应为 { $usual } 人
   *[better] 不满突然变少：{ $of } 人里有 { $now } 人，照前四周应为 { $usual } 人
 }。详见 /brand
habit-asked = 爱提问
habit-looked = 爱浏览
habit-liked = 爱点赞
habit-took = 爱购买和预约
habit-finished = 善始善终
habit-lately = 近期活跃

## 命令菜单

command-new = 换个话题
command-recommend = 适合你的内容
command-catalog = 课程、图书、节目和活动
command-events = 近期活动
command-my = 我买的和预约的
command-join = 会员
command-help = 我能做什么
command-language = 中文 / English
command-settings = 设置：消息样式、语言
command-privacy = 我的数据与选择
command-terms = 服务条款
command-paysupport = 付款帮助
command-campaign = 策划、审批和发送活动邀请
command-broadcast = 邀请用户参加活动
command-report = 活动带来的变化
command-campaigns = 群发的结果
command-plan = 建议邀请谁参加什么
command-stats = 用户、提问、点击、预约
command-reindex = 重建知识库索引
command-documents = 知识库里的文档
command-gaps = 没有答好的问题
command-profile = 我的画像
command-segments = 人群
command-brand = 大家怎么谈论各品牌

## 不是提问的话

intent-greeting = 你好！我是车知，有车的问题尽管问，比如“{ onboard-example-2 }” /help 看看我还能做什么。
intent-thanks = 不客气！还有车的问题，随时问我。
intent-about-bot =
    我是<b>车知</b>，一个聊天机器人。你问车，我从我们的课程里找答案，每句话都注明出处；没有把握的，我会直说，也可以转给内容团队的人。
    /catalog 是课程、图书和活动，/recommend 是适合你的内容，/help 是全部功能。
intent-abuse = { answer-abusive }
intent-distress-accident =
    <b>先保住人，车不要紧。</b>
    • 能动就离开车，人到护栏外或上风处；起火、冒烟时不要回去拿东西。
    • 起火或被困拨 <b>119</b>，有人受伤拨 <b>120</b>，交通事故拨 <b>122</b>，高速救援拨 <b>12122</b>。
    • 落水：立刻解安全带、开窗，从窗口出去；孩子先走。
    • 刹车失灵：抓稳方向，逐级降挡，间断拉手刹，靠边蹭护栏减速。
intent-distress-despair =
    听到你这么难受，我很担心你。我只是个聊天机器人，但有人愿意现在就听你说：
    • 全国心理援助热线 <b>12356</b>，24 小时
    • 有危险时拨 <b>120</b> 或 <b>110</b>
    如果你正在开车，请先停到安全的地方。也请告诉身边一个你信任的人。
intent-wish-test-drive = 这些试驾可以报名：
intent-wish-events = 近期可以参加的：
wish-none = 目前没有{ $type }。现在有的是：
wish-audio = 没有声音文件：节目是分集的文字，在这里阅读：
wish-reminder = 你预约的，开始前一天和一小时我会提醒你；日期写在 /my 里。近期可以参加的：
intent-wish-courses = 价格写在每一项后面，点开看详情：
intent-wish-recommend = 适合你的内容：/recommend
intent-wish-refund =
    <b>退款</b>
    • 活动开始前，可在 /my 打开它并取消名额，已付的 Stars 原路退回。
    • 其他付款问题：把情况写在 /paysupport 后面，例如 <code>/paysupport 课程打不开</code>，团队会在两个工作日内答复。
intent-wish-cancel = 点开要取消的那一项，就能取消名额；已付的 Stars 会退回：
intent-wish-person = 内容团队的人可以回答车的问题：先把问题发给我，再点回答下面的“{ ask-a-person }”，答复会发到这里。付款问题请用 /paysupport。
intent-wish-discounts = 优惠券的规则和你的券都在 /coupon；不用券时，所有人价格一样。免费的内容标着“{ price-free }”，在各个目录里都有：
ask-a-person-last = 🙋 把上一个问题转给人工
nothing-in-city = { $city }暂时没有，下面是其他城市的：

## 学习：课程小节、小测验、证书

button-go-on = ▶ 接着上次的读
button-go-on-course = ▶ { $title } · { $read }/{ $lessons }
button-quiz = 📝 小测验：{ $questions } 题
button-certificate = 🎓 领取证书
course-completed = 🎉 这门课的 { $lessons } 节你都读完了。要领一张证书吗？
quiz-question = <b>{ $number }/{ $questions } · { $question }</b>
quiz-source = <i>{ $title } · { $place }</i>
quiz-right = ✅ 答对了！加一分
quiz-wrong = ❌ 不太对
quiz-again = 只有第一次作答计分
quiz-next = 下一题 ›
quiz-gone = 这道题已经不在了，请重新打开这一节。
certificate-heading = 结课证书
certificate-did = 已读完以下课程的全部 { $lessons } 节
certificate-on = { $date }
certificate-issuer = 车知 Chezhi
certificate-code = 验证码 { $code }
certificate-ask-name = 证书上写什么名字？请发一条消息告诉我，用汉字或拉丁字母。我会记下来，下次不用再填。不想要了就发 /new。
certificate-bad-name = 证书上写不了这个名字：只能有汉字或拉丁字母、空格、点和连字符，最多 { $most } 个字。请再发一次。
certificate-caption =
    🎓 <b>{ $title }</b>
    验证码：<code>{ $code }</code>
    拿到验证码或扫二维码的人，只会看到课程、日期和缩写“{ $initials }”；你在下面同意后，才会看到全名。
    { $link }
certificate-show = 👁 让验证的人看到全名
certificate-hide = 🙈 只显示缩写
certificate-rename = ✏️ 换个名字
certificate-shown = 现在验证的人会看到你的全名
certificate-hidden = 现在验证的人只会看到缩写
certificate-unfinished = 还有没打开过的小节。证书是给读完整门课的人的。
certificate-not-owned = 这门课没有对你开放，所以没有证书。
certificate-unknown = 没有这个验证码的证书。请逐个字母核对；已删除的证书这里查不到。
certificate-valid =
    ✅ <b>证书有效</b>
    { $name } 已读完课程《{ $title }》。
    颁发于 { $date }
certificate-revoked =
    ❌ <b>证书已失效</b>
    { $name } 的《{ $title }》证书（颁发于 { $date }）已被撤销。

## 抽奖

button-draw-about = 🎲 规则与验证
draw-rules =
    🎁 <b>{ $title }</b>
    { $prizes }

    { $rules }

    报名截止 { $until }，目前 { $entries } 人。中奖后有 { $hours } 小时领取，过时顺延给下一位。
draw-prize = • { $prize } × { $count }
draw-cities = 仅限这些城市：{ $cities }
draw-commitment = 抽奖种子已经定好，它的 SHA-256：<code>{ $hash }</code>
draw-list = 报名已截止，签号名单的 SHA-256：<code>{ $hash }</code>
draw-seed = 已开奖，种子：<code>{ $seed }</code>
draw-ticket = 你的签号：<code>{ $ticket }</code>
draw-accept = ✅ 我接受规则，参加
draw-file = 📄 验证文件
draw-file-caption = 这次抽奖目前公开的全部内容。谁都可以用“chezhi draw verify 文件”核对；里面只有签号，没有姓名。
draw-entered = 已参加，祝你好运！
draw-already = 你已经参加了
draw-closed = 报名已截止。
draw-begun = 报名已截止。
draw-full = 名额已满。
draw-city = 这次抽奖只限部分城市，见规则。可以在 /privacy → { privacy-preferences } 里改城市。
draw-gone = 这次抽奖已下架。
draw-nothing = 这里没有可验证的抽奖。
draw-unopened = 本次抽奖的规则尚未公布，暂不能报名。
draw-rules-out =
    🎲 <b>{ $title }</b>
    这次抽奖现在有了规则，你报名时还没有，之前的报名不再有效。想参加，请在 { $until } 前阅读并接受规则。
draw-frozen =
    🎲 <b>{ $title }</b>
    报名已截止，共 { $entries } 个签号，你的是 <code>{ $ticket }</code>。
    排序后名单的 SHA-256：<code>{ $hash }</code>
    请留着它：中奖名单由它和稍后公布的种子算出。
draw-lost =
    🎲 <b>{ $title }</b> 已开奖。你的签号 <code>{ $ticket }</code> 这次没有排在前面。如果有奖品顺延到你，会再通知。
    种子：<code>{ $seed }</code>
draw-won =
    🎉 <b>{ $title }</b>
    你的签号 <code>{ $ticket }</code> 中了：<b>{ $prize }</b>！
    请在 { $until } 之前领取，过时顺延给下一位。
draw-claim = 🎁 领取
draw-decline = 不要了，给下一位
draw-claimed = 是你的了！
draw-again = 你已经领取过了
draw-declined = 好的，给下一位
draw-late = 领取时间已过，或者你已经答复过了。
draw-none = 这次抽奖没有给你的奖品。
draw-code = 🎁 你的兑换码：<code>{ $code }</code>
draw-handed-over = 🎁 我们的同事已收到，会联系你交付。
draw-handover =
    🎁 抽奖 { $draw } 的奖品有人领取：{ $prize }
    领取人 { $name }（{ $user }），签号 { $ticket }。请联系：/reply { $user } …

## 时间、保留、候补、提醒、票（时段）

button-times = 选择时间
button-booking = 🎫 我的预约
button-wait = 有空位时告诉我
button-unwait = 退出候补
button-confirm = ✅ 确认
button-let-go = ‹ 换个时间
button-ticket = 🎫 票
button-calendar = 🗓 日历文件
button-map = 📍 地图
button-move = 🔁 改时间
button-accept = ✅ 要这个名额
button-decline = 不用了
when-zoned = { $when }（{ $offset }）
when-both = { $own }，中国时间 { $there }
times =
    <b>{ $title }</b>
    哪个时间合适？第 { $page } 页，共 { $pages } 页。
times-move =
    <b>{ $title }</b>
    改到哪个时间？拿到新名额之前，原来的名额一直是你的。第 { $page } 页，共 { $pages } 页。
times-none =
    <b>{ $title }</b>
    现在没有可选的时间。
slot-own = 你的
slot-full = 这个时间现在满了。
slot-moved = 已改到新的时间。
hold-card = ⏳ 为你保留到 { $until }：<b>{ $title }</b>
hold-gone = 这个名额已不再为你保留，请重新选择时间。
let-go = 名额已放回。
booking-held = ⏳ 为你保留着：<b>{ $title }</b>
booking-booked = ✅ 已预约：<b>{ $title }</b>
booking-attended = 🏁 你参加过：<b>{ $title }</b>
booking-no_show = 你没有来：<b>{ $title }</b>
booking-cancelled = 已取消：<b>{ $title }</b>
reminders-both = 🔔 开始前一天和一小时各提醒你一次。
reminders-hour = 🔔 开始前一小时提醒你。
reminders-none = 一小时之内开始。
my-booking = 🎫 { $title } · { $when }
my-waiting = ⏳ { $title } · 候补第 { $number } 位
my-offer = ❗ { $title } · 名额为你保留到 { $until }
wait-joined = 你是候补第 { $number } 位。一有空位，我就为你保留并告诉你。
wait-already = 你已经在候补里了。
wait-booked = 你在这一场已有名额。
wait-room = 现在有空位，可以直接预约。
wait-left = 已退出候补。
wait-gone = 这个名额已不再为你保留。
seat-offered =
    🎉 有空位了：<b>{ $title }</b>
    { $lines }
    为你保留到 { $until }。
offer-lapsed = 为你保留的“{ $title }”名额已给了下一位。
line-closed = 你排队等的《{ $title }》（{ $when }）取消了，不再需要等候。很抱歉。
reminder =
    🔔 还有 { $left }：<b>{ $title }</b>
    { $lines }
left-days = { $days } 天
left-hours = { $hours } 小时{ $minutes ->
    [0] {""}
   *[other] {" "}{ $minutes } 分钟
}
left-minutes = { $minutes } 分钟
event-changed =
    ❗ 你预约的 <b>{ $title }</b> 有变动：
    { $lines }
    如果不再合适，可以在下面取消。
changed-when = 🗓 { $old } → <b>{ $new }</b>
changed-where = 📍 { $old } → <b>{ $new }</b>
event-cancelled =
    ❗ <b>{ $title }</b> 取消举办。
    { $lines }
    你的预约已取消；付过的会退还给你。很抱歉。
how-was-it = 🏁 谢谢你来参加：<b>{ $title }</b>。感觉如何？
rated = 谢谢你的 { $stars } ★。
not-rated = 没有可以由你评分的预约。
ticket =
    🎫 <b>{ $title }</b>
    { $lines }
    入场时出示这个码。扫不了的话，工作人员输入：<code>/checkin { $code }</code>
ticket-none = 这里没有票。
calendar-sent = 供你的日历使用。有变动后，请在这里重新打开文件。
absent-events = <b>谁没有来？</b>最近两天开始的活动：
absent-no-events = 最近两天开始的活动里，没有还要记为没来的人。
absent-event = { $title } · { $when } · { $count } 人未到
absent-list = <b>{ $title }</b>，{ $when }。还没入场：{ $count } 人。谁没有来？
absent-guest = 👤 { $name }
absent-all = 🚫 { $count } 人都没有来
absent-back = ‹ 活动列表
absent-ask-one = 把 { $name } 记为没有来？
absent-ask-all = 把剩下的 { $count } 人都记为没有来？
absent-mark = 是，记下
absent-keep = 不，返回
absent-marked = 已记为没有来：{ $count } 人
check-in-usage = 请写上票上的码：/checkin 码；没有来的用 /noshow 码。
check-in-attended = ✅ { $name }，{ $title }，{ $when }
check-in-already = ☑️ 已经入场：{ $name }，{ $title }，{ $when }
check-in-wrong_day = ❗ 不是今天的：{ $name }，{ $title }，{ $when }
check-in-not_begun = ❗ 还没开始，不能记为没有来：{ $name }，{ $title }，{ $when }
check-in-cancelled = ❗ 已取消：{ $name }，{ $title }，{ $when }
check-in-unknown = ❗ 没有这个码的票。
check-in-no_show = 已记为没有来：{ $name }，{ $title }，{ $when }
check-in-refused = 这个码由入口的工作人员使用。你自己的票在 /my。
zone = 你的时区：{ $zone }，现在是 { $now }。我按它告诉你时间。在下面选择，或者输入例如 /zone Europe/Paris。
zone-set = 你的时区是 { $zone }，那里现在是 { $now }。
zone-unknown = 没有这个时区。请按“地区/城市”来写，例如 /zone Europe/Paris。
zone-auto = 按我的城市
command-checkin = 凭票上的码放人入场

## 汽车问答

wish-quiz = 有汽车问答：发 /quiz 开始答题，/leaderboard 看本周排行榜。
button-play = 🎮 开始玩
quiz-private = 问答在和我的私聊里玩：请在那里发 /quiz。
quiz-later = 现在出不了题，请过一会儿再试。
quiz-none = 没有你还没答过的题了。有了新课程就会有新题。
quiz-explanation = 📖 { $title } · { $place }
quiz-points = 你本周的分数：{ $points }
button-leaderboard = 🏆 排行榜
leaderboard = 🏆 <b>本周排行榜</b>
leaderboard-line = { $place } { $name } · { $points }
leaderboard-empty = 本周还没有人上榜。
leaderboard-as = 你以 <b>{ $name }</b> 的名字在榜上
leaderboard-off = 你不在榜上：没有人看得到你的分数。
leaderboard-join = 我要上榜
leaderboard-leave = 把我从榜上撤下
leaderboard-ask-name = 用什么名字上榜？所有人都看得到。请发一条消息，最多 { $most } 个字。不想上了就发 /new。
leaderboard-bad-name = 这个名字不行：只能有文字、数字和空格，最多 { $most } 个字，不能有链接。请换一个。
command-quiz = 汽车问答
command-leaderboard = 本周问答排行榜

## 优惠券

order-card-coupon = 🧾 <b>{ $title }</b>
    订单 { $order }
    原价 ⭐{"\u00A0"}{ $list } · 优惠券 { $code } 减 ⭐{"\u00A0"}{ $off }
    应付：⭐{"\u00A0"}{ $stars }
    请点下方按钮付款，付款后内容会出现在这里。
order-card-free = 🧾 <b>{ $title }</b>
    订单 { $order }
    原价 ⭐{"\u00A0"}{ $list } · 优惠券 { $code } 减 ⭐{"\u00A0"}{ $off }
    无需付款，内容会出现在这里。
order-coupon = 这个订单的优惠券已不能使用，请重新打开商品。
invoice-coupon = 原价 ⭐{"\u00A0"}{ $list }，优惠券 { $code } 减 ⭐{"\u00A0"}{ $off }。
coupon-thanks = 用优惠券领取成功，无需付款。内容就在上面的订单里，也随时可在 /my 查看。
coupon-given-back = 《{ $title }》已退回，优惠券可以再次使用：/coupon
coupon-head = 🎟 <b>{ $title }</b> · <code>{ $code }</code>
coupon-cut-percent = −{ $amount }%
coupon-cut-stars = −⭐{"\u00A0"}{ $amount }
coupon-cut-free = 免费
coupon-takes-off = 优惠：{ $cut }
coupon-for = 适用于：{ $what }
coupon-for-all = 所有单独出售的内容
coupon-title = 《{ $title }》
coupon-or = 、
coupon-and = ；且限
coupon-more = 另外 { $count } 项
coupon-everybody = 有券码的人都可以用。
coupon-listed = 只有领到这张券的人可以用。
coupon-per-person = 每人可用 { $count } 次
coupon-total = 共 { $total } 次，还剩 { $left } 次
coupon-from = { $when }起可用
coupon-until = 有效期至 { $when }
coupon-fair = 以上就是全部规则。价格不会因为你的画像或行为而变高或变低。会员价不参与优惠。
coupon-is-kept = ✓ 已收好。购买适用的内容时会自动使用。
coupon-kept = 已收好，购买时自动使用。
coupon-dropped = 已收起。再发送 /coupon 加券码即可找回。
coupon-unknown = 没有“{ $code }”这张优惠券，请检查券码是否正确。
coupon-none =
    你现在没有可用的优惠券。发送券码即可查看规则并收好：
    /coupon 券码
coupon-usage = 你的优惠券。要查看别的券，请发送 /coupon 加券码。
coupon-state-early = 还没到使用时间，可以先收好。
coupon-state-over = 这张券已过期。
coupon-state-off = 这张券已停用。
coupon-state-used_up = 这张券目前已被用完。
coupon-state-yours_used = 你已经用完了每人可用的次数。
coupon-state-others = 这张券发给了别人，你不能使用。
button-coupon = 🎟 { $title } · { $cut }
button-coupon-keep = 🎟 收好，购买时使用
button-coupon-drop = 收起这张券
button-coupon-rule = 🎟 优惠券规则
command-coupon = 优惠券：规则与我的券

## 我的

my-courses = 📚 <b>课程、图书、节目</b>：{ $count }
my-events = 📅 <b>预约</b>：{ $count }
my-coupons = 🎟 <b>优惠券</b>：{ $count }
my-favourites = ♥ <b>收藏</b>：{ $count }
favourites = ♥ <b>收藏</b>，第 { $page } 页，共 { $pages } 页
favourites-empty = 还没有收藏。在卡片上点 ♡ 即可收藏：/catalog
favourite-marked = ♥ 已收藏：/favourites
favourite-unmarked = 已取消收藏。
favourite-full = 收藏已满 500 项，请先取消一些：/favourites
button-favourite = ♡ 收藏
button-favourite-off = ♥ 已收藏
button-favourites = ♥ 全部收藏
command-favourites = 用 ♥ 收藏的内容

## 目录筛选

button-filter = 🎛 筛选
button-find = 🔎 搜索
browse-head = 🎛 { $filters }
browse-all = 全部在售内容
browse-found = 共 { $count } 项，第 { $page } 页，共 { $pages } 页
browse-none = 目前没有同时满足这些条件的内容。去掉其中一个，还有：
browse-nothing = 目前没有同时满足这些条件的内容。
browse-ask = 请选择：{ $facet }
browse-clear = ✕ 清除
browse-any = 不限
browse-option = { $name }（{ $count }）
browse-without = 去掉“{ $name }”（{ $count }）
browse-type = 类型
browse-topic = 主题
browse-brand = 品牌
browse-city = 城市
browse-when = 时间
browse-most = 价格
browse-when-week = 本周
browse-when-weekend = 周末
browse-when-month = 本月
browse-up-to = 不超过 ⭐{"\u00A0"}{ $stars }

## 目录搜索

find-usage = 发送 /find 加几个词即可搜索，例如：/find 冬季续航
find-found = 🔎 <b>{ $words }</b>
find-near = 🔎 没有找到“{ $words }”，比较接近的有：
find-nothing = 🔎 没有找到“{ $words }”，全部内容在这里：
related = 🔗 相关内容：
related-none = 目前没有其他相关内容。
button-near = 🔗 相关内容
button-catalogue = 📋 全部目录
inline-open = <a href="{ $url }">在聊天里打开</a>
command-find = 按关键词搜索目录

## 把电话交给经销商，和经销商的线索

lead-consent =
    <b>要请{ $dealer }联系你吗？</b>
    你预约了《{ $title }》。如果同意，我会把你的<b>姓名和手机号</b>交给<b>{ $dealer }</b>，只交给这一家，只用于和你联系这次试驾以及买车的事。它们在我这里加密保存，每次被查看都有记录。
    不同意也照样可以试驾。同意以后随时可以在 /my 或 /privacy 收回，收回后对方马上就看不到了。
    <i>告知书第 { $version } 版</i>
lead-agree = ✅ 同意交给这一家
lead-decline = 不用了
lead-declined = 好的，什么都没有交出去。试驾预约不受影响。
lead-how-to-share = 请点下面的“{ lead-share }”，Telegram 会把你自己的号码发给我。手动输入的号码我不收，因为可能是别人的。
lead-share = 📱 发送我的手机号
lead-cancel = 算了，不发
lead-handed = 已交给<b>{ $dealer }</b>：{ $name }，{ $phone }。对方会联系你。
lead-mine = 📇 <b>{ $dealer }</b>有你的姓名和手机号（《{ $title }》）
lead-back = ↩ 从{ $dealer }收回我的号码
lead-taken-back = 已收回：你的姓名和手机号已删除，对方看不到了。
lead-taken-before = 没有经销商有你的号码。
lead-foreign = 这不是你自己的号码。请点“{ lead-share }”，我只收发送者本人的。
lead-invalid = 这个号码我读不懂，没有保存。请点“{ lead-share }”再试一次。
lead-typed = 手动输入的号码我不收，因为可能是别人的。请点下面的“{ lead-share }”，或“{ lead-cancel }”。
number-not-kept = 这看起来是一个电话号码，我没有保存它。请不要把电话发给我；有车的问题尽管问。
lead-not-booked = 你现在没有预约它，所以没有什么可交的。
lead-already = 已经交给这家经销商了；想收回请发送 /my
lead-locked = 现在不能保存号码，什么都没有交出去。请稍后再试。
privacy-leads = 📇 有我号码的经销商
command-leads = 想听你介绍的人
leads-none = 还没有线索。有人预约试驾并同意你联系时，我会告诉你。
leads = <b>线索</b>：共 { $count } 条。选一种状态：
leads-page = <b>{ $state }</b>：{ $count } 条（第 { $page }/{ $pages } 页）
leads-all = ⬅ 全部状态
lead-new = 📇 新线索 #{ $lead }：有人预约了《{ $title }》，同意你联系。
lead-untouched = ⏰ 线索 #{ $lead }（《{ $title }》）已经等了一天，还没有人跟进。
lead-open = 打开
lead-opening = 线索 #{ $lead } …
lead-gone = 线索 #{ $lead } 已由本人收回。
lead-not-there = 没有这条线索，或本人已收回。
lead-card =
    <b>线索 #{ $lead }</b> · { $title }
    { $name }
    <code>{ $phone }</code>
    交给你的时间：{ $when }
    状态：<b>{ $state }</b>
lead-amount = 成交金额：{ $amount } 元
lead-state-new = 新
lead-state-reached = 已联系
lead-state-came = 已到店
lead-state-drove = 已试驾
lead-state-offered = 已报价
lead-state-ordered = 已下订
lead-state-lost = 未成交
lead-undo = ↩ 撤销刚才的标记
lead-mark-marked = 已记下
lead-mark-same = 已经是这样了
lead-undone = 已撤销
lead-mark-late = 过了一分钟，不能撤销了；点另一个状态就能改。
lead-mark-gone = { lead-not-there }
lead-amount-ask = 线索 #{ $lead } 已下订。成交金额是多少元？直接发数字，例如 258000 或 25.8万。
lead-amount-skip = 不填金额
lead-amount-none = 好的，不记金额。
lead-amount-bad = 这个金额我读不懂。请发数字，例如 258000 或 25.8万。
lead-amount-noted = 已记下：{ $amount } 元。
role-no-dealer = 没有叫 { $name } 的经销商。现有的：{ $dealers }。新的要先用 chezhi catalog import 导入（目录文件里的 dealers）。
help-dealer =
    <b>经销商</b>
    /leads 想听你介绍的人：按状态查看，一点就标记

## 带签名的链接

command-link = 生成一个可追踪的链接
link-usage = 用法：/link 条目ID 名称（名称可不写），例如 <code>/link drive-starlan-shanghai 车展二维码</code>
link-no-item = 目录里没有 { $item }。
link-made =
    <b>{ $name }</b>（链接 { $id }）
    { $url }
    效果：chezhi links report
link-bad = 这个链接不完整或已被改动，打不开。全部内容在 /catalog

report-title = 📊 <b>活动 { $campaign }</b> · { $name }
report-title-all = 📊 <b>全部营销活动合计</b>
report-arms = 受邀 { $treated } · 对照组 { $holdout } · 全局对照组 { $global }
report-few = （人数过少）
report-open = 截至 { $when }。{ $until } 之前的行为都计入。
report-closed = 截至 { $when }。所有人的观察期都已结束。
report-mismatch-arms = ⚠️ <b>请勿相信下面的差异。</b>受邀者与对照组的人数不像随机分配的结果（p = { $p }）：有人丢失，或进错了组。
report-mismatch-variants = ⚠️ <b>请勿相信下面的版本比较。</b>各版本的人数不像随机分配的结果（p = { $p }）。
report-funnel = 受邀者的去向
report-funnel-head = <b>受邀者的去向</b>
report-step = { $step } { $count }（{ $share }）
report-changes-holdout = <b>带来的变化</b>（受邀者对比对照组）
report-changes-global = <b>带来的变化</b>（受邀者对比全局对照组）
report-changes-none = <b>带来的变化：</b>尚无结论，因为还没有人有这些行为，或人数太少。
report-no-control = <b>带来的变化：</b>没有对照组，无从知道大家不被邀请时会怎样。下次请设置对照组。
report-line = • { $name }：{ $first } 对 { $second }，{ $difference } { $unit }（{ $low } 至 { $high }）：{ $verdict }
report-unit-share = 个百分点
report-unit-stars = Stars/人
report-unit-cny = 元/人
report-verdict-more = <b>更多</b>
report-verdict-less = <b>更少</b>
report-inconclusive = 尚无定论
report-inconclusive-needed = 尚无定论；要看出这么大的差异，大约还需 { $people } 人
report-detectable = 这样的人数，五次中有四次能看出{ $outcome }上升 { $points } 个百分点及以上。
report-segments = <b>按人群看：{ $outcome }</b>
report-segment = 人群 { $segment }
report-segment-named = 人群 { $segment }（{ $tags }）
report-segment-all = 全部
report-segment-none = 不属于任何人群
report-variants = <b>版本两两比较</b>
report-pair = { $outcome }，{ $first } 对 { $second }
report-costs = <b>成本：</b>¥{ $cost }
report-revenue = 受邀者带来的收入：{ $stars } Stars，购车 ¥{ $cny }
report-cost-each = 每一次的成本：{ $each }
report-each = { $outcome } ¥{ $cost }
report-extra = 因活动而{ $outcome }：{ $people } 人（{ $low } 至 { $high }）
report-extra-cost = ，每人 ¥{ $cost }
report-how = 无论看多少次，这些区间都以 95 % 的概率成立。区间不含 0，差异才算数。
report-corrected = 多个人群或版本一起看时，所有区间同时以 95 % 的概率成立（Bonferroni 校正）；文件中的 p 值按 Holm 校正。
report-cuped = 已考虑每人此前四周的行为（CUPED）。
report-hidden = 有 { $count } 组未显示，以免透露不足 { $k } 人的情况。
report-uplift = 带来的变化：{ $outcome }
report-points = 百分点，及无论看多少次都成立的区间
report-sends = 每小时发出的邀请
report-gone = 没有已发送的该编号活动。
invite-link = 了解更多：
invite-link-button = 打开网页
report-usage = 请发送 /report 和活动编号，例如 <code>/report 12</code>。编号见 /campaigns。
report-wait = 正在统计……
outcome-drawn = 选中
outcome-sent = 送达
outcome-opened = 打开
outcome-clicked = 点开链接
outcome-quiz_answered = 答题
outcome-draw_entered = 参加抽奖
outcome-booked = 预约
outcome-attended = 到场
outcome-purchased = 购买
outcome-lead = 留资
outcome-test_driven = 试驾
outcome-ordered = 订车
## 营销活动：策划与审批

campaign-none = 无
campaign-plain = 普通群发
campaign-head = <b>营销活动 { $campaign } · { $name }</b>（{ $status }）
campaign-item = 邀请参加：{ $title }
campaign-audience = 人群：{ $audience }
campaign-wordings = 文案：{ $wordings }
campaign-wording =
    <b>{ $name } · { $language }</b>
    { $text }
campaign-holdout = 对照组：{ $share }%，统计 { $days } 天内的行为
campaign-when = 发送时间：{ $when }
campaign-at-once = 批准后由管理员发送
campaign-repeat = 每 { $days } 天重复一次{ $until ->
    [none] {""}
   *[other] ，直到 { $until }
}
campaign-limits = { $most ->
    [0] 不限每周条数
   *[other] 每人每周最多 { $most } 条
}；{ $quiet ->
    [none] 不设免打扰时段
   *[other] 免打扰 { $quiet } 点（各人当地时间）
}
campaign-costs = 成本：固定 ¥{ $fixed }，每条 ¥{ $each }{ $budget ->
    [none] {""}
   *[other] ；预算 ¥{ $budget }
}
campaign-url = 链接：{ $url }
campaign-error-rate = 最近 100 条里失败超过 { $share }% 时自动暂停
campaign-paid = 用 Telegram 付费广播发送
campaign-refused = ❌ 未批准：{ $why }
approval-asked =
    <b>请审批</b>，由 { $writer } 提交
    { $card }
approval-size = 将收到的人数：{ $size }
approval-approve = ✅ 批准
approval-approve-plain = ✅ 批准并发送
approval-refuse = ❌ 拒绝
approval-why = 为什么不批准？写一句话给提交人。
approval-without = 不写理由
approval-back = 返回
approval-undecided = 还没有决定。
approval-approved = ✅ 你已批准活动 { $campaign }。
approval-refused = ❌ 你已拒绝活动 { $campaign }，提交人会看到理由。
approval-own = 写的人不能自己批准，请另一位管理员来。
approval-changed = 内容在你看过之后改了。请重新查看再决定：/campaign
approval-before = 已经有人处理过了。
approval-old = 这个活动已不在，或它邀请的内容已下架、已满员。
decided-approved = ✅ 活动 { $campaign }（{ $title }）已批准。
decided-refused =
    ❌ 活动 { $campaign }（{ $title }）未批准：
    { $why }
broadcast-status-draft = 草稿
broadcast-status-submitted = 待审批
broadcast-status-approved = 已批准
broadcast-status-scheduled = 已排期
approval-open = 打开活动
planned-home =
    <b>营销活动</b>
    策划 → 检查 → 预览 → 试发给自己 → 提交 → 另一位同事批准 → 发送。{ $waiting ->
        [0] {""}
       *[other] {" "}<b>{ $waiting } 个等你审批。</b>
    }
planned-new = ➕ 新活动
planned-group-draft = 草稿
planned-group-submitted = 待审批
planned-group-approved = 已批准、已排期
planned-group-running = 发送中
planned-group-over = 已结束
planned-list = <b>{ $group }</b>：{ $count } 个
planned-back = ‹ 返回
planned-choose = 邀请大家参加什么？共 { $count } 项可选。{ $words }
planned-found = “{ $words }”找到 { $count } 项：
planned-find = 🔎 按词查找
planned-field-name = 名称
planned-field-holdout = 对照组
planned-field-window_days = 统计窗口
planned-field-starts_at = 发送时间
planned-field-every_days = 重复
planned-field-until = 重复到
planned-field-most_a_week = 每周上限
planned-field-quiet = 免打扰
planned-field-cost_fen = 固定成本
planned-field-cost_each_fen = 每条成本
planned-field-url = 链接
planned-field-error_rate = 失败上限
planned-field-paid = 付费群发
planned-field-budget_fen = 预算
planned-items = 邀请的内容
planned-audience = 人群
planned-wordings = 文案
planned-check = 🔍 检查
planned-preview = 👁 预览
planned-test = ✉️ 试发给我
planned-submit = 📨 提交审批
planned-discard = 🗑 放弃
planned-reopen = ✏️ 修改（需重新审批）
planned-send = 🚀 现在发送
planned-schedule = 🗓 排期
planned-live = 📡 实时进度
planned-report = 📊 报告
planned-wording = 文案 { $name }
planned-add = ➕ 文案 { $name }
planned-wordings-all = <b>文案</b>（{ $count } 个）。有两个或更多时，随机分给人群，报告会比较。没有文案时只发商品卡片。
planned-text-zh = ✏️ 中文
planned-text-en = ✏️ 英文
planned-photo = 🖼 图片
planned-no-photo = 去掉图片
planned-drop = 删除文案 { $name }
planned-none-starts_at = 不定时
planned-none-every_days = 不重复
planned-none-until = 不设截止
planned-none-most_a_week = 不限
planned-none-quiet = 不设
planned-none-url = 无链接
planned-none-budget_fen = 不设预算
planned-ask-name = 这个活动叫什么？输入名称（收信人看不到）。
planned-ask-holdout = 人群中多少比例作为对照组、不发送？对照组越大，越小的效果也能看出。选一个，或输入 0 到 90 的百分数。
planned-ask-window_days = 发送后多少天内的行为算数？选一个，或输入天数。
planned-ask-starts_at = 什么时候发送？输入如 2026-12-24 18:30（你的时区，现在是 { $now }），或不定时。
planned-ask-every_days = 发完后隔多少天再发一次？选一个，或输入天数。
planned-ask-until = 重复到什么时候为止？输入如 2027-03-01 00:00（你的时区，现在是 { $now }）。
planned-ask-most_a_week = 每人七天内最多收到几条（所有活动合计）？超出的会推迟，不会丢。
planned-ask-quiet = 几点到几点不打扰？输入如 22-8（按各人当地时间）。到点后再发。
planned-ask-cost_fen = 固定成本多少元？如 500 或 1.2万。
planned-ask-cost_each_fen = 每发一条的成本多少元？如 0.05。
planned-ask-budget_fen = 预算上限多少元？如 3000。
planned-whom =
    <b>发给谁？</b>现在：{ $audience }
    只有同意接收邀请、没有退订的人才会收到。
planned-likeliest = 🎯 最可能响应的 N 人
planned-rules = ⌨️ 输入规则
planned-ask-error_rate = 最近 100 条里失败超过多少就自动暂停？选一个，或输入 0 到 90 的百分数。
planned-ask-paid = 用 Telegram 付费群发吗？每秒最多 1000 条，每条由机器人的 Stars 余额支付。
planned-paid-yes = 用
planned-paid-no = 不用
planned-ask-url = 打开邀请后，链接通向哪里？请输入以 https:// 开头的网址。
planned-ask-find = 输入几个词，如：冬季 试驾
planned-ask-rules =
    用一行写出规则，写在一起的要同时满足：
    <code>城市=上海 车=想买 did:viewed(type=test_drive,days=30) not did:booked</code>
    括号里用 | 隔开的满足一个即可：<code>(城市=上海 | 城市=北京)</code>。还有 segment=3（人群编号）、话题=ev、语言=en、seen=30（30 天内来过）、top=500（最可能的 500 人）。
planned-ask-likeliest = 最可能响应的多少人？输入一个数，如 500。
planned-ask-text-zh = 输入中文文案，它会显示在商品卡片上方。
planned-ask-text-en = 输入英文文案（没有的话，英文用户看到中文）。
planned-ask-photo = 把图片发给我（JPEG、PNG 或 WebP，10 MB 以内）。
planned-bad-name = 名称要有 1 到 128 个字，不换行。请再输入一次。
planned-bad-holdout = 请输入 0 到 90 的百分数，如 10。
planned-bad-days = 请输入 1 到 365 的天数。
planned-bad-week = 请输入 1 到 100 的条数。
planned-bad-time = 读不懂这个时间。请写成 2026-12-24 18:30。
planned-bad-past = 这个时间已经过去了。请输入以后的时间。
planned-bad-yes-no = 请输入 是 或 否。
planned-bad-quiet = 请写成 22-8：从几点到几点，0 到 23。
planned-bad-url = 看不出这是网址。请输入如 https://example.org/winter 的网址。
planned-bad-money = 请输入金额（元），如 500、0.05 或 1.2万。
planned-bad-audience-kind = 没有“{ $word }”这种人群。
planned-bad-audience-rule = 规则里不能有“{ $word }”。括号里可用 item、type、days、n。
planned-bad-audience-field = 没有“{ $word }”这条规则。可用：城市、车、话题、品牌、语言、加入、来过、segment、did、top。
planned-bad-audience-value = “{ $word }”的值不对。车：有车、想买；语言：zh、en；话题用英文代号，如 ev。
planned-bad-audience-verb = 没有“{ $word }”这种行为。可用：viewed、liked、booked、purchased、attended、asked、invite_opened 等。
planned-bad-audience-type = 没有“{ $word }”这类商品。可用：course、book、audio、live、salon、test_drive、game、draw。
planned-bad-audience-number = “{ $word }”要一个正整数。
planned-bad-audience-many = 规则最多 { $word } 条。
planned-bad-audience-text = 读不懂“{ $word }”处。例：城市=上海 车=想买；含空格或符号的值放进引号。
planned-old = 这个活动不在了，或现在不能这样改。请重新打开：/campaign
planned-not-offered = 这项内容已下架、已开始或已满员。换一项。
planned-many = 最多六个文案（A 到 F）。
planned-long = 文案最多 1000 字。请缩短后再发一次。
planned-picture = 这张图片用不了：要 JPEG、PNG 或 WebP，10 MB 以内。请换一张。
planned-submit-submitted = 已提交，能批准的人会收到通知。
planned-submit-not-offered = 邀请的内容已下架、已开始或已满员，换一项再提交。
planned-submit-old = 它已经不是草稿了。
planned-send-launched = 开始发送。
planned-send-scheduled = 已排期，到时自动发送。
planned-send-submitted = 已提交，等另一位管理员批准。
planned-send-waiting = 还没有批准。
planned-send-not-offered = 邀请的内容已下架、已开始或已满员，没有发送。
planned-send-changed = 批准之后内容变了（也可能是商品改了），没有发送。请修改后重新提交审批。
planned-due-changed = 活动 { $campaign } · { $name } 到了发送时间，但它邀请的内容在批准之后变了，所以没有发送。请修改后重新提交审批：/campaign
planned-send-past = 它的发送时间已过：没有发送。修改时间后重新提交。
planned-send-empty = 它没有收件人：由旧版本生成，或其中的人都已不在。没有发送，请重新策划。
planned-send-old = 这个活动已不在。
planned-send-before = 已经发送过了。
planned-reopen-changed = 又成了草稿，可以修改；改完要重新审批。
planned-reopen-old = 现在不能修改：发送已经开始，或活动已结束。
planned-discarded = 已放弃，没有发给任何人。
planned-sure = 真的放弃活动 { $campaign }？没有发给任何人，也不会再发。
planned-discard-sure = 🗑 放弃
planned-waits = <i>等待审批；能批准的有 { $count } 人。</i>
check-clean = ✅ 没有发现问题。
check-found =
    <b>检查结果</b>：{ $errors } 个错误，{ $warnings } 个提醒。{ $errors ->
        [0] {""}
       *[other] {" "}有错误时不能提交。
    }
check-finding =
    <b>{ $where }</b>：<code>{ $quote }</code>
    { $why }（{ $rule }，{ $code }）
    可改为：<code>{ $instead }</code>
check-empty = 文案 { $where } 还没有文字。
check-repeat = 按人群编号或“最可能的 N 人”选的人在发送时固定，不能重复发送。请去掉重复，或改用规则。{ $where }
check-past = 设定的发送时间已经过了。请改一个将来的时间，或不设时间。{ $where }
check-until = “重复到”的时间早于第一次发送。{ $where }
check-nobody = 现在这个人群里没有人可以发送。请检查城市等条件是否写对。{ $where }
check-budget = 给所有人都发送会超出预算。请提高预算、减少人数，或改成本。{ $where }
check-more = 另有 { $count } 处。
preview-count = <b>预览</b>：{ $count } 人，其中约 { $holdout } 人作为对照组不发送。
preview-segments = 最大的人群（编号，人数）：{ $segments }
preview-held = 会被推迟：{ $cap } 人已达每周上限，{ $quiet } 人处于免打扰时段。
preview-effect = 这个规模能看出的最小效果：比平时的 { $base }% 高 { $points } 个百分点以上。
preview-no-effect = 看不出效果：没有对照组，或人太少（平时 { $base }%）。
preview-people = <b>其中几个人，以及为什么选中</b>（不显示姓名）：
preview-person = { $number }. { $why }
preview-agreed = 同意接收邀请
preview-chance = 响应概率 { $chance }%（平均 { $base }%）
planned-test-failed = Telegram 不接受这条邀请：{ $why }
planned-submit-findings = 检查发现错误，不能提交。点“检查”查看哪里、为什么、怎么改。
approval-findings = 现在的检查发现错误，不能批准。在 /campaign 里点“检查”查看。
planned-send-no-model = 这个人群要由正在运行的机器人来选，命令行办不到。

plan-basis-base = 只按平均响应率 { $rate } % 预测：在最近的邀请上，模型并不比它更准（Brier { $brier }，平均率为 { $base }）。
plan-basis-model = 预测来自 { $invites } 条历史邀请的模型：在它没见过的最近一批上，Brier 分数 { $brier }，平均率为 { $base }（提升 { $skill } %）。
plan-basis-prior = 历史邀请太少（{ $invites } 条），还不能按人预测：暂按每人 { $rate } % 计算。
plan-considered = 只考虑了最近来过的 { $count } 人。
plan-coupon = · 有优惠券
plan-draft = 建草稿 { $number }
plan-drafted = 已建草稿 { $campaign }：在 /campaign 中查看并提交。
plan-expected = 预计响应：{ $expected }（{ $low } 到 { $high }），其中 { $moved } 人若不邀请就不会来
plan-gone = 这份计划已不在，或该项目已不能参加。请用 /plan 重新做。
plan-head =
    <b>{ $days } 天的计划</b>
    可邀请 { $people } 人；在座位和频次限制下，向 { $activities } 个可选活动发 { $invites } 条邀请。
plan-moved = 谁会因邀请而来，由 { $count } 个有对照组的活动得知。
plan-moved-unknown = 还没有测量过带对照组的活动，所以凡会响应的人都算作因邀请而来。
plan-nothing = 没有可计划的：没有可邀请的人，或这些天没有可参加的项目。
plan-open = 打开草稿
plan-proposal = <b>{ $number }. { $title }</b>（{ $type }）{ $coupon }
plan-seats = 剩余座位：{ $count }
plan-segment = 人群 { $id } { $name }
plan-several = 几个人群的人
plan-solved = 比贪心选择多 { $more } %；离最优至多差 { $gap } %。
plan-untimed = 还没有发过邀请，所以时间取常用的晚间。
plan-when = 发送：{ $when }
plan-whom = 对象 { $count } 人：{ $whom }
plan-wording = { $name }：<i>{ $text }</i>
plan-working = 正在做计划，可能要一分钟。
