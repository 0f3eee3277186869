// The messages of one chat, grouped by sender, with the days between them.

import { contentNodes } from './content.js';
import { h, icon, iconButton } from './dom.js';
import { richText } from './entities.js';
import { keyOf } from './feed.js';
import { messageNode } from './message.js';
import { dayName, dayOf, t } from './texts.js';

const NEAR = 120; // pixels from the end within which new messages are followed
const GROUP = 10 * 60; // seconds between messages that still belong together

export class Timeline {
  constructor(pane) {
    this.pane = pane;
    this.nodes = new Map();
    this.missed = 0;
    this.column = h('div', { class: 'column' });
    this.node = h('div', { class: 'timeline', role: 'log', 'aria-live': 'polite', tabindex: 0, data: { testid: 'timeline' } }, this.column);
    this.count = h('span', { class: 'unread', hidden: true });
    this.bottom = iconButton('down', t('to_bottom'), () => this.toEnd(true), { class: 'icon-button to-bottom', hidden: true, data: { testid: 'to-bottom' } });
    this.bottom.append(this.count);
    this.following = true;
    this.node.addEventListener('scroll', () => this.scrolled(), { passive: true });
    // Pictures, the keyboard and the window change heights; whoever was at the end stays there.
    this.observer = new ResizeObserver(() => this.following && this.toEnd());
    this.observer.observe(this.column);
    this.observer.observe(this.node);
  }

  scrolled() {
    this.following = this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < NEAR;
    if (this.following) this.missed = 0;
    this.drawBottom();
  }

  drawBottom() {
    this.bottom.hidden = this.following;
    this.count.hidden = !this.missed;
    this.count.textContent = this.missed;
  }

  toEnd(smooth = false) {
    this.node.scrollTo({ top: this.node.scrollHeight, behavior: smooth ? 'smooth' : 'instant' });
  }

  reset() {
    this.nodes.clear();
    for (const message of this.pane.feed.messages.values()) {
      this.nodes.set(keyOf(message), messageNode(message, this.pane));
    }
    this.column.replaceChildren(...this.nodes.values());
    this.arrange();
    this.showDraft(this.pane.feed.draft);
    this.toEnd();
  }

  /** Every message anew, the place kept. */
  redraw() {
    for (const message of this.pane.feed.messages.values()) this.change(message);
    this.showDraft(this.pane.feed.draft);
  }

  add(message) {
    const own = message.from.id === this.pane.personaId;
    const node = messageNode(message, this.pane);
    node.classList.add(this.draft && !own ? 'settled' : 'new');
    this.nodes.get(keyOf(message))?.remove();
    this.nodes.set(keyOf(message), node);
    if (!own) this.dropDraft();
    this.column.insertBefore(node, this.draft ?? null);
    this.arrange();
    if (own || this.following) this.toEnd();
    else {
      this.missed += 1;
      this.drawBottom();
    }
  }

  change(message) {
    const old = this.nodes.get(keyOf(message));
    if (!old) return;
    const focused = [...old.querySelectorAll('button')].indexOf(document.activeElement);
    const node = messageNode(message, this.pane);
    old.replaceWith(node);
    this.nodes.set(keyOf(message), node);
    if (focused >= 0) node.querySelectorAll('button')[focused]?.focus({ preventScroll: true });
    this.arrange();
  }

  remove(ids) {
    for (const id of ids) {
      this.nodes.get(id)?.remove();
      this.nodes.delete(id);
    }
    this.arrange();
  }

  /** Which messages open and close a group, and where a new day begins. */
  arrange() {
    for (const line of this.column.querySelectorAll('.day, .welcome')) line.remove();
    const messages = [...this.pane.feed.messages.values()];
    messages.forEach((message, n) => {
      const node = this.nodes.get(keyOf(message));
      const [before, after] = [messages[n - 1], messages[n + 1]];
      node.classList.toggle('first', !together(before, message));
      node.classList.toggle('last', !together(message, after));
      node.classList.toggle('in-album', Boolean(message.media_group_id && before?.media_group_id === message.media_group_id));
      if (!before || dayOf(before.date) !== dayOf(message.date)) {
        node.before(h('div', { class: 'day' }, h('span', { class: 'pill' }, dayName(message.date))));
      }
    });
    if (!messages.length) this.column.prepend(this.welcome());
  }

  welcome() {
    const { bot, group, description } = this.pane.feed;
    return h('div', { class: 'welcome', data: { testid: 'welcome' } },
      h('h3', {}, description ? t('what_can') : group?.title ?? bot.first_name),
      h('p', {}, description || t(group ? 'empty_group' : 'empty_chat')));
  }

  // A draft grows in place until the message comes.

  showDraft(draft) {
    if (!draft) return this.dropDraft();
    if (!this.draft) {
      this.draftText = h('div', { class: 'text' });
      this.draft = h('article', { class: 'msg in first last draft new', 'aria-busy': 'true', data: { testid: 'draft' } },
        h('div', { class: 'stack' }, h('div', { class: 'bubble' }, this.draftText)));
      this.stop = h('button', { type: 'button', class: 'stop', data: { testid: 'stop' }, onclick: () => this.pane.stop(this.pane.feed.draft) },
        h('i', { 'aria-hidden': 'true' }), t('stop'));
    }
    if (draft.can_stop) this.draft.firstChild.append(this.stop);
    else this.stop.remove();
    const rich = draft.rich_message;
    this.draft.classList.toggle('thinking', !draft.text && !rich);
    this.draft.classList.toggle('rich-draft', Boolean(rich));
    if (rich) this.draftText.replaceChildren(...contentNodes(draft, this.pane));
    else this.draftText.replaceChildren(...(draft.text ? richText(draft.text, draft.entities, this.pane.taps) : [t('thinking')]));
    this.column.append(this.draft);
    if (this.following) this.toEnd();
    return undefined;
  }

  dropDraft() {
    this.draft?.remove();
    this.draft = null;
  }

  jump(id) {
    const node = this.nodes.get(id);
    if (!node) return this.pane.say(t('deleted'));
    node.scrollIntoView({ block: 'center', behavior: 'smooth' });
    node.classList.remove('flash');
    requestAnimationFrame(() => node.classList.add('flash'));
    return undefined;
  }
}

const isService = (message) => Boolean(message.successful_payment || message.refunded_payment || message.pinned_message);

function together(a, b) {
  return Boolean(a && b && !isService(a) && !isService(b) && a.from.id === b.from.id
    && b.date - a.date < GROUP && dayOf(a.date) === dayOf(b.date));
}
