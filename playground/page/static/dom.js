// Building DOM nodes. Text only ever goes in as text: nothing here parses HTML.

/** An element: `h('button', {class: 'x', onclick: f, data: {testid: 'y'}}, 'label', node, null)`. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'data') Object.assign(node.dataset, value);
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'class') node.className = value;
    else if (name === 'value') node.value = value;
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const SVG = 'http://www.w3.org/2000/svg';
// 24 × 24, drawn with strokes.
const PATHS = {
  back: 'M20 12H4m7-7-7 7 7 7',
  close: 'M6 6l12 12M18 6 6 18',
  more: 'M12 5v.01M12 12v.01M12 19v.01',
  attach: 'M20 11.5 12.2 19.300a5 5 0 0 1-7-7l8.5-8.500a3.4 3.4 0 0 1 4.8 4.800l-8.4 8.400a1.7 1.7 0 0 1-2.4-2.400l7.7-7.7',
  send: 'M4 12 3 4l18 8-18 8 1-8zm0 0h9',
  keyboard: 'M4 6h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1zm3 4v.01M11 10v.01M15 10v.01M18 10v.01M8 14h8',
  down: 'M6 9l6 6 6-6',
  menu: 'M4 7h16M4 12h16M4 17h16',
  moon: 'M20 14.500A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.500z',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.4 1.400M17.6 17.6 19 19M5 19l1.4-1.400M17.6 6.4 19 5',
  plus: 'M12 5v14M5 12h14',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20c1-4 4-5.5 7.5-5.500s6.5 1.5 7.5 5.5',
  personAdd: 'M10 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM3 20c.8-4 3.5-5.5 7-5.500s6.2 1.5 7 5.500M19 6v6m-3-3h6',
  split: 'M4 5h16v14H4zM12 5v14',
  reply: 'M10 7 4 12l6 5v-3.500c5 0 8 1 10 4.5 0-6-4-9.5-10-9.500z',
  copy: 'M9 9h10v11H9zM6 15H5V4h10v2',
  smile: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8.5 14c1.8 2.6 5.2 2.6 7 0M9 9.500v.5m6-.5v.5',
  block: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM5.7 5.700l12.6 12.6',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.700l1-1',
  external: 'M8 7h9v9M17 7 7 17',
  pin: 'M9 4h6l-1 6 3 3v2H7v-2l3-3zM12 15v6',
  photo: 'M4 5h16v14H4zM8.5 9.500v.01M4 17l5-5 4 4 3-3 4 4',
  file: 'M6 3h8l5 5v13H6zM14 3v5h5',
  play: 'M8 5v14l11-7z',
  note: 'M9 18V5l10-2v13M9 18a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM19 16a3 3 0 1 1-6 0 3 3 0 0 1 6 0z',
  place: 'M12 21c-5-5.5-7-8.3-7-11a7 7 0 0 1 14 0c0 2.7-2 5.5-7 11zM12 7.500a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z',
  download: 'M12 4v12m-5-5 5 5 5-5M5 20h14',
  check: 'M5 12.5 10 17.5 19.5 7',
  bulb: 'M9 18h6M10 21h4M8 14.500A6 6 0 1 1 16 14.500c-.7.7-1 1.3-1 2H9c0-.7-.3-1.3-1-2z',
  undo: 'M8 5 4 9l4 4M4 9h10a5 5 0 0 1 0 10h-3',
  pay: 'M3 6h18v12H3zM3 10h18',
  star: 'M12 2.8 14.9 8.9l6.6.8-4.9 4.6 1.3 6.6L12 17.6l-5.9 3.3 1.3-6.6L2.5 9.7l6.6-.8z',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.500 2',
  eye: 'M2.500 12c2.500-4.500 5.800-6.500 9.500-6.500s7 2 9.500 6.500c-2.500 4.500-5.800 6.500-9.500 6.500s-7-2-9.500-6.500zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  people: 'M9 5a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM2.500 19.500c.8-3.500 3.300-5 6.500-5s5.700 1.500 6.500 5M16 5.500a3.500 3.500 0 0 1 0 6.500M17.500 14.800c2.200.6 3.500 2.200 4 4.700',
  language: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c5 5 5 13 0 18-5-5-5-13 0-18z',
};

export function icon(name, size = 24) {
  const node = document.createElementNS(SVG, 'svg');
  const attributes = { viewBox: '0 0 24 24', width: size, height: size, fill: 'none', stroke: 'currentColor',
    'stroke-width': 1.9, 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true' };
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.setAttribute('class', `icon icon-${name}`);
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  node.append(path);
  return node;
}

/** One or two ticks, as beside a message that was sent. */
export function ticks() {
  const node = icon('check', 16);
  node.setAttribute('viewBox', '0 0 18 12');
  node.setAttribute('stroke-width', 1.6);
  node.setAttribute('class', 'ticks');
  node.firstChild.setAttribute('d', 'M1 6.5 4.5 10 11 2M8 8.8 9.2 10 16 2');
  return node;
}

/** The text with every star emoji drawn, so that it looks the same on every system; a number stays
 * beside its star. */
export function starred(text) {
  return text.split(/(⭐\uFE0F?[ \u00A0]?[\d.,]*)/).map((part, n) => {
    if (n % 2 === 0) return part;
    const star = icon('star', 18);
    star.setAttribute('role', 'img');
    star.setAttribute('aria-label', '⭐');
    star.removeAttribute('aria-hidden');
    return h('span', { class: 'stars' }, star, part.replace(/^⭐\uFE0F?/, ''));
  });
}

export function iconButton(name, label, onclick, props = {}) {
  return h('button', { type: 'button', class: 'icon-button', 'aria-label': label, title: label, onclick, ...props }, icon(name));
}

/** A round picture of a name: its first letter on one of Telegram's seven colours. */
export function avatar(name, id, extra = '') {
  const letter = Array.from(name.trim())[0] || '?';
  return h('span', { class: `avatar hue-${Math.abs(id) % 7} ${extra}`, 'aria-hidden': 'true' }, letter.toUpperCase());
}
