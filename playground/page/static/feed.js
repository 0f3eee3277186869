// One chat as the server tells it: a snapshot, then events.

const RETRY = 1500; // milliseconds
const DRAFT_SHOWN = 30_000;

/** How a message is found again: an ephemeral one has no id like others. */
export const keyOf = (message) => message.message_id || `e${message.ephemeral_message_id}`;

/** `changed(name, data)` is called after every event, and with 'connection' when it comes or goes. */
export class Feed {
  constructor(url, changed) {
    this.url = url;
    this.changed = changed;
    this.online = false;
    this.ready = false;
    this.messages = new Map();
    this.replyKeyboard = null;
    this.commands = [];
    this.menuButton = null;
    this.draft = null;
    this.action = null;
    this.pinned = [];
    this.subscriptions = [];
    this.open();
  }

  open() {
    this.source = new EventSource(this.url);
    this.source.onopen = () => this.connection(true);
    this.source.onerror = () => {
      this.connection(false);
      // A refused stream stays closed; a broken one is opened again by the browser itself.
      if (this.source.readyState === EventSource.CLOSED) this.timer = setTimeout(() => this.open(), RETRY);
    };
    for (const name of ['snapshot', 'message', 'edit', 'delete', 'action', 'draft', 'reply_keyboard',
      'callback_answer', 'checkout', 'commands', 'persona', 'pinned', 'draft_stopped', 'subscriptions',
      'ephemeral', 'ephemeral_edit', 'ephemeral_delete']) {
      this.source.addEventListener(name, (event) => {
        const data = JSON.parse(event.data);
        this[`on_${name}`]?.(data);
        this.changed(name, data);
      });
    }
  }

  connection(online) {
    if (online === this.online) return;
    this.online = online;
    this.changed('connection', { online });
  }

  close() {
    clearTimeout(this.timer);
    clearTimeout(this.actionTimer);
    clearTimeout(this.draftTimer);
    this.source.close();
  }

  get last() {
    return [...this.messages.values()].at(-1);
  }

  on_snapshot({ bot, persona, group, chat }) {
    this.ready = true;
    this.bot = bot;
    this.group = group;
    this.persona = persona;
    this.messages = new Map(chat.messages.map((message) => [message.message_id, message]));
    this.replyKeyboard = chat.reply_keyboard;
    this.description = chat.description;
    this.pinned = chat.pinned;
    this.subscriptions = chat.subscriptions ?? [];
    this.on_commands(chat);
    this.on_draft(chat.draft);
    this.on_action({ action: chat.action, seconds: 5 });
  }

  on_message({ message }) {
    this.messages.set(keyOf(message), message);
    if (message.from.is_bot) {
      this.on_draft(null);
      this.on_action({ action: null });
    }
  }

  on_edit({ message }) {
    if (this.messages.has(keyOf(message))) this.messages.set(keyOf(message), message);
  }

  on_ephemeral({ message, replaces }) {
    this.messages.delete(replaces);
    this.messages.set(keyOf(message), message);
  }

  on_ephemeral_edit({ message }) {
    this.on_edit({ message });
  }

  on_ephemeral_delete({ ephemeral_message_ids: ids }) {
    for (const id of ids) this.messages.delete(`e${id}`);
  }

  on_draft_stopped({ draft_id: id, kept }) {
    if (this.draft?.draft_id !== id) return;
    if (kept) this.draft = { ...this.draft, can_stop: false };
    else this.on_draft(null);
  }

  on_subscriptions({ subscriptions }) {
    this.subscriptions = subscriptions;
  }

  on_delete({ message_ids }) {
    for (const id of message_ids) this.messages.delete(id);
  }

  on_action({ action, seconds }) {
    clearTimeout(this.actionTimer);
    this.action = action;
    if (action) this.actionTimer = setTimeout(() => this.expire('action'), seconds * 1000);
  }

  on_draft(draft) {
    clearTimeout(this.draftTimer);
    this.draft = draft;
    if (draft) this.draftTimer = setTimeout(() => this.expire('draft'), DRAFT_SHOWN);
  }

  expire(name) {
    this[name] = null;
    this.changed(name, null);
  }

  on_reply_keyboard({ markup }) {
    this.replyKeyboard = markup;
  }

  on_commands({ commands, menu_button }) {
    this.commands = commands;
    this.menuButton = menu_button;
  }

  on_persona(persona) {
    this.persona = persona;
  }

  on_pinned({ pinned }) {
    this.pinned = pinned;
  }
}
