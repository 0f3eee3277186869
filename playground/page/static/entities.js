// Message entities to DOM nodes. Offsets are UTF-16 code units, as JavaScript strings count.

import { h, icon } from './dom.js';
import { t } from './texts.js';

const PLAIN_TAGS = { bold: 'strong', italic: 'em', underline: 'u', strikethrough: 's', code: 'code' };
const SAFE = /^(https?|mailto|tel):/i;

/**
 * The text as nodes. `on` says what a tap does: `{command(text), link(url) → bool}`; `link` returns
 * true where the page itself follows it (the bot's own start links).
 */
export function richText(text, entities = [], on = {}) {
  const order = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return build(text, order, 0, text.length, on);
}

/** Entities that only partly overlap are cut at the border, so that the tree stays a tree. */
function build(text, entities, start, end, on) {
  const nodes = [];
  let at = start;
  let rest = entities;
  while (rest.length) {
    const [entity, ...others] = rest;
    const from = Math.max(entity.offset, at);
    const to = Math.min(entity.offset + entity.length, end);
    if (to <= from) {
      rest = others;
      continue;
    }
    if (from > at) nodes.push(text.slice(at, from));
    const inside = others.filter((other) => other.offset < to);
    nodes.push(wrap(entity, text.slice(from, to), build(text, inside, from, to, on), on));
    at = to;
    rest = others.filter((other) => other.offset + other.length > to);
  }
  if (at < end) nodes.push(text.slice(at, end));
  return nodes;
}

function wrap(entity, raw, nodes, on) {
  const kind = entity.type;
  if (PLAIN_TAGS[kind]) return h(PLAIN_TAGS[kind], {}, nodes);
  if (kind === 'spoiler') return spoiler(nodes);
  if (kind === 'pre') return pre(entity, raw, nodes);
  if (kind === 'blockquote') return h('blockquote', {}, nodes);
  if (kind === 'expandable_blockquote') return expandable(nodes);
  if (kind === 'text_link') return link(entity.url, nodes, on);
  if (kind === 'url') return link(/^[a-z]+:\/\//i.test(raw) ? raw : `https://${raw}`, nodes, on);
  if (kind === 'email') return link(`mailto:${raw}`, nodes, on);
  if (kind === 'phone_number') return link(`tel:${raw}`, nodes, on);
  if (kind === 'mention') return link(`https://t.me/${raw.slice(1)}`, nodes, on);
  if (kind === 'text_mention' || kind === 'hashtag' || kind === 'cashtag') {
    return h('span', { class: 'link' }, nodes);
  }
  if (kind === 'bot_command') {
    return h('button', { type: 'button', class: 'link', data: { testid: 'command-link' }, onclick: () => on.command?.(raw) }, nodes);
  }
  return h('span', {}, nodes);
}

export function link(url, nodes, on) {
  const own = on.owns?.(url);
  if (!SAFE.test(url) && !own) return h('span', { class: 'link', title: url }, nodes);
  const props = { class: 'link', href: url, target: '_blank', rel: 'noopener noreferrer', title: url };
  const follow = (event) => {
    if (!own) return;
    event.preventDefault();
    on.link(url);
  };
  return h('a', { ...props, onclick: follow }, nodes);
}

export function spoiler(nodes) {
  const node = h('span', { class: 'spoiler', role: 'button', tabindex: 0, 'aria-label': t('spoiler') }, h('span', {}, nodes));
  const reveal = (event) => {
    if (node.classList.contains('revealed') || (event.type === 'keydown' && event.key !== 'Enter' && event.key !== ' ')) return;
    event.preventDefault();
    event.stopPropagation();
    node.classList.add('revealed');
    for (const name of ['role', 'tabindex', 'aria-label']) node.removeAttribute(name);
  };
  node.addEventListener('click', reveal, true);
  node.addEventListener('keydown', reveal);
  return node;
}

export function pre(entity, raw, nodes) {
  const copy = h('button', { type: 'button', class: 'pre-copy', 'aria-label': t('copy'), title: t('copy'),
    onclick: () => navigator.clipboard?.writeText(raw) }, icon('copy', 16));
  return h('pre', { class: entity.language ? 'with-language' : '' },
    h('span', { class: 'pre-language' }, entity.language || ''), copy, h('code', {}, nodes));
}

export function expandable(nodes) {
  const body = h('span', { class: 'quote-body' }, nodes);
  const toggle = h('button', { type: 'button', class: 'quote-toggle', 'aria-expanded': 'false', 'aria-label': t('expand') }, icon('down', 16));
  const quote = h('blockquote', { class: 'expandable' }, body, toggle);
  toggle.addEventListener('click', () => {
    const open = quote.classList.toggle('open');
    toggle.setAttribute('aria-expanded', String(open));
    toggle.setAttribute('aria-label', t(open ? 'collapse' : 'expand'));
  });
  return quote;
}

/** The start payload of a link to the bot itself; null for every other link. */
export function startPayload(url, username) {
  let parsed;
  try {
    parsed = new URL(url);
  } catch {
    return null;
  }
  const name = username.toLowerCase();
  const query = parsed.searchParams;
  if (parsed.protocol === 'tg:' && parsed.host === 'resolve') {
    return query.get('domain')?.toLowerCase() === name ? query.get('start') || '' : null;
  }
  if (!/^https?:$/.test(parsed.protocol) || !/^(t\.me|telegram\.me)$/.test(parsed.hostname)) return null;
  return parsed.pathname.slice(1).replace(/\/$/, '').toLowerCase() === name ? query.get('start') || '' : null;
}
