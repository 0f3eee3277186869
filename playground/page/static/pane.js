// One persona's chat with the bot: header, messages, composer, and what taps do.

import { Actor } from './api.js';
import { acceptDrops } from './attach.js';
import { Composer } from './composer.js';
import { avatar, h, icon, iconButton } from './dom.js';
import { startPayload } from './entities.js';
import { Feed } from './feed.js';
import { messageMenu } from './message_menu.js';
import { alertDialog, askDialog, popupMenu, toast } from './overlays.js';
import { payDialog } from './payment.js';
import { summary } from './summary.js';
import { t } from './texts.js';
import { Timeline } from './timeline.js';

const ANSWER_WAIT = 30_000; // milliseconds until a button that was tapped stops spinning

/** `on`: `{back(), close(), activity()}`. */
export class Pane {
  constructor(personaId, botId, on) {
    this.personaId = personaId;
    this.on = on;
    this.actor = new Actor(personaId, botId);
    this.asked = new Map(); // query id → what to do with its answer
    this.answered = new Map(); // answers that came before the call returned
    this.timeline = new Timeline(this);
    this.composer = new Composer(this);
    this.toasts = h('div', { class: 'toasts', role: 'status', 'aria-live': 'polite' });
    this.node = h('section', { class: 'pane wallpaper', data: { testid: 'pane', personaId } });
    this.build();
    acceptDrops(this);
    this.feed = new Feed(personaId, botId, (name, data) => this.changed(name, data));
  }

  build() {
    this.face = h('span', { class: 'face' });
    this.title = h('h2', {});
    this.status = h('p', { class: 'status', data: { testid: 'status' }, 'aria-live': 'polite' });
    this.who = h('span', { class: 'as' });
    this.pinned = h('button', { type: 'button', class: 'pinned', hidden: true, data: { testid: 'pinned' },
      onclick: () => this.timeline.jump(this.feed.pinned.at(-1)) });
    this.node.append(
      h('header', { class: 'bar pane-head' },
        iconButton('back', t('back'), this.on.back, { class: 'icon-button back', data: { testid: 'back' } }),
        this.face, h('div', { class: 'pane-title' }, this.title, this.status), this.who,
        iconButton('more', t('more'), (event) => this.menu(event), { 'aria-haspopup': 'menu', data: { testid: 'pane-menu' } }),
        iconButton('close', t('close_pane'), this.on.close, { class: 'icon-button close-pane', data: { testid: 'close-pane' } })),
      this.pinned, h('div', { class: 'scene' }, this.timeline.node, this.timeline.bottom, this.toasts), this.composer.node);
  }

  close() {
    this.feed.close();
    this.node.remove();
  }

  shown() {
    this.timeline.toEnd();
  }

  focus() {
    this.composer.focus();
  }

  changed(name, data) {
    const { feed } = this;
    if (name === 'snapshot') {
      this.drewRich = this.drawsRich;
      this.timeline.reset();
      this.composer.reset();
      this.drawHead();
      this.drawPinned();
    } else if (name === 'message') {
      this.timeline.add(data.message);
      this.composer.showState();
      this.drawStatus();
    } else if (name === 'edit') this.timeline.change(data.message);
    else if (name === 'delete') this.removed(data.message_ids);
    else if (name === 'draft') this.timeline.showDraft(feed.draft);
    else if (name === 'action' || name === 'connection') this.drawStatus();
    else if (name === 'reply_keyboard') this.composer.showKeyboard();
    else if (name === 'commands') this.composer.showMenuButton();
    else if (name === 'persona') this.personaChanged();
    else if (name === 'pinned') this.drawPinned();
    else if (name === 'callback_answer') this.answer(data);
    if (['message', 'edit', 'delete'].includes(name)) this.on.activity();
  }

  /** Blocked or unblocked, or with another app, which draws everything anew. */
  personaChanged() {
    this.composer.showState();
    if (this.drewRich !== this.drawsRich) this.timeline.redraw();
    this.drewRich = this.drawsRich;
  }

  removed(ids) {
    this.timeline.remove(ids);
    this.composer.forget(ids);
    this.drawPinned();
    this.composer.showState();
  }

  drawHead() {
    const { bot, persona } = this.feed;
    this.face.replaceChildren(avatar(bot.first_name, bot.id, 'small'));
    this.title.textContent = bot.first_name;
    this.node.setAttribute('aria-label', `${bot.first_name}, ${t('as', { name: persona.first_name })}`);
    this.who.replaceChildren(avatar(persona.first_name, persona.id, 'tiny'), h('span', {}, persona.first_name),
      h('span', { class: `role role-${persona.role}` }, t(`role_${persona.role}`)));
    this.drawStatus();
  }

  drawStatus() {
    const { action, online } = this.feed;
    this.status.classList.toggle('busy', Boolean(online && action));
    if (!online) return this.status.replaceChildren(t('connecting'));
    if (!action) return this.status.replaceChildren(t('bot'));
    const known = ['upload_photo', 'upload_document', 'find_location', 'choose_sticker'].includes(action);
    return this.status.replaceChildren(t(known ? `action_${action}` : 'typing'),
      h('span', { class: 'dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')));
  }

  drawPinned() {
    const message = this.feed.messages.get(this.feed.pinned.at(-1));
    this.pinned.hidden = !message;
    if (message) {
      this.pinned.replaceChildren(h('span', { class: 'quote-bar' },
        h('strong', {}, t('pinned')), h('span', {}, summary(message))), icon('pin', 20));
    }
  }

  menu(event) {
    const { blocked } = this.feed.persona || {};
    const box = event.currentTarget.getBoundingClientRect();
    popupMenu(box.right - 220, box.bottom + 6, [
      { label: t('deep_link'), icon: 'link', run: () => this.askLink() },
      { label: t(this.drawsRich ? 'app_plain' : 'app_rich'), icon: 'file', run: () => this.changeApp(!this.drawsRich) },
      blocked ? { label: t('unblock'), icon: 'undo', run: () => this.block(false) }
        : { label: t('block'), icon: 'block', danger: true, run: () => this.block(true) },
    ]);
  }

  async askLink() {
    const given = await askDialog(t('deep_link').replace('…', ''), t('deep_link_label'), t('open'));
    if (given === null) return;
    const payload = startPayload(given.includes('/') && !given.includes('://') ? `https://${given}` : given, this.feed.bot.username);
    this.start(payload ?? given);
  }

  // What taps do. A refused call becomes a toast.

  async attempt(action) {
    try {
      return await action();
    } catch (problem) {
      this.say(problem instanceof TypeError ? t('offline') : problem.message, 'bad');
      return undefined;
    }
  }

  say(text, kind = '') {
    toast(this.toasts, text, kind);
  }

  send(text, replyTo) {
    return this.attempt(() => this.actor.send(text, replyTo));
  }

  start(payload = '') {
    return this.attempt(() => this.actor.post('start', { payload }));
  }

  block(blocked) {
    return this.attempt(() => this.actor.post('block', { blocked }));
  }

  /** Whether this persona's app draws rich messages; one that can't shows them empty. */
  get drawsRich() {
    return this.feed.persona?.rich !== false;
  }

  changeApp(rich) {
    return this.attempt(() => this.actor.post('app', { rich }));
  }

  react(message, emoji) {
    const mine = message.reactions?.find((one) => one.user_id === this.personaId)?.emoji;
    return this.attempt(() => this.actor.post('reactions', { message_id: message.message_id, emoji: mine === emoji ? null : emoji }));
  }

  vote(message, options) {
    return this.attempt(() => this.actor.post('votes', { message_id: message.message_id, option_ids: options }));
  }

  pay(message) {
    if (!message.paid) payDialog(this, message);
  }

  messageMenu(message, x, y) {
    messageMenu(this, message, x, y);
  }

  /** How rich text in this chat behaves: commands are sent, the bot's own links start it. */
  get taps() {
    const payload = (url) => startPayload(url, this.feed.bot.username);
    return {
      command: (text) => this.send(text),
      owns: (url) => payload(url) !== null,
      link: (url) => this.start(payload(url)),
    };
  }

  openLink(url) {
    if (this.taps.owns(url)) this.taps.link(url);
    else if (/^https?:/i.test(url)) window.open(url, '_blank', 'noopener,noreferrer');
  }

  async press(message, data, node) {
    if (node.classList.contains('waiting')) return;
    node.classList.add('waiting');
    node.setAttribute('aria-busy', 'true');
    const done = () => {
      node.classList.remove('waiting');
      node.removeAttribute('aria-busy');
    };
    const asked = await this.attempt(() => this.actor.post('callbacks', { message_id: message.message_id, data }));
    if (!asked) return done();
    const timer = setTimeout(() => {
      this.asked.delete(asked.query_id);
      done();
      this.say(t('no_answer'));
    }, ANSWER_WAIT);
    this.asked.set(asked.query_id, (answer) => {
      clearTimeout(timer);
      done();
      this.showAnswer(answer);
    });
    const early = this.answered.get(asked.query_id);
    if (early) this.answer(early);
    return undefined;
  }

  answer(data) {
    const settle = this.asked.get(data.query_id);
    if (!settle) {
      this.answered.set(data.query_id, data);
      return;
    }
    this.asked.delete(data.query_id);
    this.answered.clear();
    settle(data);
  }

  showAnswer({ text, show_alert: loud, url }) {
    if (text && loud) alertDialog(this.feed.bot.first_name, text);
    else if (text) this.say(text);
    if (url) this.openLink(url);
  }
}
