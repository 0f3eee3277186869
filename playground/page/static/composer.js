// Where a persona writes: text, replies, commands, attachments, and the bot's reply keyboard.

import { attachMenu, sendFiles } from './attach.js';
import { Commands } from './commands.js';
import { h, icon, iconButton } from './dom.js';
import { replyKeys } from './reply_keyboard.js';
import { summary } from './summary.js';
import { t } from './texts.js';

const kept = new Map(); // text not sent yet, by bot and persona; it outlives a closed pane

export class Composer {
  constructor(pane) {
    this.pane = pane;
    this.reply = null;
    this.key = `${pane.actor.botId}/${pane.groupId ?? ''}/${pane.personaId}`;
    this.keysHidden = false;
    this.input = h('textarea', { rows: 1, placeholder: t('message'), 'aria-label': t('message'), enterkeyhint: 'send',
      autocomplete: 'off', data: { testid: 'composer' }, value: kept.get(this.key) ?? '' });
    this.commands = new Commands(this);
    this.menuButton = h('button', { type: 'button', class: 'menu-button', hidden: true, data: { testid: 'menu-button' },
      'aria-expanded': 'false', onclick: () => this.commands.toggle() }, icon('menu', 20), h('span', {}, t('menu')));
    this.keysButton = iconButton('keyboard', t('keyboard'), () => this.toggleKeys(), { hidden: true, data: { testid: 'keyboard-toggle' } });
    this.attach = iconButton('attach', t('attach'), (event) => attachMenu(pane, event.currentTarget), { 'aria-haspopup': 'menu', hidden: Boolean(pane.groupId), data: { testid: 'attach' } });
    this.sendButton = h('button', { type: 'button', class: 'send', 'aria-label': t('send'), title: t('send'), data: { testid: 'send' }, onclick: () => this.submit() }, icon('send'));
    this.replyBar = h('div', { class: 'reply-bar', hidden: true, data: { testid: 'reply-bar' } });
    this.keys = h('div', { class: 'reply-keyboard', hidden: true, data: { testid: 'reply-keyboard' } });
    this.box = h('div', { class: 'compose' },
      h('div', { class: 'compose-box' }, this.commands.node, this.replyBar,
        h('div', { class: 'compose-row' }, this.menuButton, this.input, this.keysButton, this.attach)), this.sendButton);
    this.startButton = h('button', { type: 'button', class: 'dock-button', hidden: true, data: { testid: 'start' } });
    this.node = h('footer', { class: 'dock' }, this.box, this.startButton, this.keys);
    this.listen();
  }

  listen() {
    this.input.addEventListener('input', () => this.typed());
    this.input.addEventListener('keydown', (event) => this.pressed(event));
    this.input.addEventListener('paste', (event) => {
      const files = [...event.clipboardData.files];
      if (!files.length) return;
      event.preventDefault();
      sendFiles(this.pane, files);
    });
  }

  reset() {
    this.showKeyboard(true);
    this.showMenuButton();
    this.showState();
    this.typed();
  }

  /** Start, unblock or write, whichever the chat is ready for. */
  showState() {
    const { feed } = this.pane;
    if (!feed.ready) return;
    const blocked = feed.persona.blocked && !feed.group;
    const fresh = !feed.messages.size && !this.input.value && !feed.group;
    this.box.hidden = blocked || fresh;
    this.startButton.hidden = !this.box.hidden;
    this.startButton.textContent = t(blocked ? 'unblock' : 'start');
    this.startButton.onclick = () => (blocked ? this.pane.block(false) : this.pane.start());
    this.startButton.dataset.testid = blocked ? 'unblock' : 'start';
    this.keys.hidden = this.keysHidden || this.box.hidden || !feed.replyKeyboard?.keyboard;
  }

  focus() {
    if (!this.box.hidden) this.input.focus();
  }

  typed() {
    kept.set(this.key, this.input.value);
    this.input.style.setProperty('height', 'auto');
    this.input.style.setProperty('height', `${Math.min(this.input.scrollHeight, 240)}px`);
    this.sendButton.classList.toggle('ready', Boolean(this.input.value.trim()));
    this.commands.complete(this.input.value);
    this.showState();
  }

  pressed(event) {
    if (event.isComposing) return;
    if (this.commands.pressed(event)) {
      event.preventDefault();
      return;
    }
    if (event.key === 'Escape' && this.reply) this.replyTo(null);
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    }
  }

  async submit(text = this.input.value) {
    if (!text.trim()) return;
    const typedText = text === this.input.value;
    const answered = this.reply;
    const sent = await this.pane.send(text, answered);
    if (!sent) return;
    // The bot may have asked for a reply before the call came back: that one stays.
    if (this.reply === answered) this.replyTo(null);
    if (typedText && this.input.value === text) this.input.value = '';
    this.typed();
  }

  replyTo(message) {
    this.reply = message;
    this.replyBar.hidden = !message;
    if (!message) return;
    this.replyBar.replaceChildren(icon('reply', 22), h('div', { class: 'quote-bar' },
      h('strong', {}, t('reply_to', { name: message.from.first_name })), h('span', {}, summary(message, this.pane.feed.bot.first_name))),
    iconButton('close', t('cancel_reply'), () => this.replyTo(null)));
    this.focus();
  }

  forget(ids) {
    if (this.reply && ids.includes(this.reply.message_id)) this.replyTo(null);
  }

  showMenuButton() {
    const { commands, menuButton } = this.pane.feed;
    const app = menuButton?.type === 'web_app';
    this.menuButton.hidden = !app && !commands.length;
    this.menuButton.lastChild.textContent = app ? menuButton.text : t('menu');
    this.commands.close();
  }

  /** The bot's keyboard as it now is; on a snapshot nothing takes the focus. */
  showKeyboard(quiet = false) {
    const markup = this.pane.feed.replyKeyboard;
    this.keysHidden = false;
    this.keysButton.hidden = !markup?.keyboard;
    this.keys.replaceChildren();
    if (markup?.keyboard) this.keys.append(...replyKeys(markup, this.pane, () => this.used(markup)));
    this.keys.classList.toggle('tall', Boolean(markup?.keyboard && !markup.resize_keyboard));
    this.input.placeholder = markup?.input_field_placeholder || t('message');
    this.showState();
    if (!markup?.force_reply) return;
    const asked = [...this.pane.feed.messages.values()].findLast((message) => message.from.is_bot);
    if (asked && !(quiet && this.input.value)) this.replyTo(asked);
  }

  used(markup) {
    if (markup.one_time_keyboard) this.toggleKeys(true);
  }

  toggleKeys(hidden = !this.keysHidden) {
    this.keysHidden = hidden;
    this.keysButton.classList.toggle('on', hidden);
    this.showState();
  }
}
