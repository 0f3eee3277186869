// A rich message: its blocks to DOM nodes. Formatting inside a line is in rich_text.js.

import { fileUrl } from './api.js';
import { documentLink } from './content.js';
import { h, icon } from './dom.js';
import { expandable, pre } from './entities.js';
import { lightbox } from './overlays.js';
import { buttonNode, formula, lineNodes, plainText } from './rich_text.js';
import { fileSize, t } from './texts.js';

/** The message's blocks. `pane` takes the taps; `message` is what they are taps on. */
export function richNode(message, pane) {
  const { blocks, is_rtl: rtl } = message.rich_message;
  const on = { ...pane.taps, message, pane, jump: (name) => jump(node, name) };
  const node = h('div', { class: 'text rich', dir: rtl ? 'rtl' : 'auto', data: { testid: 'rich' } }, blockNodes(blocks, on));
  return node;
}

/** All that a rich message says, for lists and for copying. */
export function richWords(rich) {
  return (rich?.blocks ?? []).map(blockWords).filter(Boolean).join('\n');
}

function blockWords(block) {
  const inside = block.items?.flatMap((item) => item.blocks) ?? block.blocks ?? [];
  const caption = block.type === 'table' ? block.caption : block.caption?.text;
  const rows = (block.cells ?? []).map((row) => row.map((cell) => plainText(cell.text)).join(' | '));
  return [plainText(block.summary), plainText(block.text), block.expression, ...inside.map(blockWords), ...rows,
    plainText(caption), plainText(block.credit)].filter(Boolean).join('\n');
}

/** To an anchor or a reference of the message; to its top without a name. */
function jump(root, name) {
  const target = name ? [...root.querySelectorAll('[data-anchor]')].find((one) => one.dataset.anchor === name) : root;
  if (!target) return;
  for (let at = target.parentElement; at && at !== root; at = at.parentElement) {
    if (at.tagName === 'DETAILS') at.open = true;
    if (at.classList.contains('expandable') && !at.classList.contains('open')) at.querySelector('.quote-toggle').click();
  }
  target.scrollIntoView({ block: name ? 'center' : 'start', behavior: 'smooth' });
  target.classList.remove('flash-anchor');
  requestAnimationFrame(() => target.classList.add('flash-anchor'));
}

function blockNodes(blocks, on) {
  return blocks.map((block) => (DRAWERS[block.type] ?? unknown)(block, on));
}

const unknown = () => h('p', { class: 'unsupported' }, t('unsupported'));

function heading(block, on) {
  return h('div', { class: `rich-heading size-${block.size}`, role: 'heading', 'aria-level': block.size, data: { testid: 'rich-heading' } }, lineNodes(block.text, on));
}

function code(block, on) {
  return pre(block, plainText(block.text), lineNodes(block.text, on));
}

const credit = (block, on) => (block.credit ? h('cite', {}, lineNodes(block.credit, on)) : null);

function caption(block, on) {
  if (!block.caption) return null;
  return h('figcaption', {}, lineNodes(block.caption.text, on), credit(block.caption, on));
}

function list(block, on) {
  return h('ul', { class: 'rich-list', data: { testid: 'rich-list' } }, block.items.map((item) => h('li', {},
    item.has_checkbox ? h('span', { class: 'rich-box', role: 'img', 'aria-label': item.is_checked ? '☑' : '☐', 'data-checked': item.is_checked },
      item.is_checked ? icon('check', 12) : null) : h('span', { class: 'rich-label' }, item.label),
    h('div', { class: 'rich-item' }, blockNodes(item.blocks, on)))));
}

function quotation(block, on) {
  return h('blockquote', { class: 'rich-quote' }, blockNodes(block.blocks, on), credit(block, on));
}

function folded(block, on) {
  const quote = expandable([lineNodes(block.text, on), credit(block, on)].flat());
  quote.dataset.testid = 'rich-folded';
  return quote;
}

function details(block, on) {
  return h('details', { class: 'rich-details', open: block.is_open, data: { testid: 'rich-details' } },
    h('summary', {}, icon('down', 16), h('span', {}, lineNodes(block.summary, on))),
    h('div', { class: 'rich-inside' }, blockNodes(block.blocks, on)));
}

function table(block, on) {
  const kind = ['bordered', 'striped', 'compact'].filter((name) => block[`is_${name}`]).join(' ');
  const cell = (one) => h(one.is_header ? 'th' : 'td', { class: `at-${one.align} v-${one.valign}`, colspan: one.colspan, rowspan: one.rowspan },
    one.text === undefined ? null : lineNodes(one.text, on));
  return h('div', { class: 'rich-table', tabindex: 0, role: 'group', 'aria-label': plainText(block.caption) || t('table'), data: { testid: 'rich-table' } },
    h('table', { class: kind }, block.caption ? h('caption', {}, lineNodes(block.caption, on)) : null,
      h('tbody', {}, block.cells.map((row) => h('tr', {}, row.map(cell))))));
}

function map(block, on) {
  const { latitude, longitude } = block.location;
  const url = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=${block.zoom}/${latitude}/${longitude}`;
  const node = h('a', { class: 'map', href: url, target: '_blank', rel: 'noopener noreferrer', 'aria-label': t('location'), data: { testid: 'rich-map' } },
    h('span', { class: 'map-pin' }, icon('place', 40)), h('span', { class: 'map-spot' }, `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`));
  node.style.setProperty('--ratio', `${block.width} / ${block.height}`);
  return h('figure', {}, node, caption(block, on));
}

function picture(block) {
  const size = block.photo.at(-1);
  const url = fileUrl(size.file_id);
  const node = h('button', { type: 'button', class: `rich-photo ${block.has_spoiler ? 'hidden-media' : ''}`, 'aria-label': t('photo'), data: { testid: 'rich-photo' },
    onclick: () => (node.classList.contains('hidden-media') ? node.classList.remove('hidden-media')
      : lightbox(url, t('photo'), plainText(block.caption?.text))) },
  h('img', { src: url, alt: t('photo'), width: size.width, height: size.height, decoding: 'async' }));
  node.style.setProperty('--width', `${size.width}px`);
  node.style.setProperty('--ratio', `${size.width} / ${size.height}`);
  return node;
}

/** Films and sounds are not played here: their name, length and size, to be saved. */
function recording(file, sign) {
  const length = file.duration ? `${Math.floor(file.duration / 60)}:${String(file.duration % 60).padStart(2, '0')} · ` : '';
  return h('a', { class: 'document', href: fileUrl(file.file_id), download: file.file_name ?? '', data: { testid: 'rich-recording' } },
    h('span', { class: 'document-icon' }, icon(sign)),
    h('span', { class: 'document-facts' }, h('strong', {}, file.title ?? file.file_name ?? t('voice')), h('small', {}, `${length}${fileSize(file.file_size)}`)));
}

const MEDIA = {
  photo: picture,
  video: (block) => recording(block.video, 'play'),
  animation: (block) => recording(block.animation, 'play'),
  audio: (block) => recording(block.audio, 'note'),
  voice_note: (block) => recording(block.voice_note, 'note'),
  document: (block) => documentLink(block.document),
};

const medium = (block, on) => h('figure', {}, MEDIA[block.type](block), caption(block, on));

function collage(block, on) {
  const n = block.blocks.length;
  const node = h('div', { class: 'rich-collage', data: { testid: 'rich-collage' } }, block.blocks.map((one) => MEDIA[one.type](one)));
  node.style.setProperty('--columns', block.blocks.some((one) => one.type !== 'photo') ? 1 : n === 4 ? 2 : Math.min(n, 3));
  return h('figure', {}, node, caption(block, on));
}

function slideshow(block, on) {
  const slides = block.blocks.map((one) => h('div', { class: 'rich-slide' }, MEDIA[one.type](one), one.caption ? caption(one, on) : null));
  const dots = slides.map((slide, n) => h('button', { type: 'button', class: 'rich-dot', 'aria-label': `${n + 1} / ${slides.length}`,
    onclick: () => strip.scrollTo({ left: slide.offsetLeft - strip.offsetLeft, behavior: 'smooth' }) }));
  const strip = h('div', { class: 'rich-slides', tabindex: 0, data: { testid: 'rich-slideshow' }, onscroll: () => light() }, slides);
  const light = () => {
    const at = strip.clientWidth ? Math.round(Math.abs(strip.scrollLeft) / strip.clientWidth) : 0;
    dots.forEach((dot, n) => dot.classList.toggle('on', n === at));
  };
  light();
  return h('figure', {}, strip, h('div', { class: 'rich-dots' }, dots), caption(block, on));
}

const DRAWERS = {
  paragraph: (block, on) => h('p', {}, lineNodes(block.text, on)),
  heading,
  pre: code,
  footer: (block, on) => h('p', { class: 'rich-footer' }, lineNodes(block.text, on)),
  divider: () => h('hr', {}),
  mathematical_expression: (block) => h('div', { class: 'rich-math' }, formula(block.expression)),
  anchor: (block) => h('span', { class: 'rich-anchor', data: { anchor: block.name } }),
  list,
  blockquote: quotation,
  expandable_blockquote: folded,
  pullquote: (block, on) => h('aside', {}, h('p', {}, lineNodes(block.text, on)), credit(block, on)),
  collage,
  slideshow,
  table,
  details,
  map,
  buttons: (block, on) => h('div', { class: `rich-row at-${block.align ?? 'fill'}`, data: { testid: 'rich-row' } }, block.buttons.map((one) => buttonNode(one, on))),
  thinking: (block, on) => h('p', { class: 'rich-thinking' }, lineNodes(block.text, on)),
  ...Object.fromEntries(Object.keys(MEDIA).map((kind) => [kind, medium])),
};
