// What the page itself says, in Chinese and English.

const TEXTS = {
  title: ['演练场', 'Playground'],
  personas: ['角色', 'Personas'],
  role_user: ['用户', 'User'],
  role_admin: ['管理员', 'Admin'],
  role_editor: ['内容编辑', 'Editor'],
  bot: ['机器人', 'bot'],
  choose_bot: ['选择机器人', 'Choose a bot'],
  as: ['以 {name} 的身份', 'as {name}'],
  theme: ['切换深浅色', 'Switch theme'],
  language: ['Switch to English', '切换为中文'],
  new_persona: ['新建角色', 'New persona'],
  name: ['名字', 'Name'],
  persona_language: ['Telegram 语言', 'Telegram language'],
  role: ['身份', 'Role'],
  create: ['创建', 'Create'],
  cancel: ['取消', 'Cancel'],
  close: ['关闭', 'Close'],
  ok: ['好', 'OK'],
  back: ['返回', 'Back'],
  menu: ['菜单', 'Menu'],
  commands: ['命令', 'Commands'],
  message: ['输入消息…', 'Message'],
  send: ['发送', 'Send'],
  attach: ['添加附件', 'Attach'],
  photo: ['照片', 'Photo'],
  file: ['文件', 'File'],
  contact: ['名片', 'Contact'],
  location: ['位置', 'Location'],
  poll: ['投票', 'Poll'],
  invoice: ['账单', 'Invoice'],
  caption: ['添加说明…', 'Add a caption…'],
  as_file: ['以文件形式发送', 'Send as a file'],
  send_photo: ['发送照片', 'Send photo'],
  send_file: ['发送文件', 'Send file'],
  send_many: ['发送 {n} 个文件', 'Send {n} files'],
  drop_here: ['拖放到这里发送', 'Drop files here to send them'],
  keyboard: ['显示或收起键盘', 'Show or hide the keyboard'],
  more: ['更多', 'More'],
  actions: ['消息操作', 'Message actions'],
  reply: ['回复', 'Reply'],
  reply_to: ['回复 {name}', 'Reply to {name}'],
  cancel_reply: ['取消回复', 'Cancel reply'],
  copy: ['复制', 'Copy'],
  copied: ['已复制', 'Copied to clipboard'],
  open: ['打开', 'Open'],
  download: ['下载', 'Download'],
  react: ['回应 {emoji}', 'React with {emoji}'],
  retract: ['撤回投票', 'Retract vote'],
  block: ['屏蔽机器人', 'Block bot'],
  unblock: ['解除屏蔽', 'Unblock bot'],
  deep_link: ['打开启动链接…', 'Open a start link…'],
  deep_link_label: ['链接或参数', 'Link or payload'],
  beside: ['并排打开', 'Open beside'],
  close_pane: ['关闭此栏', 'Close this pane'],
  start: ['开始', 'START'],
  what_can: ['这个机器人能做什么？', 'What can this bot do?'],
  empty_chat: ['还没有消息。点“开始”和机器人说话。', 'No messages here yet. Tap START to talk to the bot.'],
  pick: ['选择一个角色开始聊天', 'Select a persona to start a chat'],
  no_bot: ['等待机器人…', 'Waiting for a bot…'],
  no_bot_hint: ['把任意机器人的 Bot API 地址设为', 'Point any bot’s Bot API base URL at'],
  connecting: ['正在连接…', 'Connecting…'],
  thinking: ['正在思考…', 'Thinking…'],
  typing: ['正在输入', 'typing'],
  action_upload_photo: ['正在发送照片', 'sending a photo'],
  action_upload_document: ['正在发送文件', 'sending a file'],
  action_find_location: ['正在选择位置', 'picking a location'],
  action_choose_sticker: ['正在挑选贴纸', 'choosing a sticker'],
  edited: ['已编辑', 'edited'],
  today: ['今天', 'Today'],
  yesterday: ['昨天', 'Yesterday'],
  to_bottom: ['回到最新', 'Go to the latest'],
  pinned: ['置顶消息', 'Pinned message'],
  pinned_service: ['{name} 置顶了一条消息', '{name} pinned a message'],
  forwarded: ['转发自 {name}', 'Forwarded from {name}'],
  deleted: ['已删除的消息', 'Deleted message'],
  spoiler: ['显示隐藏的内容', 'Reveal hidden text'],
  expand: ['展开引用', 'Expand quote'],
  collapse: ['收起引用', 'Collapse quote'],
  pay: ['支付 ⭐ {n}', 'Pay ⭐ {n}'],
  paid: ['已支付', 'Paid'],
  checkout: ['确认支付', 'Confirm your purchase'],
  checkout_hint: ['{persona} 将用 {n} 颗星星向 {bot} 购买。这里的星星是虚拟的。', '{persona} pays {n} Stars to {bot}. Stars cost nothing here.'],
  total: ['合计', 'Total'],
  confirm_pay: ['确认并支付 ⭐ {n}', 'Confirm and pay ⭐ {n}'],
  checking: ['等待机器人确认…', 'Waiting for the bot to confirm…'],
  pay_done: ['支付成功', 'Payment successful'],
  pay_failed: ['支付未完成', 'The payment did not go through'],
  paid_service: ['你向 {bot} 支付了 ⭐ {n}', 'You paid ⭐ {n} to {bot}'],
  refund_service: ['{bot} 退回了 ⭐ {n}', '{bot} refunded ⭐ {n}'],
  stop: ['停止生成', 'Stop'],
  only_you: ['只有你能看到', 'Only you see this'],
  subscriptions: ['订阅', 'Subscriptions'],
  no_subscriptions: ['还没有订阅。', 'No subscriptions yet.'],
  every_month: ['每 30 天', 'every 30 days'],
  subscribe_hint: ['{persona} 每 30 天向 {bot} 支付 {n} 颗星星，随时可以取消。这里的星星是虚拟的。', '{persona} pays {n} Stars to {bot} every 30 days, until cancelled. Stars cost nothing here.'],
  subscribed_service: ['你以 ⭐ {n} 订阅了 {bot}，有效期至 {date}', 'You subscribed to {bot} for ⭐ {n}, until {date}'],
  renewed_service: ['订阅已续费：向 {bot} 支付 ⭐ {n}，有效期至 {date}', 'Subscription renewed: ⭐ {n} to {bot}, until {date}'],
  subscription_active: ['{date} 续费', 'renews on {date}'],
  subscription_canceled: ['已取消，{date} 到期', 'cancelled, runs until {date}'],
  subscription_stopped: ['机器人已停止续费，{date} 到期', 'ended by the bot, runs until {date}'],
  subscription_failed: ['{date} 续费失败：星星不足', 'not renewed on {date}: too few Stars'],
  subscription_ended: ['已于 {date} 到期', 'ended on {date}'],
  subscription_cancel: ['取消续费', 'Cancel'],
  subscription_enable: ['恢复续费', 'Renew again'],
  subscription_retry: ['补缴', 'Pay now'],
  has_stars: ['星星余额充足', 'Enough Stars to pay'],
  pass_month: ['快进 30 天', '30 days later'],
  group: ['群组', 'Group'],
  new_group: ['新建群组', 'New group'],
  group_title: ['群名', 'Group name'],
  members: ['{n} 位成员和机器人', '{n} members and the bot'],
  empty_group: ['还没有消息。', 'No messages here yet.'],
  anonymous_poll: ['匿名投票', 'Anonymous poll'],
  public_poll: ['公开投票', 'Public poll'],
  anonymous_quiz: ['匿名测验', 'Anonymous quiz'],
  public_quiz: ['测验', 'Quiz'],
  closed_poll: ['最终结果', 'Final results'],
  vote: ['投票', 'Vote'],
  votes: ['{n} 票', '{n} votes'],
  one_vote: ['1 票', '1 vote'],
  no_votes: ['还没有人投票', 'No votes yet'],
  right: ['回答正确', 'Correct'],
  wrong: ['回答错误', 'Wrong'],
  share_contact: ['把你的电话号码发给 {bot}？', 'Share your phone number with {bot}?'],
  share_location: ['把你的位置发给 {bot}？', 'Share your location with {bot}?'],
  share: ['分享', 'Share'],
  app_plain: ['换成不支持富文本的客户端', 'Switch to an app without rich messages'],
  app_rich: ['换成支持富文本的客户端', 'Switch to an app with rich messages'],
  table: ['表格', 'Table'],
  voice: ['语音', 'Voice message'],
  unsupported: ['这里还不能显示这种消息', 'This kind of message can’t be shown here yet'],
  unsupported_button: ['这里没有内联模式', 'Inline mode isn’t available here'],
  no_answer: ['机器人没有回应', 'The bot did not respond'],
  offline: ['连不上演练场', 'The playground can’t be reached'],
  you: ['你', 'You'],
  draft: ['草稿', 'Draft'],
  unread: ['{n} 条未读', '{n} unread'],
  photo_of: ['来自 {name} 的照片', 'Photo from {name}'],
};

const KEY = 'playground.language';

export function language() {
  const kept = localStorage.getItem(KEY);
  if (kept === 'zh' || kept === 'en') return kept;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export function setLanguage(code) {
  localStorage.setItem(KEY, code);
}

export function t(key, values = {}) {
  const text = TEXTS[key][language() === 'zh' ? 0 : 1];
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export function votesText(n) {
  return n === 0 ? t('no_votes') : n === 1 ? t('one_vote') : t('votes', { n });
}

export function clock(seconds) {
  return new Intl.DateTimeFormat(language(), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(seconds * 1000);
}

const dayStart = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
export const dayOf = (seconds) => dayStart(new Date(seconds * 1000));

export function dayName(seconds) {
  const date = new Date(seconds * 1000);
  const days = Math.round((dayStart(new Date()) - dayStart(date)) / 86_400_000);
  if (days === 0) return t('today');
  if (days === 1) return t('yesterday');
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : 'numeric';
  return new Intl.DateTimeFormat(language(), { month: 'long', day: 'numeric', year }).format(date);
}

/** A day, with its year where it is another than this one. */
export function shortDate(seconds) {
  const year = new Date(seconds * 1000).getFullYear() === new Date().getFullYear() ? undefined : 'numeric';
  return new Intl.DateTimeFormat(language(), { month: 'short', day: 'numeric', year }).format(seconds * 1000);
}

/** For a list: the time today, else a short date. */
export function shortTime(seconds) {
  if (dayOf(seconds) === dayStart(new Date())) return clock(seconds);
  return new Intl.DateTimeFormat(language(), { month: 'numeric', day: 'numeric' }).format(seconds * 1000);
}

export function fileSize(bytes = 0) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
