## First contact

welcome =
    Hi { $name }! I'm <b>Chezhi</b>. Ask me anything about cars: buying, driving, upkeep, EVs.
    I answer from our courses and show the source of every sentence. Where they have no answer, I say so.
welcome-back =
    Good to see you again, { $name }! Ask me anything about cars, for example:
    • { onboard-example-1 }
    • { onboard-example-2 }
    /recommend shows what fits you, /my what you have, /help what else I can do.
consent =
    <b>Your data, your choice</b>
    If you agree, I note what you ask, open and like here, to suggest courses and events that fit you, and may now and then invite you to one. Nothing goes to third parties, unless you agree to that by itself.
    If you don't, everything still works; you only see general suggestions. Then I keep no notes of what you do; your questions and the sources of their answers stand without your name and go in less than a day: until then you can open the sources, or ask a person. Orders and bookings are kept, since I owe you those.
    You can change this, get a copy or delete everything at any time: /privacy
consent-yes = Agree
consent-no = No, thanks
consent-agreed = Thank you. You can take this back any time: /privacy
consent-declined =
    All right: I keep no notes of what you do here, and forgot those that there were. What you ask stands without your name, and goes in less than a day. /privacy changes that at any time.
    Ask me anything about cars, for example:
    • { onboard-example-1 }
    • { onboard-example-2 }
onboard-car = Three quick questions, so that I can suggest better. <b>Do you have a car?</b>
onboard-car-owns = I own a car
onboard-car-plans = I plan to buy one
onboard-topics = <b>What interests you most?</b>
onboard-city = <b>Which city?</b> For test drives and salons nearby.
onboard-skip = Skip
onboard-done =
    All set! Ask me a question, for example:
    • { onboard-example-1 }
    • { onboard-example-2 }
    /recommend shows what fits you, /help what else I can do.
onboard-example-1 = How much range does an EV lose in winter?
onboard-example-2 = When should brake fluid be changed?
city-beijing = Beijing
city-shanghai = Shanghai
city-guangzhou = Guangzhou
city-shenzhen = Shenzhen
city-chengdu = Chengdu
city-hangzhou = Hangzhou
city-other = Somewhere else

## Interests: bundles of topics

bundle-buying = 🚗 Choosing and buying
bundle-electric = 🔋 EVs and hybrids
bundle-upkeep = 🔧 Upkeep and repairs
bundle-safety = 🛡 Driving and safety
bundle-used = 🔍 Used cars
bundle-money = 📄 Insurance and warranty

## Topics

topic-adas = driver assistance
topic-battery = batteries
topic-brakes = brakes
topic-buying = buying
topic-charging = charging
topic-driving = driving
topic-ev = EVs
topic-hybrid = hybrids
topic-insurance = insurance
topic-maintenance = maintenance
topic-transmission = gearboxes
topic-tyres = tyres
topic-used_car = used cars
topic-warning_lights = warning lights
topic-warranty = warranty
topic-winter = winter

## Answers

answer-source = [{ $number }] { $title }
answer-helpful = 👍
answer-wrong = 👎
answer-thanks = Thank you!
answer-sorry = Thank you. Our content team will look at it.
answer-busy = Many questions at once just now: yours is number { $waiting } in the queue. Please ask again in a moment.
answer-refused = I'm not sure about this one, so I'd rather not guess.
answer-near =
    I'm not sure about this one. The passage of our courses that comes nearest says:
    <blockquote>{ $quote }</blockquote>
    <i>{ $title } · { $place }</i>
answer-missing = <i>Our courses have no reliable answer to this part: “{ $question }”</i>
answer-crosses =
    <i>{ $language ->
        [zh] Only our English courses cover this, so the text above is in English.
       *[en] Only our Chinese courses cover this, so the text above is in Chinese.
    }</i>
answer-dangerous = <i>⚠️ This concerns parts whose faults can be dangerous: please have the car checked by a workshop, and don't drive on if in doubt.</i>
answer-medical = I only know about cars, so I can't give medical advice. Please ask a doctor; in an emergency, call an ambulance.
answer-legal = I only know about cars, so I can't give legal advice. Please ask a lawyer.
answer-off-topic = That is outside what I know: my courses are about cars, such as buying, driving, charging and upkeep. Ask me anything about those!
answer-abusive = Let's stay friendly. If you have a question about cars, I'll gladly help.
answer-nearest = The nearest they come to it:
answer-about = About “{ $title }”:
answer-no-base = The knowledge base is being prepared. Please ask again in a few minutes.
source-card =
    <b>[{ $number }] { $title }</b>
    <i>{ $place }</i>

    <blockquote>{ $text }</blockquote>
source-gone = This source is no longer there. Please ask again.
only-text = I can read text. Please type your question.
too-long = That is a long message: please put your question in under 1,000 characters.
answer-understood = <i>Taken as: “{ $question }”</i>
ask-a-person = 🙋 Ask a person
ask-a-person-sent = Our content team has your question, without your name. The answer comes here.
ask-a-person-nobody = Your question is kept. I can't reach our content team just now; they get it as soon as I can, and the answer comes here.
ask-a-person-known = Our content team has this question already. The answer comes here.
ask-a-person-many = Five of your questions are still waiting for an answer. Please wait for one of them first.
new-begun = All right, a new subject. What would you like to know?

## Feedback

feedback-why = What was wrong?
feedback-words = ✍️ In my own words
feedback-write = Please tell in one message what was wrong. /new if you'd rather not.
feedback-noted = Thank you, noted: { $reason }.
feedback-kept = Thank you, our content team will read it.
reason-off = Not what I asked
reason-wrong = A wrong fact
reason-outdated = Out of date
reason-unclear = Unclear

## A person's answer

help-answer =
    <b>You asked:</b>
    <blockquote>{ $question }</blockquote>
    Our content team answers:

    { $answer }
help-request =
    <b>🙋 A question for a person, no. { $number }</b>
    <blockquote>{ $question }</blockquote>
help-refused = I had no answer to it.
help-answered =
    My answer was:
    <blockquote>{ $answer }</blockquote>
help-reason = What was wrong: { $reason }
help-comment =
    In their words:
    <blockquote>{ $comment }</blockquote>
help-how = <b>Reply to this message</b> and your words go to whoever asked. They don't see your name, nor you theirs.
help-text-only = Please answer in one text message of up to { $most } characters.
help-late = A colleague has answered this already; yours was not sent.
help-gone = This request is no longer there.
help-sent = ✅ Sent. Shall the question and your answer go into the knowledge base? Look first that they name nobody.
help-later = ⏳ Telegram is slow just now: it is sent within minutes. Shall the question and your answer go into the knowledge base? Look first that they name nobody.
help-blocked = Whoever asked has blocked me, so it was not sent. Shall the question and your answer go into the knowledge base? Look first that they name nobody.
help-failed = Telegram refused it, so it was not sent. Shall the question and your answer go into the knowledge base? Look first that they name nobody.
help-unknown = The connection broke: it may have arrived or not, and I don't send it twice. Shall the question and your answer go into the knowledge base? Look first that they name nobody.
help-add = ➕ Add to the knowledge base
help-adding = Adding…
help-added = It is in the knowledge base already.

## Groups and inline mode

group-alone = Only you see this:
group-alone-nothing = Only you see this: nothing yet.
group-alone-item = • <a href="{ $link }">{ $item }</a>
group-alone-where = More in our own chat: <a href="{ $link }">open</a>
start-go-on = Tap to go on: { $command }
group-hint = Ask me a car question: mention me or reply to me. What fits you and what is yours, /recommend and /my, only you will see. All else I do in a private chat.
inline-ask = Ask me in private
inline-lesson =
    <b>{ $title }</b>
    <i>{ $place }</i>

    { $text }

## Catalogue

card-title = { $icon } <b>{ $title }</b>
card-text = { $text }
card-facts = <i>{ $facts }</i>
type-course = Course
type-book = Book
type-audio = Episodes
type-live = Live session
type-salon = Salon
type-test_drive = Test drive
type-game = Quiz game
type-draw = Prize draw
type-icon-course = 📘
type-icon-book = 📖
type-icon-audio = 🎙
type-icon-live = 📺
type-icon-salon = ☕
type-icon-test_drive = 🚗
type-icon-game = 🎯
type-icon-draw = 🎁
catalog = What would you like to see?
catalog-type = <b>{ $type }</b>, page { $page } of { $pages }
catalog-empty = Nothing here at the moment.
events = <b>Coming up</b>, page { $page } of { $pages }
event-line =
    <b>{ $item }</b>
    { $facts }
events-empty = No events are planned at the moment.
when = { DATETIME($when) }
price-stars = ⭐{"\u00A0"}{ $stars }
price-free = Free
seats-left = { $seats ->
    [0] Full
    [one] 1 seat left
   *[other] { $seats } seats left
}
button-details = Details
button-like = 👍 Like
button-dismiss = Not for me
button-buy = Buy for ⭐{"\u00A0"}{ $stars }
button-get = Get it for free
button-book = Book a seat
button-enter = Take part
button-cancel = Cancel my booking
button-read = Open
button-back = ‹ Back
button-next = Next ›
button-previous = ‹ Previous
button-course = { $icon } { $title }
button-item = { $item } · { $price }
item-gone = This is no longer on offer.
button-stale = This button no longer works. /help shows what I can do.
item-begun = Already begun
liked = Noted: more like this.
not-noted = I keep no notes without your consent, so I can't remember this. /privacy changes that.
dismissed = All right, I won't show it again.

## Recommendations

recommend-intro = Picked for you:
recommend-general = Popular at the moment. For suggestions of your own: /privacy
recommend-none = You have seen all that is on offer just now. /catalog lists everything.
fact-type = Kind
fact-brand = Brand
fact-price = Price
fact-when = When
fact-place = Where
fact-seats = Seats
source-course = Open the course
source-open = See the passage
settings =
    <b>Settings</b>

    Messages: { $form ->
        [rich] with headings, tables and footnotes
       *[classic] plain text
    }
drawing-sample = Try messages with tables
drawing-off = Back to plain messages
drawing-language = 语言 / Language
drawing-zone = Time zone
drawing-privacy = My data and choices
drawing-offer = Next comes a message with a heading, a table and a button. If you see it, tap the button in it, and answers will be easier to read. If it is empty, do nothing: I go on with plain messages.
drawing-title = Messages that read better
drawing-text = Answers get footnotes and sources that unfold, events a small table and a map.
drawing-a-left = Service
drawing-a-right = every 10,000 km
drawing-b-left = Brake fluid
drawing-b-right = every two years
drawing-how = If you see all this, tap the button below.
drawing-seen = I see it
drawing-refused = That message could not be sent, so I go on with plain ones.
drawing-on = Good: answers and cards look like this from now on. /settings changes it back at any time.
drawing-empty = Empty above? Tap here
drawing-classic = Plain messages again.
drawing-forgotten = I use plain messages from now on. Please ask this one again, or open it from /my or /catalog.
why = Why: { $reason }
why-asked = it is close to what you asked
why-topic = you chose { $topic }
why-liked = you liked “{ $title }”
why-viewed = you looked at “{ $title }”
why-owned = you have “{ $title }”
why-acted = going by what you did here
why-popular = popular with others
why-new = new here

## Buying and booking

order-card =
    🧾 <b>{ $title }</b>
    Order { $order } · ⭐{"\u00A0"}{ $stars }
    Please pay below. What you buy appears here.
order-expired = This order can't be paid any more. Please open the item again.
order-price = The price has changed since. Please open the item again.
order-owned = You already have this: /my
order-full = Sorry, there is no seat left.
delivery = ✅ <b>{ $title }</b>

    { $text }
delivery-event = You are booked: { $when }. It is in /my, where you can also cancel; then your Stars come back.
payment-thanks = Payment received, thank you! What you bought is in the order above, and always in /my.
payment-refunded = Your ⭐{"\u00A0"}{ $stars } for “{ $title }” were refunded.
payment-returned = This order could not take the payment, so your ⭐{"\u00A0"}{ $stars } were refunded.
payment-undelivered = We could not deliver “{ $title }”, so your ⭐{"\u00A0"}{ $stars } were refunded.
booked = Booked: { $title }
entered = You are in: { $title }
already-booked = You are booked already.
booking-full = Sorry, there is no seat left.
entered-card = ✅ You take part: <b>{ $title }</b>
booking-when = 🗓 { $when }
booking-where = 📍 { $where }
booking-hint = You find it in /my, where you can also cancel.
cancelled = Your booking is cancelled.
draw-left = You are not in the draw any more.
not-booked = There is no booking to cancel.
membership = <b>Membership</b>
membership-none = There is no membership just now. Courses can be bought one by one: /catalog
membership-plan =
    <b>{ $title }</b> · ⭐{"\u00A0"}{ $stars } a month
    { $summary }
membership-join = { $title } · ⭐{"\u00A0"}{ $stars } a month
membership-pay = Join for ⭐{"\u00A0"}{ $stars } a month
membership-offer =
    <b>{ $title }</b>
    { $summary }

    ⭐{"\u00A0"}{ $stars } a month; Telegram renews it every 30 days. Cancel at any time: the month that is paid stays yours.
membership-gone = This plan isn't sold any more.
membership-owned = You are a member of this plan already.
membership-price = The price has changed: please open /join again.
membership-held =
    <b>{ $title }</b> · { $status ->
        [cancelled] until { $until }, not renewed
        [failed] the renewal was not paid; until { $until }
       *[other] member, renewed on { $until }
    }
membership-cancel = Cancel renewal: { $title }
membership-resume = Renew again: { $title }
membership-stopped = It won't be renewed.
membership-resumable = You can take it up again: open Settings › My Stars in Telegram and renew the subscription there.
membership-paid =
    ✅ You are a member of “{ $title }” now, until { $until }.
    Open the courses from /catalog; renewal and leaving are in /my.
membership-renewed = “{ $title }” was renewed for ⭐{"\u00A0"}{ $stars }, until { $until }.
membership-refunded = ⭐{"\u00A0"}{ $stars } for “{ $title }” were paid back: that month of membership ends, and it is not renewed.
membership-double = You are a member of “{ $title }” already: the ⭐{"\u00A0"}{ $stars } paid twice went back.
membership-cancelled = “{ $title }” is not renewed any more; it stays yours until { $until }. To take it up again: /my
membership-active = “{ $title }” is renewed again, next on { $until }.
membership-failed = The renewal of “{ $title }” was not paid; it stays yours until { $until }. With enough Stars Telegram tries again, or join anew: /join
my = <b>Yours</b>
my-empty = Nothing yet. /recommend or /catalog may help.
not-owned = This isn't yours yet.
lesson-gone = This lesson has moved. Please open the course again: /my
paysupport =
    Something wrong with a payment? Write the command and what happened in one message, for example:
    <code>/paysupport The course does not open</code>
    Our team gets it together with your orders, and answers here within two working days. What can't be delivered is refunded in full.
paysupport-orders = Your orders:
paysupport-order = • <code>{ $order }</code> · { $title } · ⭐{"\u00A0"}{ $stars }
paysupport-sent = Thank you, our team has it. You get an answer here within two working days.
paysupport-kept = I have it. Our team sees it as soon as they are here, and answers you here.
paysupport-request =
    <b>Help with a payment</b>
    { $name } (<code>{ $user }</code>) writes:
    <blockquote>{ $text }</blockquote>
    Paid orders:
    { $orders }
    Answer: <code>/reply { $user } </code>your words. Refund: <code>/refund </code>order
paysupport-reply =
    <b>About your payment</b>
    { $text }
terms =
    <b>Terms, in short</b>
    • Courses, books and episodes are sold in Telegram Stars and delivered in this chat at once, as text.
    • A paid seat is kept for you at once, and its card says how to take part. I remind you a day and an hour before.
    • What can't be delivered is refunded in full. Seats can be cancelled in /my before the event begins; what you paid for a seat is then refunded.
    • Answers come from our courses. They don't replace a workshop: have brakes, airbags, high voltage and fuel checked by professionals.
    • Help with payments: /paysupport. Your data: /privacy

## Settings

language = Which language shall I use?
language-auto = As in Telegram
language-set = I'll speak English.
help =
    Ask me anything about cars, in your own words.

    /new — a new subject: earlier questions no longer count
    /recommend — what fits you
    /catalog — courses, books, episodes, events
    /find — the same by words
    /events — what is coming up
    /my — what you bought, booked and marked
    /favourites — what you marked with ♥
    /coupon — coupons: their rules, and yours
    /join — membership: courses by the month
    /quiz — a car quiz; /leaderboard — its best of the week
    /settings — how messages look, language
    /language — 中文 / English
    /privacy — your data and choices
    /profile — what I take you for, and corrections
    /paysupport — help with a payment
    /terms — terms
help-editor =
    <b>Content team</b>
    Send me a file to add it to the knowledge base: Markdown, HTML, PDF, Word, EPUB, subtitles, text, or a CSV of questions and answers.
    Reply to a question that I pass on to you, and your words go to whoever asked.
    /documents — the documents of the knowledge base: open, remove, bring back
    /reindex — rebuild the index beside the live one
    /gaps — what was not answered well
help-marketer =
    <b>Marketing</b>
    /campaign — plan an invite: audience, wordings, check, preview, submit
    /brand — how people speak of each brand
help-admin =
    <b>Admins</b>
    /broadcast — invite people to an item
    /campaigns — what became of broadcasts, and whose invite is in doubt
    /stats — users, questions, clicks, bookings
    /segments — groups of people, by interest
    /role — /role ID user, editor, marketer or admin
    /refund — /refund ORDER
    /reply — /reply ID words: answers a /paysupport message
unknown-command = I don't know this command. /help lists what I can do.
privacy =
    <b>Your data and choices</b>
    Personal suggestions: { $personalisation ->
        [on] on
        [off] off
       *[unset] not chosen yet
    }
    Invites to events: { $invites ->
        [on] on
       *[off] off
    }
    I hold { $signals ->
        [one] 1 note
       *[other] { $signals } notes
    } of what you did here, and { $questions ->
        [one] 1 question
       *[other] { $questions } questions
    }. With personal suggestions on, I also keep the lists that I showed you.
privacy-personalisation-on = Turn personal suggestions on
privacy-personalisation-off = Turn personal suggestions off
privacy-invites-on = Turn invites on
privacy-invites-off = Turn invites off
privacy-preferences = Change my interests
privacy-export = Get a copy of my data
privacy-delete = Delete everything
privacy-delete-sure =
    This deletes your questions, choices, favourites, coupons and bookings for good. What you bought can't be opened any more, and isn't paid back. That something was paid stays in the books, with nothing that says it was you. Are you sure?
privacy-delete-lost =
    You lose:
    { $titles }
privacy-delete-yes = Yes, delete everything
privacy-keep = No, keep it
privacy-deleted = Everything is deleted. If you write again, we begin anew.
privacy-export-caption = All that we hold about you, as JSON.
error = Sorry, that went wrong on our side. Please try again. (No. { $update })

update-put-aside = While I was working on what you sent, I stopped. I have put it aside and won't try it again; please send it in another way, or ask the team. (No. { $update })

## Admins and content team

update-unreadable = ⚠️ Telegram sends something that this version can't read: <code>{ $field }</code> (first in update { $update }). Such updates are kept unanswered; a newer version of aiogram may read them. This is told once.
update-ended-process = ⚠️ Update { $update } (<code>{ $kind }</code>) ended the bot's process. It is put aside and won't be tried again.
damaged-index = ⚠️ The live index can't be used (<code>{ $reason }</code>). The last good one answers instead; if there is none, nothing does. Make it anew with /reindex or <code>chezhi kb index</code>.
damaged-model = ⚠️ The live recommender can't be used (<code>{ $reason }</code>). The last good one serves instead; if there is none, content and popularity do. Make it anew with <code>chezhi train</code>.

broadcast-item = <b>New broadcast.</b> What do you want to invite people to? (page { $page } of { $pages })
broadcast-segment = <b>{ $title }</b>
    Whom do you want to invite?
segment-all = Everyone who agreed
segment-car-owns = Car owners
segment-car-plans = Planning to buy
segment-topic = Interest: { $topic }
segment-city = City: { $city }
broadcast-preview = <b>Preview</b> — this is what { $count ->
    [one] 1 person
   *[other] { $count } people
} will get ({ $segment }):
broadcast-large = <i>Counted { $when }. Whoever has it already, or was invited to it lately, is left out when it is sent.</i>
broadcast-ready = This is how { $count } will see it. Send it now?
broadcast-send = Send to { $count }
broadcast-cancel = Cancel
broadcast-pause = Pause
broadcast-stop = Stop
broadcast-resume = Resume
broadcast-discarded = Discarded. Nobody was written to.
broadcast-nobody = Nobody in this segment may be invited at the moment.
broadcast-not-offered = This is no longer on offer, has begun or is full, so nobody can be invited to it. Choose another: /broadcast
broadcast-old = This preview is more than a day old, and its audience may have changed. Begin again: /broadcast
broadcast-ended = No longer on offer, begun or full: the others are not invited.
invite-preview = This is the preview. Whoever is invited and taps here gets no more invites.
broadcast-empty = This preview names nobody: an older version made it, or all whom it named are gone. Nothing was sent. Begin again: /broadcast
broadcast-launched = Already launched.
broadcast-submitted = Submitted. It is sent as soon as another admin approves.
broadcast-waiting = It waits for another admin's approval.
broadcast-progress =
    <b>Broadcast { $campaign }</b> · { $status }
    { $bar } { $done } of { $total }
    sent { $sent } · blocked { $blocked } · failed { $failed } · unknown { $unknown } · skipped { $skipped }
broadcast-held = held out: { $held }, who get nothing
broadcast-waits = { $count } wait ({ $reason ->
    [quiet] it is night where they live
   *[cap] they had enough invites this week
}), the first until { $until }
broadcast-list = { $planned ->
    [yes] /campaign
   *[no] /campaigns
}
broadcast-ended-itself = <b>Broadcast { $campaign }</b> has ended by itself: what it invites to is full, over or off sale. { $left ->
    [0] Nobody was left to write to.
    [one] One person was not written to.
   *[other] { $left } people were not written to.
} { broadcast-list }
broadcast-budget-spent = <b>Broadcast { $campaign }</b> has paused itself: its budget is spent. Who is left was not written to; stop it in { broadcast-list }.
broadcast-paused-itself = <b>Broadcast { $campaign }</b> has paused itself: { $failed } of the last { $of } messages did not arrive. Find out why, then press Resume. { broadcast-list }
campaigns = <b>The last broadcasts</b>
campaigns-line = { $campaign } · { $title } · { $status }: sent { $sent } of { $total }{ $unknown ->
    [0] {""}
   *[other] , in doubt { $unknown }
}
campaigns-none = There was no broadcast yet. /broadcast
broadcast-doubtful = In doubt: { $count }
doubtful =
    <b>Broadcast { $campaign } · { $title }</b>
    These { $count } may have the invite or not: the line was cut as it was sent, a gateway answered in Telegram's place, or the bot was stopped. Other failures are tried again by themselves. (page { $page } of { $pages })
doubtful-none = Nobody is in doubt any more in this broadcast.
doubtful-over = This broadcast was stopped, so it can't be sent again.
doubtful-running = When it is done or paused, you may send it to them again.
doubtful-ask = Send to them again
doubtful-sure = ⚠️ Send it again to these { $count }? <b>Some of them may have it and will get it twice.</b> Whoever opted out, blocked the bot or has the item is left out.
doubtful-send = I know: send to { $count } again
doubtful-back = Back
doubtful-queued = Queued once more for { $count }. How it goes: /campaigns
doubtful-queued-paused = Queued once more for { $count }; the broadcast is paused and sends when you resume it. How it goes: /campaigns
doubtful-old = That was done before, or the broadcast is being sent. Look again: /campaigns
broadcast-status-sending = sending
broadcast-status-paused = paused
broadcast-status-done = done
broadcast-status-cancelled = cancelled
invite =
    { $card }

    <i>{ invite-why }</i>
invite-why = You get this because you agreed to invites.
invite-open = Show me
invite-stop = No more invites
invite-stopped = All right, no more invites. /privacy turns them on again.
stats =
    <b>Last { $days } days</b> (in all)
    Users: { $new } new ({ $users })
    Questions: { $questions }, of which refused { $refused }
    Sources opened: { $opened }
    Items viewed: { $viewed } · liked { $liked }
    Bookings: { $booked } · cancelled { $cancelled }
    Purchases: { $sold }, ⭐{"\u00A0"}{ $stars } (elsewhere: { $elsewhere })
    Invites sent: { $invited } · opened { $invite_opened } · opted out { $opted_out }
counted-at = <i>Counted { $when }; a new count is under way when this is old.</i>
role-usage = Use: /role ID user, editor, marketer or admin; for a dealer: /role ID dealer NAME of the dealership
role-set = { $id } is now { $role }.
role-unknown = I have never met { $id }: they have to write to me first.
role-owner = { $id } is an admin by the setting CHEZHI_OWNER_IDS; change it there.
refund-usage = Use: /refund ORDER
reply-usage = Use: /reply ID your words, to someone who has written to me
reply-failed = It was not sent: { $reason }
reply-sent = Sent.
refund-done = Refunded ⭐{"\u00A0"}{ $stars } to { $user }.
refund-impossible = There is no paid order with this number.
document-added = “{ $title }”: { $outcome ->
    [new] added, now indexing…
    [changed] updated, now indexing…
   *[unchanged] unchanged.
}
document-wrong = { $name } was not added: { $reason }
document-reading = ⏳ Reading { $name }: { $seconds } s so far …
document-too-big = { $name } is over 20 MB, more than Telegram lets a bot fetch. Split it, or use “chezhi kb add”.
document-kinds = The knowledge base takes documents: send one as a file ({ $kinds }).
documents = 📚 { $count ->
    [one] 1 document
   *[other] { $count } documents
} in the knowledge base, page { $page } of { $pages }:
documents-none = There is no document yet. Send me a file to add one.
document-card =
    <b>{ $title }</b>
    id: { $id }
    File: { $name }, { $kilobytes } KB
    Added: { $added }
    { $state ->
        [live] In the index: { $passages } passages
        [removed] Removed
       *[waiting] Not in the live index yet
    }
document-file = 📄 File
document-remove = 🗑 Remove
document-undo = ↩️ Undo
document-open = 🔎 Open
document-list = ‹ List
document-removed = 🗑 “{ $title }” is removed; the index is built anew…
document-restored = ↩️ “{ $title }” is back; the index is built anew…
document-done-before = That has been done already.
document-gone = This document is gone.
index-progress = { $bar } { $done } of { $total } passages
index-done = ✅ Index { $version } is live: { $documents } documents, { $chunks } passages, { $seconds } s.
index-unchanged = ✅ Nothing has changed: index { $version } stays live.
index-running = An index is being built already. I'll be ready when that is done.
index-failed = The index was not built: { $reason } The last one stays live.
index-held = ⚠️ Index { $version } is built but not live: it does worse on the golden questions than the live one, which stays. { $documents } documents, { $chunks } passages, { $seconds } s.
index-publish = Publish anyway
index-published = ✅ Index { $version } is live.
index-newer = A newer index is live by now, so this one isn't needed.
index-gone = This index is gone. /reindex builds one anew.
quality = 📏 { $questions } golden questions (live index → new one)
quality-recall-1 = right document first
quality-recall-5 = right document in the first five
quality-mrr-10 = MRR@10
quality-answered = answered from a right document
quality-refused = refused as they should be
quality-broke = Came off worse ({ $count }):
quality-mended = Came off better ({ $count }):
gaps = 🕳 What was not answered well in the last { $days } days, { $groups } kinds (only questions that people let me keep, without personal data), page { $page } of { $pages }:
gaps-words = 🔤 Words that people ask with and no lesson has, maybe for synonyms.yaml (please judge):
gaps-word = · { $word } → { $like }?
gaps-none = Nothing was answered badly in the last { $days } days.
gap = <b>{ $number }. { $count } ×</b>, people: { $people }. Refused { $refused } (nearly answered { $nearly }), rated down { $down }, weak { $weak }
gap-answer = ✍️ Answer { $number } now
gap-write = Reply to this message with the answer. It becomes a document, and the index is built anew.
gap-gone = This one has been answered, or is gone.

## The report on a document: what is wrong, and what to do

note-broken = This { $kind } file is damaged, or no real { $kind } file. Export it anew.
note-cues = { $count ->
    [one] 1 caption has a time that can't be read and was left out.
   *[other] { $count } captions have times that can't be read and were left out.
}
note-encoding = The text is neither UTF-8 nor GB18030 nor Big5. Save it as UTF-8.
note-faq-columns = The first row must name the columns “question” and “answer” (问题, 答案); it has: { $found }
note-faq-left-out = { $count ->
    [one] 1 row has no question or no answer and was left out
   *[other] { $count } rows have no question or no answer and were left out
}: { $rows }.
note-faq-row = A quotation mark near row { $row } has no partner. Correct it and add the file again.
note-front-matter = The block between --- at the top is not valid YAML: { $reason }
note-hidden = { $count ->
    [one] 1 hidden passage, which readers don't see, was left out.
   *[other] { $count } hidden passages, which readers don't see, were left out.
}
note-id-long = The id is over { $limit } characters. Give it a shorter id at the top.
note-kind = I can't read { $suffix } files. I read { $kinds }
note-label = What is said about the file (caption, or NAME.yaml beside it) must be lines such as “course: course-tyres-brakes”. Names that I know: { $names }
note-language = language is “{ $said }”; it is zh or en.
note-locked = The file is locked with a password or copy protection. Take that off and add it again.
note-lost-characters = { $count ->
    [one] 1 character was
   *[other] { $count } characters were
} lost in an earlier conversion (�). Export the file anew from its source.
note-name-long = The file's name is over { $limit } characters. Shorten it.
note-no-text = There is no text in it.
note-not-text = This is not a text file. Save it as UTF-8 text.
note-old-word = This is an old .doc file, or has a password. Save it as .docx without one.
note-parts = { $count ->
    [one] 1 part can't be read and was
   *[other] { $count } parts can't be read and were
} left out: { $names }. The others went in.
note-pictures = { $count ->
    [one] It has 1 picture; text in it
   *[other] It has { $count } pictures; text in them
} is not read.
note-read-as = Read as { $encoding }. If you see garbled text, save it as UTF-8.
note-replaces = It takes the place of { $name }, which has the same id.
note-same-id = It has the same id as { $other }: “{ $id }”. Put another id at its top, or rename it.
note-scanned = It has only scans without text ({ $count ->
    [one] 1 page
   *[other] { $count } pages
}). Run text recognition (OCR) first.
note-scans = { $count ->
    [one] Page { $pages } is a scan without text and was
   *[other] Pages { $pages } are scans without text and were
} left out. Run text recognition (OCR) first.
note-too-big = It is over { $limit } MB. Split it.
note-too-heavy = Reading it failed: it is damaged, or takes over { $megabytes } MB of memory. Export it anew or split it.
note-too-many = It has over { $limit } paragraphs or rows. Split it.
note-too-long = It has over { $limit } million characters. Split it.
note-too-slow = Reading it took over { $seconds } s, so I gave up. Split it or export it anew.
note-unpacked = It unpacks to over { $limit } MB. Make its pictures smaller, or split it.
note-unread = Some of it can't be read and was left out: { $names }
note-unreadable = It can't be opened: { $reason }
note-watermarks = { $count ->
    [one] The watermark on page { $pages } was left out.
   *[other] Watermarks on pages { $pages } were left out.
}

## Profiles and segments

profile-none = I keep no profile of you, since you have not agreed to personal suggestions. /privacy changes that.
profile-empty = There is not enough yet for a profile: ask, look around, book.
profile =
    <b>Your profile</b>, as it follows from what you did here:
    Group: { $group }
    Interests: { $tags }
profile-rejected = Not you: { $tags }
profile-instead = { $tag } → { $instead }
profile-how = Tap what is wrong. It counts from then on, in suggestions too. All your data: /privacy
profile-no-group = none
profile-no-tags = none yet
profile-group-button = Group: { $group }
profile-edit = <b>{ $tag }</b>: what is right?
profile-list = <b>{ $tag }</b>: what is right instead?
profile-drop = ✖ Not me: take it away
profile-swap = ✎ Something else instead
profile-restore = ↩ { $tag }
profile-placed = the group I put you in
profile-noted = Noted. It counts from now on.
segment-mixed = a bit of everything
segments-wait = Grouping people…
segments-little = There are no segments yet: { $reason }
segments-scale = percentage points above or below all users
segments-title = <b>{ $count } segments</b> of { $users } people who agreed
segment-line = <b>{ $id }. { $name }</b>: { $size } ({ $share } %)
segment-tags = { $tags }
segments-how = <i>Silhouette { $silhouette }, stability { $stability }. Made anew by: chezhi profiles</i>

brand-title = <b>How people speak of brands</b>: the last { $weeks } whole weeks, questions of people who agreed alone
brand-line =
    <b>{ $brand }</b>: last week { $people } of { $asked } people who asked spoke of it
    😊 { $positive } · 😐 { $neutral } · 😟 { $negative }, { $all } questions in all these weeks
brand-turned = ⚠️ { $kind ->
    [more] Suddenly more people speak of it: { $now }, where the four weeks before would have { $usual }
    [fewer] Suddenly fewer people speak of it: { $now }, where the four weeks before would have { $usual }
    [worse] Suddenly more speak ill of it: { $now } of { $of }, where the four weeks before would have { $usual }
   *[better] Suddenly fewer speak ill of it: { $now } of { $of }, where the four weeks before would have { $usual }
 }
brand-example = · “{ $text }” ({ $people } people, { $feeling })
brand-feeling-positive = pleased
brand-feeling-neutral = neutral
brand-feeling-negative = displeased
brand-axis = questions a week, by the Monday of each
brand-none = No brand has a rule book yet: chezhi brand import FILE
brand-busy = Many people are asking just now. Please look again in a while.
brand-turn =
    📈 <b>{ $brand }</b>: last week { $kind ->
    [more] suddenly more people spoke of it: { $now }, where the four weeks before would have { $usual }
    [fewer] suddenly fewer people spoke of it: { $now }, where the four weeks before would have { $usual }
    [worse] suddenly more spoke ill of it: { $now } of { $of }, where the four weeks before would have { $usual }
   *[better] suddenly fewer spoke ill of it: { $now } of { $of }, where the four weeks before would have { $usual }
 }. More: /brand
habit-asked = asks
habit-looked = looks around
habit-liked = likes
habit-took = buys and books
habit-finished = sees things through
habit-lately = here lately

## Commands menu

command-new = A new subject
command-recommend = What fits you
command-catalog = Courses, books, episodes, events
command-events = What is coming up
command-my = What you bought and booked
command-join = Membership
command-help = What I can do
command-language = 中文 / English
command-settings = Settings: how messages look, language
command-privacy = Your data and choices
command-terms = Terms
command-paysupport = Help with a payment
command-campaign = Plan, approve and send campaigns
command-broadcast = Invite people to an item
command-report = What a campaign changed
command-campaigns = What became of broadcasts
command-plan = Propose what to invite whom to
command-stats = Users, questions, clicks, bookings
command-reindex = Rebuild the knowledge index
command-documents = Documents of the knowledge base
command-gaps = What was not answered well
command-profile = What I take you for
command-segments = Groups of people
command-brand = How people speak of brands

## What is no question

intent-greeting = Hello! I'm Chezhi. Ask me anything about cars, for example “{ onboard-example-2 }” /help lists what else I can do.
intent-thanks = You're welcome! Ask me whenever there is something about cars.
intent-about-bot =
    I'm <b>Chezhi</b>, a chat bot. You ask about cars, and I look in our courses for the answer and name the source of each sentence. Where I'm not sure I say so, and a person of our content team can answer instead.
    /catalog has courses, books and events, /recommend what may suit you, /help all the rest.
intent-abuse = { answer-abusive }
intent-distress-accident =
    <b>People first, the car doesn't matter.</b>
    • Get out if you can, behind the barrier or upwind; never go back to a burning or smoking car.
    • In China call <b>119</b> for fire or if you are trapped, <b>120</b> for the injured, <b>122</b> for an accident, <b>12122</b> for rescue on a motorway; elsewhere your emergency number, such as 112 or 911.
    • In water: seat belt off, window open at once, out through the window; children first.
    • Brakes gone: hold the wheel, change down step by step, pull the parking brake in short pulls, scrape along the barrier to slow down.
intent-distress-despair =
    I'm worried to read this. I'm only a chat bot, but there are people who will listen to you right now:
    • In China the support line <b>12356</b>, day and night; elsewhere your local line, such as 988 in the US or 116 123 in the UK and the EU
    • In danger call <b>120</b>, <b>110</b>, 112 or 911
    If you are driving, please stop somewhere safe first. And please tell someone you trust.
intent-wish-test-drive = These test drives are open:
intent-wish-events = You can take part in these:
wish-none = { $type }: there is none at the moment. This is what there is:
wish-audio = There are no sound files. Episodes are texts that you read here:
wish-reminder = I remind you of what you booked a day and an hour before; the dates are in /my. You can take part in these:
intent-wish-courses = Each has its price beside it; tap one for its details:
intent-wish-recommend = What may suit you: /recommend
intent-wish-refund =
    <b>Refunds</b>
    • Before an event begins, open it in /my and cancel your seat; Stars that you paid go back.
    • For any other payment write what happened after /paysupport, for example <code>/paysupport the course won't open</code>. Our team answers within two working days.
intent-wish-cancel = Open what you want to cancel; Stars that you paid for it go back:
intent-wish-person = People of our content team answer questions about cars: send me the question, then tap “{ ask-a-person }” below my answer, and theirs comes here. For payments use /paysupport.
intent-wish-discounts = Coupons take something off, and each tells its rule: /coupon. Without one everybody pays the same. What is free is marked “{ price-free }” in each list:
ask-a-person-last = 🙋 Hand my last question to a person
nothing-in-city = Nothing in { $city } at the moment; in other cities there is:

## Learning: lessons, quizzes, certificates

button-go-on = ▶ Go on where I stopped
button-go-on-course = ▶ { $title } · { $read }/{ $lessons }
button-quiz = 📝 Quiz: { $questions ->
    [one] one question
   *[other] { $questions } questions
    }
button-certificate = 🎓 Certificate
course-completed =
    🎉 You have read { $lessons ->
        [one] the one lesson
       *[other] all { $lessons } lessons
    } of this course. Would you like a certificate?
quiz-question = <b>{ $number }/{ $questions } · { $question }</b>
quiz-source = <i>{ $title } · { $place }</i>
quiz-right = ✅ Right! One point
quiz-wrong = ❌ Not quite
quiz-again = Only the first answer counts
quiz-next = Next question ›
quiz-gone = This question isn't there any more. Please open the lesson again.
certificate-heading = Certificate
certificate-did = has read { $lessons ->
        [one] the one lesson
       *[other] all { $lessons } lessons
    } of the course
certificate-on = on { $date }
certificate-issuer = 车知 Chezhi
certificate-code = Verification code { $code }
certificate-ask-name = Which name should stand on it? Please send it as one message, in letters or Chinese characters. I keep it for your next certificates. /new if you'd rather not.
certificate-bad-name = This can't stand on a certificate: a name has letters (Latin or Chinese), spaces, dots or hyphens, and { $most } characters at most. Please send it again.
certificate-caption =
    🎓 <b>{ $title }</b>
    Verification code: <code>{ $code }</code>
    Whoever has the code, or scans the QR code, sees the course, the date and the initials “{ $initials }”; your whole name only if you agree below.
    { $link }
certificate-show = 👁 Show my whole name to who checks
certificate-hide = 🙈 Show only my initials
certificate-rename = ✏️ Another name
certificate-shown = Whoever checks it sees your whole name now
certificate-hidden = Whoever checks it sees only your initials now
certificate-unfinished = There are lessons that you didn't open yet. The certificate is for the whole course.
certificate-not-owned = This course isn't open to you, so there is no certificate of it.
certificate-unknown = No certificate has this code. Please check each letter; one that was deleted is here no more.
certificate-valid =
    ✅ <b>A valid certificate</b>
    { $name } has read the whole course “{ $title }”.
    Issued { $date }
certificate-revoked =
    ❌ <b>Not valid any more</b>
    The certificate of { $name } for “{ $title }”, issued { $date }, was revoked.

## Prize draws

button-draw-about = 🎲 Rules and proof
draw-rules =
    🎁 <b>{ $title }</b>
    { $prizes }

    { $rules }

    Entries until { $until }, { $entries } so far. Winners have { $hours ->
        [one] an hour
       *[other] { $hours } hours
    } to claim; then the next in the order is offered the prize.
draw-prize = • { $count } × { $prize }
draw-cities = Only for people in: { $cities }
draw-commitment = The seed of the draw is fixed already. Its SHA-256: <code>{ $hash }</code>
draw-list = Entries are closed. SHA-256 of the list of tickets: <code>{ $hash }</code>
draw-seed = It is drawn. The seed: <code>{ $seed }</code>
draw-ticket = Your ticket: <code>{ $ticket }</code>
draw-accept = ✅ I accept the rules and take part
draw-file = 📄 File that proves it
draw-file-caption = What is published of this draw by now. Anybody can check it with “chezhi draw verify FILE”; it names nobody, only tickets.
draw-entered = You are in. Good luck!
draw-already = You are in already
draw-closed = Entries are closed.
draw-begun = Entries are closed.
draw-full = No place is left in this draw.
draw-city = This draw is only for people of some cities, see its rules. /privacy → { privacy-preferences } changes your city.
draw-gone = This draw is no longer on offer.
draw-nothing = There is nothing to prove here: no such draw is open.
draw-unopened = The rules of this draw aren't out yet, so nobody can enter it.
draw-rules-out =
    🎲 <b>{ $title }</b>
    This draw has rules now, which it hadn't when you entered. That entry doesn't count any more: to take part, read and accept them by { $until }.
draw-frozen =
    🎲 <b>{ $title }</b>
    Entries are closed: { $entries } tickets, yours is <code>{ $ticket }</code>.
    SHA-256 of the sorted list: <code>{ $hash }</code>
    Keep it: winners follow from it and from the seed, which is shown later.
draw-lost =
    🎲 <b>{ $title }</b> is drawn. Your ticket <code>{ $ticket }</code> was not among the first this time. Should a prize come back that is due to you, you hear of it.
    The seed: <code>{ $seed }</code>
draw-won =
    🎉 <b>{ $title }</b>
    Your ticket <code>{ $ticket }</code> won: <b>{ $prize }</b>!
    Please claim it until { $until }; after that it goes to the next.
draw-claim = 🎁 I take it
draw-decline = No, thanks: to the next
draw-claimed = It's yours!
draw-again = You claimed it already
draw-declined = All right, it goes to the next
draw-late = The time to claim it is over, or you had answered already.
draw-none = No prize of this draw is offered to you.
draw-code = 🎁 Your code: <code>{ $code }</code>
draw-handed-over = 🎁 Our team knows, and will write to you about handing it over.
draw-handover =
    🎁 A prize of the draw { $draw } was claimed: { $prize }
    By { $name } ({ $user }), ticket { $ticket }. Please write to them: /reply { $user } …

## Times, holds, the line, reminders, tickets (slots)

button-times = Choose a time
button-booking = 🎫 My booking
button-wait = Tell me when a seat is free
button-unwait = Leave the waiting list
button-confirm = ✅ Confirm
button-let-go = ‹ Another time
button-ticket = 🎫 Ticket
button-calendar = 🗓 Calendar file
button-map = 📍 Map
button-move = 🔁 Another time
button-accept = ✅ Take the seat
button-decline = No, thank you
when-zoned = { $when } ({ $offset })
when-both = { $own }; in China { $there }
times =
    <b>{ $title }</b>
    Which time suits you? Page { $page } of { $pages }.
times-move =
    <b>{ $title }</b>
    Which time instead? Your seat stays yours until you have the new one. Page { $page } of { $pages }.
times-none =
    <b>{ $title }</b>
    There is no time to choose just now.
slot-own = yours
slot-full = This time is full just now.
slot-moved = Moved: you have the new time.
hold-card = ⏳ Kept for you until { $until }: <b>{ $title }</b>
hold-gone = This seat is no longer kept for you. Please choose a time again.
let-go = The seat is free again.
booking-held = ⏳ Kept for you: <b>{ $title }</b>
booking-booked = ✅ You are booked: <b>{ $title }</b>
booking-attended = 🏁 You were there: <b>{ $title }</b>
booking-no_show = You were missed: <b>{ $title }</b>
booking-cancelled = Cancelled: <b>{ $title }</b>
reminders-both = 🔔 I remind you a day and an hour before.
reminders-hour = 🔔 I remind you an hour before.
reminders-none = It starts within the hour.
my-booking = 🎫 { $title } · { $when }
my-waiting = ⏳ { $title } · number { $number } in line
my-offer = ❗ { $title } · a seat is kept for you until { $until }
wait-joined = You are number { $number } in line. As soon as a seat is free, I keep it for you and write.
wait-already = You are in the line already.
wait-booked = You have a seat there.
wait-room = There is a seat: you can book it.
wait-left = You are out of the line.
wait-gone = This seat is no longer kept for you.
seat-offered =
    🎉 A seat is free: <b>{ $title }</b>
    { $lines }
    I keep it for you until { $until }.
offer-lapsed = The seat that I kept for you for “{ $title }” went to the next in line.
line-closed = “{ $title }” ({ $when }), which you were waiting for, is called off; you are not in line any more. We are sorry.
reminder =
    🔔 In { $left }: <b>{ $title }</b>
    { $lines }
left-days = { $days ->
    [one] 1 day
   *[other] { $days } days
}
left-hours = { $hours ->
    [one] 1 hour
   *[other] { $hours } hours
}{ $minutes ->
    [0] {""}
    [one] {" "}1 minute
   *[other] {" "}{ $minutes } minutes
}
left-minutes = { $minutes ->
    [one] 1 minute
   *[other] { $minutes } minutes
}
event-changed =
    ❗ A change to <b>{ $title }</b>, which you booked:
    { $lines }
    If it doesn't suit you any more, you can cancel below.
changed-when = 🗓 { $old } → <b>{ $new }</b>
changed-where = 📍 { $old } → <b>{ $new }</b>
event-cancelled =
    ❗ <b>{ $title }</b> does not take place.
    { $lines }
    Your booking is cancelled; what you paid for it goes back to you. We are sorry.
how-was-it = 🏁 Thank you for coming: <b>{ $title }</b>. How was it?
rated = Thank you for the { $stars } ★.
not-rated = There is nothing of yours to rate.
ticket =
    🎫 <b>{ $title }</b>
    { $lines }
    Show this code at the entrance. Who can't scan it types: <code>/checkin { $code }</code>
ticket-none = There is no ticket for this.
calendar-sent = For your calendar. After a change, open the file from here again.
absent-events = <b>Who didn't come?</b> What began in the last two days:
absent-no-events = Nothing that began in the last two days has anybody left to mark as not come.
absent-event = { $title } · { $when } · { $count } not here
absent-list = <b>{ $title }</b>, { $when }. Not let in yet: { $count }. Who didn't come?
absent-guest = 👤 { $name }
absent-all = 🚫 All { $count } didn't come
absent-back = ‹ Events
absent-ask-one = Mark { $name } as not come?
absent-ask-all = { $count ->
    [one] Mark the one who is left as not come?
   *[other] Mark all { $count } who are left as not come?
 }
absent-mark = Yes, mark
absent-keep = No, go back
absent-marked = Marked as not come: { $count }
check-in-usage = Please write the code of the ticket: /checkin CODE, or /noshow CODE for who didn't come.
check-in-attended = ✅ { $name }, { $title }, { $when }
check-in-already = ☑️ Let in already: { $name }, { $title }, { $when }
check-in-wrong_day = ❗ Another day: { $name }, { $title }, { $when }
check-in-not_begun = ❗ It has not begun, so nobody is absent yet: { $name }, { $title }, { $when }
check-in-cancelled = ❗ Cancelled: { $name }, { $title }, { $when }
check-in-unknown = ❗ No ticket has this code.
check-in-no_show = Marked as not come: { $name }, { $title }, { $when }
check-in-refused = This code is for the staff at the entrance. Your own tickets are in /my.
zone = Your time zone: { $zone }, now { $now }. I tell times by it. Choose below, or write for example /zone Europe/Paris.
zone-set = Your time zone is { $zone }; it is { $now } there.
zone-unknown = I don't know this time zone. Please write it as Region/City, for example /zone Europe/Paris.
zone-auto = By my city
command-checkin = Let somebody in by the code of their ticket

## The car quiz

wish-quiz = There is a car quiz: /quiz asks you, /leaderboard has the best of the week.
button-play = 🎮 Play
quiz-private = The quiz is played in my own chat: send me /quiz there.
quiz-later = I can't make a question just now. Please try again in a moment.
quiz-none = There is no question left that you didn't answer. New ones come with new lessons.
quiz-explanation = 📖 { $title } · { $place }
quiz-points = Your points this week: { $points }
button-leaderboard = 🏆 Leaderboard
leaderboard = 🏆 <b>The best of this week</b>
leaderboard-line = { $place } { $name } · { $points }
leaderboard-empty = Nobody is on it yet this week.
leaderboard-as = You are on it as <b>{ $name }</b>
leaderboard-off = You are not on it: nobody sees your points.
leaderboard-join = Put me on it
leaderboard-leave = Take me off it
leaderboard-ask-name = Under which name? Everybody sees it. Please send it as one message of at most { $most } characters. /new if you'd rather not.
leaderboard-bad-name = That can't stand there: letters, digits and spaces, { $most } at most, and no links. Please send another one.
command-quiz = A car quiz
command-leaderboard = The best of this week's quiz

## Coupons

order-card-coupon =
    🧾 <b>{ $title }</b>
    Order { $order }
    Price ⭐{"\u00A0"}{ $list } · coupon { $code }: less ⭐{"\u00A0"}{ $off }
    To pay: ⭐{"\u00A0"}{ $stars }
    Please pay below. What you buy appears here.
order-card-free =
    🧾 <b>{ $title }</b>
    Order { $order }
    Price ⭐{"\u00A0"}{ $list } · coupon { $code }: less ⭐{"\u00A0"}{ $off }
    To pay: nothing. What is yours appears here.
order-coupon = The coupon of this order can't be used any more. Please open the item again.
invoice-coupon = Price ⭐{"\u00A0"}{ $list }, coupon { $code } less ⭐{"\u00A0"}{ $off }.
coupon-thanks = It is yours by the coupon, with nothing to pay. You find it in the order above, and always in /my.
coupon-given-back = “{ $title }” is given back, and the coupon can be used again: /coupon
coupon-head = 🎟 <b>{ $title }</b> · <code>{ $code }</code>
coupon-cut-percent = −{ $amount }%
coupon-cut-stars = −⭐{"\u00A0"}{ $amount }
coupon-cut-free = free
coupon-takes-off = Off the price: { $cut }
coupon-for = For: { $what }
coupon-for-all = everything that is sold one by one
coupon-title = “{ $title }”
coupon-or = {" or "}
coupon-and = {" · and only "}
coupon-more = { $count } more
coupon-everybody = Whoever has the code may use it.
coupon-listed = Only people to whom it was given may use it.
coupon-per-person = { $count ->
    [one] Once a person
   *[other] { $count } times a person
 }
coupon-total = { $left } of { $total } left
coupon-from = From { $when }
coupon-until = Until { $when }
coupon-fair = This is the whole rule. Nothing that is known of you makes a price higher or lower. Memberships have no coupons.
coupon-is-kept = ✓ Kept. It is used by itself when you buy something that it is for.
coupon-kept = Kept for what you buy.
coupon-dropped = Put away. /coupon with the code brings it back.
coupon-unknown = There is no coupon { $code }. Please look whether the code is right.
coupon-none =
    You keep no coupon just now. To see what one does, and to keep it, send its code:
    /coupon CODE
coupon-usage = Your coupons. To see what another one does, send /coupon CODE.
coupon-state-early = It can't be used yet; keep it until then.
coupon-state-over = It has run out.
coupon-state-off = It isn't given any more.
coupon-state-used_up = All of its uses are taken just now.
coupon-state-yours_used = You have used it as often as a person may.
coupon-state-others = It was given to others: you can't use it.
button-coupon = 🎟 { $title } · { $cut }
button-coupon-keep = 🎟 Keep it for what I buy
button-coupon-drop = Put it away
button-coupon-rule = 🎟 The coupon's rule
command-coupon = Coupons: what one does, and which you keep

## What a person has

my-courses = 📚 <b>Courses, books, episodes</b>: { $count }
my-events = 📅 <b>Bookings</b>: { $count }
my-coupons = 🎟 <b>Coupons</b>: { $count }
my-favourites = ♥ <b>Favourites</b>: { $count }
favourites = ♥ <b>Favourites</b>, page { $page } of { $pages }
favourites-empty = No favourites yet. Tap ♡ on a card: /catalog
favourite-marked = ♥ In your favourites: /favourites
favourite-unmarked = No longer in your favourites.
favourite-full = You have 500 favourites; please take one off first: /favourites
button-favourite = ♡ Save
button-favourite-off = ♥ Saved
button-favourites = ♥ All favourites
command-favourites = What you marked with ♥

## Filters of the catalogue

button-filter = 🎛 Filter
button-find = 🔎 Search
browse-head = 🎛 { $filters }
browse-all = All that is on offer
browse-found = { $count ->
    [one] { $count } thing
   *[other] { $count } things
 }, page { $page } of { $pages }
browse-none = Nothing is all of this just now. Without one of them there is:
browse-nothing = Nothing is all of this just now.
browse-ask = Choose: { $facet }
browse-clear = ✕ Clear
browse-any = Any
browse-option = { $name } ({ $count })
browse-without = Without “{ $name }” ({ $count })
browse-type = Kind
browse-topic = Topic
browse-brand = Brand
browse-city = City
browse-when = When
browse-most = Price
browse-when-week = this week
browse-when-weekend = at the weekend
browse-when-month = this month
browse-up-to = up to ⭐{"\u00A0"}{ $stars }

## Search of the catalogue

find-usage = Send /find with a few words, such as: /find winter range
find-found = 🔎 <b>{ $words }</b>
find-near = 🔎 Nothing for “{ $words }”. What comes nearest:
find-nothing = 🔎 Nothing for “{ $words }”. All there is:
related = 🔗 What goes with it:
related-none = Nothing else goes with it just now.
button-near = 🔗 Similar
button-catalogue = 📋 The whole catalogue
inline-open = <a href="{ $url }">Open in the chat</a>
command-find = Search the catalogue by words

## A number handed to a dealer, and dealers' leads

lead-consent =
    <b>May { $dealer } call you?</b>
    You booked “{ $title }”. If you agree, I hand your <b>name and phone number</b> to <b>{ $dealer }</b>, to this dealer alone, only to contact you about this test drive and about buying a car. I keep them encrypted, and note whenever somebody looks at them.
    You can drive without it just as well. You can take it back at any time in /my or /privacy; the dealer stops seeing it at once.
    <i>Notice, version { $version }</i>
lead-agree = ✅ Agree, for this dealer
lead-decline = No, thanks
lead-declined = All right, nothing was handed over. Your booking stays as it is.
lead-how-to-share = Please tap “{ lead-share }” below: Telegram then sends me your own number. I don't take typed ones, as these may be somebody else's.
lead-share = 📱 Send my phone number
lead-cancel = Never mind
lead-handed = <b>{ $dealer }</b> has it now: { $name }, { $phone }. They will contact you.
lead-mine = 📇 <b>{ $dealer }</b> has your name and number (“{ $title }”)
lead-back = ↩ Take my number back from { $dealer }
lead-taken-back = Taken back: your name and number are deleted, and the dealer doesn't see them any more.
lead-taken-before = No dealer has your number.
lead-foreign = That is not your own number. Please tap “{ lead-share }”: I take only the sender's.
lead-invalid = I can't read this number and have not kept it. Please tap “{ lead-share }” again.
lead-typed = I don't take typed numbers, as these may be somebody else's. Please tap “{ lead-share }” below, or “{ lead-cancel }”.
number-not-kept = That looks like a phone number; I have not kept it. Please send me none. Ask me whenever there is something about cars.
lead-not-booked = You have not booked it, so there is nothing to hand over.
lead-already = This dealer has it already; to take it back, send /my
lead-locked = Numbers can't be kept just now, and nothing was handed over. Please try again later.
privacy-leads = 📇 Dealers who have my number
command-leads = People who want to hear from you
leads-none = There are no leads yet. I tell you when somebody books a test drive and agrees that you call.
leads = <b>Leads</b>: { $count } in all. Choose a state:
leads-page = <b>{ $state }</b>: { $count } (page { $page } of { $pages })
leads-all = ⬅ All states
lead-new = 📇 New lead #{ $lead }: somebody booked “{ $title }” and agrees that you call.
lead-untouched = ⏰ Lead #{ $lead } (“{ $title }”) has waited for a day, and nobody has marked it.
lead-open = Open
lead-opening = Lead #{ $lead } …
lead-gone = Lead #{ $lead } was taken back by its person.
lead-not-there = There is no such lead, or its person has taken it back.
lead-card =
    <b>Lead #{ $lead }</b> · { $title }
    { $name }
    <code>{ $phone }</code>
    Handed to you: { $when }
    State: <b>{ $state }</b>
lead-amount = Amount: ¥{ $amount }
lead-state-new = New
lead-state-reached = Reached
lead-state-came = Came
lead-state-drove = Drove
lead-state-offered = Offered
lead-state-ordered = Ordered
lead-state-lost = Lost
lead-undo = ↩ Undo that mark
lead-mark-marked = Noted
lead-mark-same = It is marked so already
lead-undone = Undone
lead-mark-late = That was over a minute ago; tap another state to change it.
lead-mark-gone = { lead-not-there }
lead-amount-ask = Lead #{ $lead } is ordered. For how much, in yuan? Send a number, such as 258000 or 25.8万.
lead-amount-skip = No amount
lead-amount-none = All right, no amount.
lead-amount-bad = I can't read this amount. Send a number, such as 258000 or 25.8万.
lead-amount-noted = Noted: ¥{ $amount }.
role-no-dealer = There is no dealership { $name }. There are: { $dealers }. New ones come with chezhi catalog import (dealers in the catalogue file).
help-dealer =
    <b>For dealers</b>
    /leads lists who wants to hear from you, by state; a tap marks one

## Signed links

command-link = Make a link that can be followed
link-usage = Use: /link ITEM NAME (the name may be left out), for example <code>/link drive-starlan-shanghai QR at the fair</code>
link-no-item = The catalogue has no { $item }.
link-made =
    <b>{ $name }</b> (link { $id })
    { $url }
    What came of it: chezhi links report
link-bad = This link is incomplete or was altered, so I can't open it. All there is: /catalog

report-title = 📊 <b>Campaign { $campaign }</b> · { $name }
report-title-all = 📊 <b>All campaigns together</b>
report-arms = Invited { $treated } · held back { $holdout } · held back from all campaigns { $global }
report-few = (few)
report-open = As of { $when }. What people do counts until { $until }.
report-closed = As of { $when }. Everybody's time is over.
report-mismatch-arms = ⚠️ <b>Don't trust the differences below.</b> Invited and held back people don't have the numbers that chance gives (p = { $p }): somebody got lost, or into the wrong group.
report-mismatch-variants = ⚠️ <b>Don't trust the comparison of wordings below.</b> They don't have the numbers of people that chance gives (p = { $p }).
report-funnel = What became of the invited
report-funnel-head = <b>What became of the invited</b>
report-step = { $step } { $count } ({ $share })
report-changes-holdout = <b>What it changed</b> (invited against held back)
report-changes-global = <b>What it changed</b> (invited against held back from all campaigns)
report-changes-none = <b>What it changed:</b> nothing can be told, since nobody did any of it yet, or the groups are too small.
report-no-control = <b>What it changed:</b> nobody was held back, so nobody knows what people would have done anyway. Plan the next one with a holdout.
report-line = • { $name }: { $first } against { $second }, { $difference } { $unit } ({ $low } to { $high }): { $verdict }
report-unit-share = points
report-unit-stars = Stars a person
report-unit-cny = CNY a person
report-verdict-more = <b>more</b>
report-verdict-less = <b>less</b>
report-inconclusive = inconclusive
report-inconclusive-needed = inconclusive; it would take about { $people } people more to show a difference of this size
report-detectable = Groups of this size show a rise of { $points } points or more ({ $outcome }) in four of five cases.
report-segments = <b>{ $outcome } by segment</b>
report-segment = segment { $segment }
report-segment-named = Group { $segment } ({ $tags })
report-segment-all = all
report-segment-none = in no segment
report-variants = <b>Wordings, two by two</b>
report-pair = { $outcome }, { $first } against { $second }
report-costs = <b>Cost:</b> ¥{ $cost }
report-revenue = Revenue from the invited: { $stars } Stars, cars for ¥{ $cny }
report-cost-each = Cost for each: { $each }
report-each = { $outcome } ¥{ $cost }
report-extra = { $outcome } because of it: { $people } ({ $low } to { $high })
report-extra-cost = {", "}¥{ $cost } each
report-how = The ranges hold with 95 % probability however often you look. A difference counts when its range leaves 0.
report-corrected = Of several segments or wordings, all ranges together hold with 95 % (Bonferroni); p-values in the file are corrected by Holm.
report-cuped = What people did in the four weeks before was taken into account (CUPED).
report-hidden = { $count ->
    [one] One group isn't shown
   *[other] { $count } groups aren't shown
}, so that nothing is told of fewer than { $k } people.
report-uplift = What it changed: { $outcome }
report-points = percentage points, with the range that holds however often you look
report-sends = Invites sent by hour
report-gone = There is no campaign of this number that was sent.
invite-link = More about it:
invite-link-button = Open the page
report-usage = Send /report and a campaign's number, such as <code>/report 12</code>. /campaigns lists them.
report-wait = Counting…
outcome-drawn = chosen
outcome-sent = sent
outcome-opened = opened
outcome-clicked = followed the link
outcome-quiz_answered = answered the quiz
outcome-draw_entered = entered the draw
outcome-booked = booked
outcome-attended = attended
outcome-purchased = bought
outcome-lead = asked for a dealer
outcome-test_driven = test-driven
outcome-ordered = ordered a car
## Campaigns: planned and approved

campaign-none = none
campaign-plain = Plain broadcast
campaign-head = <b>Campaign { $campaign } · { $name }</b> ({ $status })
campaign-item = Invites to: { $title }
campaign-audience = Audience: { $audience }
campaign-wordings = Wordings: { $wordings }
campaign-wording =
    <b>{ $name } · { $language }</b>
    { $text }
campaign-holdout = Holdout: { $share } %; what people do within { $days } days counts
campaign-when = When: { $when }
campaign-at-once = when an admin sends it
campaign-repeat = Again every { $days } days{ $until ->
    [none] {""}
   *[other] , until { $until }
}
campaign-limits = { $most ->
    [0] No weekly limit
   *[other] At most { $most } invites a week for each person
}; { $quiet ->
    [none] no quiet hours
   *[other] quiet hours { $quiet } (each person's own)
}
campaign-costs = Costs: ¥{ $fixed } at once, ¥{ $each } for each invite{ $budget ->
    [none] {""}
   *[other] ; budget ¥{ $budget }
}
campaign-url = Link: { $url }
campaign-error-rate = Pauses itself when more than { $share }% of the last 100 sends fail
campaign-paid = Sent as Telegram's paid broadcast
campaign-refused = ❌ Refused: { $why }
approval-asked =
    <b>Please approve</b>, submitted by { $writer }
    { $card }
approval-size = People who will get it: { $size }
approval-approve = ✅ Approve
approval-approve-plain = ✅ Approve and send
approval-refuse = ❌ Refuse
approval-why = Why not? Write a sentence to who submitted it.
approval-without = Without a reason
approval-back = Back
approval-undecided = Nothing is decided yet.
approval-approved = ✅ You approved campaign { $campaign }.
approval-refused = ❌ You refused campaign { $campaign }; who submitted it sees why.
approval-own = Who wrote it can't approve it: another admin can.
approval-changed = It was changed since you read it. Look again before you decide: /campaign
approval-before = Somebody has decided already.
approval-old = This campaign is gone, or what it invites to is no longer on offer or full.
decided-approved = ✅ Campaign { $campaign } ({ $title }) is approved.
decided-refused =
    ❌ Campaign { $campaign } ({ $title }) was refused:
    { $why }
broadcast-status-draft = draft
broadcast-status-submitted = waits for approval
broadcast-status-approved = approved
broadcast-status-scheduled = scheduled
approval-open = Open the campaign
planned-home =
    <b>Campaigns</b>
    Write → check → preview → test on yourself → submit → another approves → send.{ $waiting ->
        [0] {""}
       *[other] {" "}<b>{ $waiting } wait for your approval.</b>
    }
planned-new = ➕ New campaign
planned-group-draft = Drafts
planned-group-submitted = Waiting for approval
planned-group-approved = Approved, scheduled
planned-group-running = Being sent
planned-group-over = Over
planned-list = <b>{ $group }</b>: { $count }
planned-back = ‹ Back
planned-choose = What shall people be invited to? There are { $count } things. { $words }
planned-found = “{ $words }” finds { $count }:
planned-find = 🔎 Find by words
planned-field-name = Name
planned-field-holdout = Holdout
planned-field-window_days = Window
planned-field-starts_at = When
planned-field-every_days = Repeat
planned-field-until = Repeat until
planned-field-most_a_week = Weekly limit
planned-field-quiet = Quiet hours
planned-field-cost_fen = Fixed costs
planned-field-cost_each_fen = Cost of each
planned-field-error_rate = Failure limit
planned-field-paid = Paid broadcast
planned-field-budget_fen = Budget
planned-field-url = Link
planned-items = Invites to
planned-audience = Audience
planned-wordings = Wordings
planned-check = 🔍 Check
planned-preview = 👁 Preview
planned-test = ✉️ Test on me
planned-submit = 📨 Submit
planned-discard = 🗑 Give up
planned-reopen = ✏️ Edit (needs a new approval)
planned-send = 🚀 Send now
planned-schedule = 🗓 Schedule
planned-live = 📡 Live progress
planned-report = 📊 Report
planned-wording = Wording { $name }
planned-add = ➕ Wording { $name }
planned-wordings-all = <b>Wordings</b> ({ $count }). Of two or more, each person is dealt one by chance, and the report compares them. Without any, the invite is the card alone.
planned-text-zh = ✏️ Chinese
planned-text-en = ✏️ English
planned-photo = 🖼 Picture
planned-no-photo = No picture
planned-drop = Delete wording { $name }
planned-none-starts_at = At no set time
planned-none-every_days = Once
planned-none-until = No end
planned-none-most_a_week = No limit
planned-none-quiet = None
planned-none-budget_fen = No budget
planned-none-url = No link
planned-ask-name = What is the campaign called? Type a name (people who are invited don't see it).
planned-ask-holdout = Which share of the audience gets nothing, to compare with? The larger, the smaller an effect can be seen. Choose one or type per cent, 0 to 90.
planned-ask-window_days = For how many days after the invite does what people do count? Choose or type.
planned-ask-starts_at = When shall it be sent? Type it as 2026-12-24 18:30, by your clock (now { $now }), or choose no set time.
planned-ask-every_days = After how many days again, once it is done? Choose or type.
planned-ask-until = Until when is it repeated? Type it as 2027-03-01 00:00, by your clock (now { $now }).
planned-ask-most_a_week = How many invites may a person get in seven days, from all campaigns? More are delayed, not dropped.
planned-ask-quiet = From which hour to which is nothing sent? Type it as 22-8, by each person's clock. It is sent afterwards.
planned-ask-cost_fen = What does it cost at once, in yuan? As 500 or 12,000.
planned-ask-cost_each_fen = What does each invite cost, in yuan? As 0.05.
planned-ask-budget_fen = At most how many yuan? As 3000.
planned-whom =
    <b>To whom?</b> Now: { $audience }
    Only people who agreed to invites and didn't opt out get it.
planned-likeliest = 🎯 The N likeliest
planned-rules = ⌨️ Type rules
planned-ask-error_rate = It pauses itself when more than how many of the last 100 sends fail? Choose one, or type 0 to 90 per cent.
planned-ask-paid = Use Telegram's paid broadcast? Up to 1000 messages a second, each paid from the bot's Stars.
planned-paid-yes = Yes
planned-paid-no = No
planned-ask-url = Where does the link under the opened invite lead? Type an address that begins with https://.
planned-ask-find = Type a few words, such as: winter test drive
planned-ask-rules =
    Write the rules in one line; all of them must hold:
    <code>city=上海 car=plans did:viewed(type=test_drive,days=30) not did:booked</code>
    Of those in brackets with | one is enough: <code>(city=上海 | city=北京)</code>. There are also segment=3 (a group), topic=ev, language=en, seen=30 (within 30 days), top=500 (the 500 likeliest).
planned-ask-likeliest = How many of the likeliest to respond? Type a number, such as 500.
planned-ask-text-zh = Type the Chinese text; it stands above the card of the thing.
planned-ask-text-en = Type the English text (without it, people see the Chinese one).
planned-ask-photo = Send me the picture (JPEG, PNG or WebP, up to 10 MB).
planned-bad-name = A name has 1 to 128 characters in one line. Type it again.
planned-bad-holdout = Type per cent from 0 to 90, such as 10.
planned-bad-days = Type days from 1 to 365.
planned-bad-week = Type a number from 1 to 100.
planned-bad-time = That is no time I can read. Write it as 2026-12-24 18:30.
planned-bad-past = That time has passed. Type one to come.
planned-bad-yes-no = Type yes or no.
planned-bad-quiet = Write it as 22-8: from an hour to an hour, 0 to 23.
planned-bad-url = I can't read that as an address. Type one as https://example.org/winter.
planned-bad-money = Type an amount in yuan, such as 500, 0.05 or 12,000.
planned-bad-audience-kind = There is no audience “{ $word }”.
planned-bad-audience-rule = “{ $word }” can't stand in a rule. In brackets there may be item, type, days, n.
planned-bad-audience-field = There is no rule “{ $word }”. Use city, car, topic, brand, language, joined, seen, segment, did, top.
planned-bad-audience-value = “{ $word }” isn't right. car: owns, plans; language: zh, en; topics by their code, such as ev.
planned-bad-audience-verb = Nobody can have done “{ $word }”. Use viewed, liked, booked, purchased, attended, asked, invite_opened and the like.
planned-bad-audience-type = There is no type “{ $word }”. Use course, book, audio, live, salon, test_drive, game, draw.
planned-bad-audience-number = “{ $word }” takes a whole number above 0.
planned-bad-audience-many = At most { $word } rules.
planned-bad-audience-text = I can't read it at “{ $word }”. Such as: city=上海 car=plans; values with spaces or marks stand in quotes.
planned-old = This campaign is gone, or can't be changed like that now. Open it again: /campaign
planned-not-offered = It is no longer on offer, begun or full. Choose another.
planned-many = At most six wordings (A to F).
planned-long = A wording has at most 1,000 characters. Send a shorter one.
planned-picture = This picture can't be used: JPEG, PNG or WebP, up to 10 MB. Send another.
planned-submit-submitted = Submitted; who may approve is told.
planned-submit-not-offered = What it invites to is no longer on offer, begun or full: choose another thing.
planned-submit-old = It is no draft any more.
planned-send-launched = It is being sent.
planned-send-scheduled = Scheduled: it is sent by itself.
planned-send-submitted = Submitted; another admin has to approve.
planned-send-waiting = It isn't approved yet.
planned-send-not-offered = What it invites to is no longer on offer, begun or full: nothing was sent.
planned-send-changed = It was changed after the approval (maybe the thing itself was): nothing was sent. Edit it and submit it again.
planned-due-changed = Campaign { $campaign } · { $name } was due, but what it invites to has changed since the approval, so nothing was sent. Edit it and submit it again: /campaign
planned-send-past = Its time is over: nothing was sent. Edit the time and submit it again.
planned-send-empty = It names nobody: an older version made it, or all whom it named are gone. Nothing was sent. Plan it anew.
planned-send-old = This campaign is gone.
planned-send-before = Already launched.
planned-reopen-changed = It is a draft again; it needs a new approval.
planned-reopen-old = It can't be edited now: it is being sent, or is over.
planned-discarded = Given up; nothing was sent to anybody.
planned-sure = Really give up campaign { $campaign }? Nothing was sent, and nothing will be.
planned-discard-sure = 🗑 Give up
planned-waits = <i>It waits for approval; { $count } may approve.</i>
check-clean = ✅ Nothing was found.
check-found =
    <b>The check</b> found { $errors ->
        [one] one error
       *[other] { $errors } errors
    } and { $warnings ->
        [one] one warning
       *[other] { $warnings } warnings
    }.{ $errors ->
        [0] {""}
       *[other] {" "}With errors it can't be submitted.
    }
check-finding =
    <b>{ $where }</b>: <code>{ $quote }</code>
    { $why } ({ $rule }, { $code })
    This would pass: <code>{ $instead }</code>
check-empty = Wording { $where } has no text yet.
check-repeat = An audience by groups or by likelihood is frozen as it is sent, so it can't be repeated. Send it once, or use rules. { $where }
check-past = The time to send it has passed. Set one to come, or none. { $where }
check-until = Its rounds end before the first is sent. { $where }
check-nobody = There is nobody to write to in this audience now. Is the city, or whatever it asks for, written right? { $where }
check-budget = To invite all of them costs more than the budget. Raise it, invite fewer, or correct the costs. { $where }
check-more = And { $count } more.
preview-count = <b>Preview</b>: { $count } people, of whom about { $holdout } are held out and get nothing.
preview-segments = Largest groups (number, people): { $segments }
preview-held = Delayed: { $cap } people had their invites of this week, { $quiet } are in their quiet hours.
preview-effect = The smallest effect that this size can show: { $points } points above the usual { $base } %.
preview-no-effect = No effect can be shown: there is no holdout, or too few people (usual: { $base } %).
preview-people = <b>Some of them, and why they are in</b> (without names):
preview-person = { $number }. { $why }
preview-agreed = agreed to invites
preview-chance = responds with { $chance } % (on average { $base } %)
planned-test-failed = Telegram doesn't take this invite: { $why }
planned-submit-findings = The check found errors, so it can't be submitted. “Check” shows where, why, and what would pass.
approval-findings = The check finds errors now, so it can't be approved: “Check” in /campaign shows them.
planned-send-no-model = Only the running bot can choose this audience, not the command line.

plan-basis-base = Responses are predicted by the usual rate of { $rate } % alone: over the last invites the model was no better (Brier { $brier } against { $base }).
plan-basis-model = Responses are predicted by a model of { $invites } past invites: on the last of them, which it didn't know, its Brier score was { $brier } against { $base } of the usual rate (skill { $skill } %).
plan-basis-prior = There are too few past invites ({ $invites }) to predict responses by person: all are taken to be { $rate } % likely.
plan-considered = Those { $count } who were here last were considered.
plan-coupon = · with a coupon
plan-draft = Make draft { $number }
plan-drafted = Draft { $campaign } is made: look at it and submit it in /campaign.
plan-expected = Responses expected: { $expected } ({ $low } to { $high }), of which { $moved } would not come without an invite
plan-gone = That plan is no longer here, or the thing can't be had any more. Make a new one with /plan.
plan-head =
    <b>Plan for { $days } days</b>
    { $people } people may be invited; { $invites } invites to { $activities } possible activities fit under seats and caps.
plan-moved = Who is moved is known from { $count } campaigns with a holdout.
plan-moved-unknown = No campaign with a holdout was measured yet, so everybody who would respond counts as moved.
plan-nothing = There is nothing to plan: nobody may be invited, or nothing is on offer in these days.
plan-open = Open the draft
plan-proposal = <b>{ $number }. { $title }</b> ({ $type }) { $coupon }
plan-seats = Seats left: { $count }
plan-segment = segment { $id } { $name }
plan-several = people of several segments
plan-solved = Worth { $more } % more than choosing greedily; at most { $gap } % below the best there can be.
plan-untimed = Nothing was sent yet, so the times are the usual ones in the evening.
plan-when = Send: { $when }
plan-whom = For { $count } people: { $whom }
plan-wording = { $name }: <i>{ $text }</i>
plan-working = I'm planning; this can take a minute.
