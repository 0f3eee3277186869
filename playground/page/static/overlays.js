// Toasts, dialogs, menus and the picture viewer.

import { h, icon, iconButton } from './dom.js';
import { t } from './texts.js';

/** A modal dialog; Esc and the backdrop close it. Resolves with its `returnValue` when closed. */
export function dialog(testid, label, build, props = {}) {
  const node = h('dialog', { class: 'dialog', 'aria-label': label, data: { testid }, ...props });
  const close = (value = '') => node.open && node.close(value);
  node.append(...[build(close)].flat().filter(Boolean));
  node.addEventListener('pointerdown', (event) => event.target === node && close());
  document.body.append(node);
  node.showModal();
  return new Promise((resolve) => {
    node.addEventListener('close', () => {
      node.remove();
      resolve(node.returnValue);
    });
  });
}

export function button(label, onclick, extra = '', props = {}) {
  return h('button', { type: 'button', class: `button ${extra}`, onclick, ...props }, label);
}

/** What a bot says with `show_alert`. */
export function alertDialog(title, text) {
  return dialog('alert', title, (close) => [
    h('h2', {}, title),
    h('p', { class: 'pre-line' }, text),
    h('div', { class: 'dialog-buttons' }, button(t('ok'), () => close(), 'primary', { autofocus: true })),
  ], { role: 'alertdialog' });
}

/** True when confirmed. */
export async function confirmDialog(title, text, yes) {
  const answer = await dialog('confirm', title, (close) => [
    h('h2', {}, title),
    h('p', {}, text),
    h('div', { class: 'dialog-buttons' }, button(t('cancel'), () => close()),
      button(yes, () => close('yes'), 'primary', { autofocus: true })),
  ]);
  return answer === 'yes';
}

/** One line asked for; null when cancelled. */
export async function askDialog(title, label, yes) {
  const input = h('input', { type: 'text', autofocus: true, 'aria-label': label, placeholder: label });
  const answer = await dialog('ask', title, (close) => h('form', { method: 'dialog',
    onsubmit: (event) => { event.preventDefault(); close('yes'); } },
  h('h2', {}, title), h('label', { class: 'field' }, input),
  h('div', { class: 'dialog-buttons' }, button(t('cancel'), () => close()),
    h('button', { class: 'button primary', type: 'submit' }, yes))));
  return answer === 'yes' ? input.value.trim() : null;
}

/** A short word over a pane, gone by itself. */
export function toast(stack, text, kind = '') {
  const node = h('div', { class: `toast ${kind}`, data: { testid: 'toast' } }, text);
  stack.append(node);
  setTimeout(() => node.remove(), Math.max(3500, text.length * 60));
}

/** A menu at a point: `[{label, icon, run, danger}]`, and anything to show above it. */
export function popupMenu(x, y, items, head = null) {
  document.querySelector('.popup')?.remove();
  const before = document.activeElement;
  const node = h('div', { class: 'popup', data: { testid: 'menu' }, popover: 'auto' }, head,
    h('div', { class: 'popup-list', role: 'menu' }, items.filter(Boolean).map((item) =>
      h('button', { type: 'button', role: 'menuitem', class: item.danger ? 'danger' : '',
        onclick: () => { node.hidePopover(); item.run(); } }, icon(item.icon, 20), item.label))));
  document.body.append(node);
  node.addEventListener('toggle', (event) => {
    if (event.newState !== 'closed') return;
    if (node.contains(document.activeElement) || document.activeElement === document.body) before?.focus?.();
    node.remove();
  });
  node.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    const all = [...node.querySelectorAll('[role=menuitem]')];
    const step = event.key === 'ArrowDown' ? 1 : -1;
    all.at((all.indexOf(document.activeElement) + step) % all.length)?.focus();
  });
  node.showPopover();
  const box = node.getBoundingClientRect();
  node.style.left = `${Math.max(8, Math.min(x, innerWidth - box.width - 8))}px`;
  node.style.top = `${Math.max(8, y + box.height > innerHeight - 8 ? Math.min(y, innerHeight) - box.height : y)}px`;
  node.querySelector('[role=menuitem]')?.focus({ preventScroll: true });
  return () => node.matches(':popover-open') && node.hidePopover();
}

export function lightbox(url, label, caption) {
  return dialog('lightbox', label, (close) => [
    h('div', { class: 'lightbox-bar' },
      h('a', { class: 'icon-button', href: url, download: '', 'aria-label': t('download'), title: t('download') }, icon('download')),
      iconButton('close', t('close'), () => close(), { autofocus: true })),
    h('img', { src: url, alt: label, onclick: () => close() }),
    caption ? h('p', {}, caption) : null,
  ], { class: 'dialog lightbox' });
}
