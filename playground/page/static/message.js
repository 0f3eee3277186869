// One message: its bubble, what stands in it, and the buttons under it.

import { contentNodes } from './content.js';
import { h, icon, iconButton, starred, ticks } from './dom.js';
import { richText } from './entities.js';
import { inlineKeyboard } from './inline_keyboard.js';
import { serviceText, summary } from './summary.js';
import { clock, t } from './texts.js';

const EMOJI_ONLY = /^(?:\p{Extended_Pictographic}[\u{1F3FB}-\u{1F3FF}\uFE0F]?(?:\u200D\p{Extended_Pictographic}\uFE0F?)*){1,3}$/u;

export function messageNode(message, pane) {
  const service = serviceText(message, pane.feed.bot.first_name);
  const mine = message.from.id === pane.personaId;
  const from = message.from.is_bot ? 'bot' : mine ? 'me' : 'other';
  const data = { testid: 'message', messageId: message.message_id, from };
  if (service !== null) {
    return h('article', { class: 'service', data: { ...data, testid: 'service' } }, h('span', { class: 'pill' },
      message.pinned_message ? h('button', { type: 'button', onclick: () => pane.timeline.jump(message.pinned_message.message_id) }, service) : starred(service)));
  }
  const jumbo = message.text && !message.entities && EMOJI_ONLY.test(message.text);
  const bubble = h('div', { class: `bubble ${jumbo ? 'jumbo' : ''}` }, ...bubbleParts(message, pane));
  if (message.photo) bubble.classList.add('with-media');
  if (message.photo && !message.caption) bubble.classList.add('bare-media');
  const node = h('article', { class: `msg ${mine ? 'out' : 'in'} ${message.ephemeral_message_id ? 'ephemeral' : ''}`, data },
    h('div', { class: 'stack' }, bubble, inlineKeyboard(message, pane)),
    iconButton('smile', t('actions'), (event) => {
      const box = event.currentTarget.getBoundingClientRect();
      pane.messageMenu(message, box.left, box.top);
    }, { class: 'msg-more', 'aria-haspopup': 'menu', data: { testid: 'message-actions' } }));
  node.addEventListener('contextmenu', (event) => {
    if (event.target.closest('a') || !getSelection().isCollapsed) return;
    event.preventDefault();
    pane.messageMenu(message, event.clientX, event.clientY);
  });
  node.addEventListener('dblclick', (event) => {
    if (!event.target.closest('button, a, input')) pane.composer.replyTo(message);
  });
  return node;
}

function bubbleParts(message, pane) {
  const text = message.text ?? message.caption;
  const entities = message.entities ?? message.caption_entities;
  const above = message.show_caption_above_media;
  const words = text ? h('div', { class: 'text', data: { testid: 'text' } }, richText(text, entities, pane.taps)) : null;
  const reactions = reactionRow(message, pane);
  const meta = metaNode(message, message.from.id === pane.personaId);
  // The time floats at the end of the text, so that it shares the last line where there is room.
  const closing = reactions ?? words;
  if (closing && !above) closing.append(meta);
  const content = contentNodes(message, pane);
  return [
    pane.groupId && message.from.id !== pane.personaId ? h('strong', { class: 'sender' }, message.from.first_name) : null,
    message.ephemeral_message_id ? h('span', { class: 'only-you', data: { testid: 'only-you' } }, icon('eye', 14), t('only_you')) : null,
    message.forward_origin ? forwarded(message.forward_origin) : null,
    message.reply_to_message ? replyQuote(message, pane) : null,
    above ? words : null, ...content, above ? null : words, reactions,
    closing && !above ? null : meta,
  ].filter(Boolean);
}

function metaNode(message, mine) {
  return h('span', { class: 'meta' }, message.edit_date ? h('span', { data: { testid: 'edited' } }, t('edited')) : null,
    h('time', { datetime: new Date(message.date * 1000).toISOString() }, clock(message.date)),
    mine ? ticks() : null);
}

function forwarded(origin) {
  const name = origin.sender_user?.first_name ?? origin.sender_user_name ?? origin.chat?.title ?? '?';
  return h('div', { class: 'forwarded' }, icon('reply', 16), t('forwarded', { name }));
}

function replyQuote(message, pane) {
  const replied = message.reply_to_message;
  const name = replied.from?.first_name ?? '?';
  return h('button', { type: 'button', class: `quote-bar ${replied.from?.is_bot ? 'of-bot' : 'of-me'}`, data: { testid: 'reply-quote' },
    onclick: () => pane.timeline.jump(replied.message_id) },
  h('strong', {}, name), h('span', {}, message.quote?.text ?? summary(replied, pane.feed.bot.first_name)));
}

function reactionRow(message, pane) {
  if (!message.reactions?.length) return null;
  const byEmoji = Map.groupBy
    ? Map.groupBy(message.reactions, (one) => one.emoji)
    : message.reactions.reduce((all, one) => all.set(one.emoji, [...(all.get(one.emoji) ?? []), one]), new Map());
  return h('div', { class: 'reactions' }, [...byEmoji].map(([emoji, given]) => {
    const mine = given.some((one) => one.user_id === pane.personaId);
    return h('button', { type: 'button', class: `reaction ${mine ? 'mine' : ''}`, 'aria-pressed': String(mine), 'aria-label': t('react', { emoji }),
      data: { testid: 'reaction' }, onclick: () => pane.react(message, emoji) }, h('span', {}, emoji), h('span', { class: 'count' }, String(given.length)));
  }));
}
