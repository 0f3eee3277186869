// RichText (a string, an array, or an object with a type) to DOM nodes.

import { h, icon } from './dom.js';
import { link, spoiler } from './entities.js';
import { copyText } from './message_menu.js';
import { language, t } from './texts.js';

const TAGS = { bold: 'strong', italic: 'em', underline: 'u', strikethrough: 's', code: 'code', subscript: 'sub', superscript: 'sup', marked: 'mark' };

export function plainText(text) {
  if (text === undefined || text === null) return '';
  if (typeof text === 'string') return text;
  if (Array.isArray(text)) return text.map(plainText).join('');
  return text.alternative_text ?? text.expression ?? plainText(text.button?.text ?? text.text);
}

/** `on`: what a tap does; see `taps` in pane.js, and `jump(name)`. */
export function lineNodes(text, on) {
  if (typeof text === 'string') return [text];
  if (Array.isArray(text)) return text.flatMap((part) => lineNodes(part, on));
  return [wrap(text, on)];
}

function wrap(text, on) {
  const kind = text.type;
  const nodes = () => lineNodes(text.text, on);
  if (TAGS[kind]) return h(TAGS[kind], {}, nodes());
  if (kind === 'spoiler') return spoiler(nodes());
  if (kind === 'url') return link(text.url, nodes(), on);
  if (kind === 'email_address') return link(`mailto:${text.email_address}`, nodes(), on);
  if (kind === 'phone_number') return link(`tel:${text.phone_number}`, nodes(), on);
  if (kind === 'mention') return link(`https://t.me/${text.username}`, nodes(), on);
  if (kind === 'bot_command') return tap('command-link', nodes(), () => on.command?.(text.bot_command));
  if (kind === 'anchor_link') return tap('anchor-link', nodes(), () => on.jump(text.anchor_name));
  if (kind === 'reference_link') return tap('reference-link', nodes(), () => on.jump(text.reference_name));
  if (kind === 'anchor') return h('span', { class: 'rich-anchor', data: { anchor: text.name } });
  if (kind === 'reference') return h('span', { class: 'rich-reference', data: { anchor: text.name, testid: 'reference' } }, nodes());
  if (kind === 'date_time') return moment(text, nodes());
  if (kind === 'custom_emoji') return h('span', { class: 'emoji' }, text.alternative_text);
  if (kind === 'mathematical_expression') return formula(text.expression);
  if (kind === 'button') return buttonNode(text.button, on);
  return h('span', { class: 'link' }, nodes());
}

function tap(testid, nodes, onclick) {
  return h('button', { type: 'button', class: 'link', data: { testid }, onclick }, nodes);
}

/** The source as it is, Greek letters, powers and the commonest signs apart. */
export function formula(source) {
  return h('span', { class: 'formula', title: source, role: 'math', 'aria-label': source }, formulaNodes(source));
}

const SIGNS = { alpha: 'α', beta: 'β', gamma: 'γ', delta: 'δ', Delta: 'Δ', lambda: 'λ', mu: 'μ', pi: 'π', rho: 'ρ', sigma: 'σ', tau: 'τ', phi: 'φ', omega: 'ω', Omega: 'Ω',
  cdot: '·', times: '×', div: '÷', pm: '±', leq: '≤', geq: '≥', neq: '≠', approx: '≈', infty: '∞', sum: '∑', int: '∫', sqrt: '√', to: '→', circ: '°' };

function formulaNodes(source) {
  return source.split(/(\\frac\{[^{}]*\}\{[^{}]*\}|[_^](?:\{[^{}]*\}|\S)|\\[A-Za-z]+)/).map((part) => {
    const parts = /^\\frac\{(.*)\}\{(.*)\}$/.exec(part);
    if (parts) return h('span', { class: 'fraction' }, parts.slice(1).map((one) => h('span', {}, formulaNodes(one))));
    if (part.startsWith('\\')) return SIGNS[part.slice(1)] ?? part;
    if (part.length < 2 || !/^[_^]/.test(part)) return part;
    const inside = part[1] === '{' ? part.slice(2, -1) : part.slice(1);
    return h(part[0] === '^' ? 'sup' : 'sub', {}, formulaNodes(inside));
  });
}

/** A moment in the reader's own zone and language, as its format asks; its text without one. */
function moment({ unix_time: unix, date_time_format: format }, nodes) {
  const date = new Date(unix * 1000);
  const shown = format ? momentText(date, format) : null;
  return h('time', { class: 'moment', datetime: date.toISOString(), title: date.toLocaleString(language()), data: { testid: 'moment' } }, shown ?? nodes);
}

function momentText(date, format) {
  if (format === 'r') return relative(date);
  const options = {};
  if (format.includes('w')) options.weekday = 'long';
  if (/d/i.test(format)) options.dateStyle = format.includes('D') ? 'long' : 'short';
  if (/t/i.test(format)) options.timeStyle = format.includes('T') ? 'medium' : 'short';
  const { weekday, ...styles } = options;
  const parts = [weekday ? { weekday } : null, Object.keys(styles).length ? styles : null].filter(Boolean);
  return parts.map((part) => new Intl.DateTimeFormat(language(), part).format(date)).join(language() === 'zh' ? ' ' : ', ');
}

function relative(date) {
  const seconds = Math.round((date - Date.now()) / 1000);
  const units = [['year', 31536000], ['month', 2592000], ['day', 86400], ['hour', 3600], ['minute', 60]];
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
  return new Intl.RelativeTimeFormat(language(), { numeric: 'auto' }).format(Math.trunc(seconds / size), unit);
}

/** A button in a line or a row; it does what one under a message does. */
export function buttonNode(button, on) {
  const [sign, run] = meaning(button, on);
  return h('button', { type: 'button', class: `rich-button ${button.style ? `is-${button.style}` : ''}`, disabled: Boolean(button.disabled), data: { testid: 'rich-button' },
    onclick: (event) => run(event.currentTarget) }, h('span', {}, lineNodes(button.text, on)), sign ? icon(sign, 12) : null, h('span', { class: 'spinner', 'aria-hidden': 'true' }));
}

function meaning(button, { pane, message }) {
  if (button.callback_data !== undefined) return [null, (node) => pane.press(message, button.callback_data, node)];
  const url = button.url ?? button.web_app?.url ?? button.login_url?.url;
  if (url) return ['external', () => pane.openLink(url)];
  if (button.copy_text) return ['copy', () => copyText(pane, button.copy_text.text)];
  return [null, () => pane.say(t('unsupported_button'))];
}
