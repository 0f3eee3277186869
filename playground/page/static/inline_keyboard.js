// The buttons under a message.

import { h, icon, starred } from './dom.js';
import { copyText } from './message_menu.js';
import { t } from './texts.js';

export function inlineKeyboard(message, pane) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows?.length) return null;
  return h('div', { class: 'inline-keyboard', data: { testid: 'inline-keyboard' } },
    rows.map((row) => h('div', { class: 'key-row' }, row.map((key) => inlineButton(key, message, pane)))));
}

function inlineButton(key, message, pane) {
  const [mark, run] = meaning(key, message, pane);
  const label = key.pay && message.paid ? t('paid') : key.text.replace(/\bXTR\b/g, '⭐');
  return h('button', { type: 'button', class: `key ${key.style ? `key-${key.style}` : ''}`, data: { testid: 'inline-button' },
    disabled: Boolean(key.disabled || (key.pay && message.paid)), onclick: (event) => run(event.currentTarget) },
  h('span', {}, starred(label)), mark ? icon(mark, 12) : null, h('span', { class: 'spinner', 'aria-hidden': 'true' }));
}

/** The small mark in the corner, and what a tap does. */
function meaning(key, message, pane) {
  if (key.callback_data !== undefined) return [null, (node) => pane.press(message, key.callback_data, node)];
  if (key.pay) return [message.paid ? 'check' : 'pay', () => pane.pay(message)];
  const url = key.url ?? key.web_app?.url ?? key.login_url?.url;
  if (url) return ['external', () => pane.openLink(url)];
  if (key.copy_text) return ['copy', () => copyText(pane, key.copy_text.text)];
  return [null, () => pane.say(t('unsupported_button'))];
}
