// The bot's own keyboard under the composer.

import { h } from './dom.js';
import { confirmDialog } from './overlays.js';
import { t } from './texts.js';

/** Rows of keys; `used` is called after one was pressed. */
export function replyKeys(markup, pane, used) {
  return markup.keyboard.map((row) => h('div', { class: 'key-row' }, row.map((given) => {
    const key = typeof given === 'string' ? { text: given } : given;
    return h('button', { type: 'button', class: `key ${key.style ? `key-${key.style}` : ''}`, data: { testid: 'reply-key' },
      onclick: async () => (await press(key, pane)) && used() }, key.text);
  })));
}

async function press(key, pane) {
  const bot = pane.feed.bot.first_name;
  if (key.request_contact) return share(pane, t('share_contact', { bot }), 'contacts');
  if (key.request_location) return share(pane, t('share_location', { bot }), 'locations');
  if (key.web_app) return pane.openLink(key.web_app.url);
  if (key.request_poll || key.request_users || key.request_chat) return pane.say(t('unsupported'));
  await pane.composer.submit(key.text);
  return true;
}

async function share(pane, question, path) {
  if (!(await confirmDialog(pane.feed.bot.first_name, question, t('share')))) return false;
  await pane.attempt(() => pane.actor.post(path));
  return true;
}
