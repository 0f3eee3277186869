// One persona's chat with the bot: header, messages, composer, and what taps do.

import { Actor, GroupActor, call } from './api.js';
import { acceptDrops } from './attach.js';
import { Composer } from './composer.js';
import { avatar, h, icon, iconButton } from './dom.js';
import { startPayload } from './entities.js';
import { Feed } from './feed.js';
import { messageMenu } from './message_menu.js';
import { alertDialog, askDialog, popupMenu, toast } from './overlays.js';
import { payDialog } from './payment.js';
import { isInvoice, subscriptionsDialog } from './subscriptions.js';
import { summary } from './summary.js';
import { t } from './texts.js';
import { Timeline } from './timeline.js';

const ANSWER_WAIT = 30_000; // milliseconds until a button that was tapped stops spinning

/** `on`: `{back(), close(), activity(), open(personaId), as(personaId),
 * name(personaId)}`; with a `groupId` it is that group's chat. */
export class Pane {
  constructor(personaId, botId, on, groupId = null) {
    this.personaId = personaId;
    this.groupId = groupId;
    this.on = on;
    this.person = new Actor(personaId, botId); // in the private chat
    this.actor = groupId ? new GroupActor(groupId, personaId, botId) : this.person;
    this.asked = new Map(); // query id → what to do with its answer
    this.answered = new Map(); // answers that came before the call returned
    this.timeline = new Timeline(this);
    this.composer = new Composer(this);
    this.toasts = h('div', { class: 'toasts', role: 'status', 'aria-live': 'polite' });
    this.node = h('section', { class: 'pane wallpaper', data: { testid: 'pane', personaId } });
    this.build();
    if (!groupId) acceptDrops(this);
    this.feed = new Feed(this.actor.events, (name, data) => this.changed(name, data));
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
        iconButton('more', t('more'), (event) => this.menu(event), { 'aria-haspopup': 'menu', hidden: Boolean(this.groupId), data: { testid: 'pane-menu' } }),
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
    } else if (name === 'ephemeral') this.whispered(data);
    else if (name === 'edit' || name === 'ephemeral_edit') this.timeline.change(data.message);
    else if (name === 'ephemeral_delete') this.removed(data.ephemeral_message_ids.map((id) => `e${id}`));
    else if (name === 'draft_stopped') this.timeline.showDraft(feed.draft);
    else if (name === 'subscriptions') this.drawSubscriptions?.();
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

  /** What only this member sees; it may stand in place of the message that was tapped. */
  whispered({ message, replaces }) {
    this.timeline.add(message);
    if (replaces) this.timeline.remove([replaces]);
  }

  /** Blocked or unblocked, or with another app, which draws everything anew. */
  personaChanged() {
    this.composer.showState();
    this.drawSubscriptions?.();
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
    const { bot, persona, group } = this.feed;
    const title = group?.title ?? bot.first_name;
    this.face.replaceChildren(avatar(title, group?.id ?? bot.id, 'small'));
    this.title.textContent = title;
    this.node.setAttribute('aria-label', `${title}, ${t('as', { name: persona.first_name })}`);
    if (group) this.who.replaceChildren(avatar(persona.first_name, persona.id, 'tiny'), this.members(group));
    else this.who.replaceChildren(avatar(persona.first_name, persona.id, 'tiny'), h('span', {}, persona.first_name),
      h('span', { class: `role role-${persona.role}` }, t(`role_${persona.role}`)));
    this.drawStatus();
  }

  /** Whose eyes the group is seen with. */
  members({ members }) {
    return h('select', { 'aria-label': t('as', { name: '…' }), data: { testid: 'group-as' }, onchange: (event) => this.on.as(Number(event.target.value)) },
      members.map((one) => h('option', { value: one, selected: one === this.personaId }, this.on.name(one))));
  }

  drawStatus() {
    const { action, online } = this.feed;
    this.status.classList.toggle('busy', Boolean(online && action));
    if (!online) return this.status.replaceChildren(t('connecting'));
    if (!action) return this.status.replaceChildren(this.feed.group ? t('members', { n: this.feed.group.members.length }) : t('bot'));
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
      { label: t('subscriptions'), icon: 'star', run: () => subscriptionsDialog(this) },
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

  send(text, answered) {
    return this.attempt(() => this.actor.send(text, answered));
  }

  stop(draft) {
    return this.attempt(() => this.actor.post('stop', { draft_id: draft.draft_id }));
  }

  /** Starts the bot; from a group that leads into the private chat. */
  async start(payload = '') {
    const started = await this.attempt(() => this.person.post('start', { payload }));
    if (started && this.groupId) this.on.open(this.personaId);
    return started;
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
    if (message.paid) return;
    const { title, description, total_amount: n } = message.invoice;
    payDialog(this, { title, description, n, body: { message_id: message.message_id } });
  }

  async payLink(url) {
    const link = await this.attempt(() => call('GET', `/invoices?bot=${this.actor.botId}&url=${encodeURIComponent(url)}`));
    if (link) payDialog(this, { ...link, n: link.amount, body: { url } });
  }

  messageMenu(message, x, y) {
    messageMenu(this, message, x, y);
  }

  /** How rich text in this chat behaves: commands are sent, the bot's own links start it. */
  get taps() {
    const payload = (url) => startPayload(url, this.feed.bot.username);
    return {
      command: (text) => this.send(text),
      owns: (url) => payload(url) !== null || isInvoice(url),
      link: (url) => (isInvoice(url) ? this.payLink(url) : this.start(payload(url))),
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
    const asked = await this.attempt(() => this.actor.post('callbacks', { ...named(message), data }));
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

const named = (message) => (message.message_id ? { message_id: message.message_id } : { ephemeral_message_id: message.ephemeral_message_id });
