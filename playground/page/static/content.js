// What a message holds besides its text.

import { fileUrl } from './api.js';
import { avatar, h, icon, starred } from './dom.js';
import { lightbox } from './overlays.js';
import { pollNode } from './poll.js';
import { richNode } from './rich.js';
import { fileSize, t } from './texts.js';

const SHOWN = { width: 400, height: 420 }; // the largest a picture gets in a bubble, in pixels

export function contentNodes(message, pane) {
  if (message.rich_message) return [pane.drawsRich ? richNode(message, pane) : emptyBubble()];
  if (message.photo) return [photo(message)];
  if (message.document) return [documentLink(message.document)];
  if (message.poll) return [pollNode(message, pane)];
  if (message.invoice) return [invoice(message)];
  if (message.contact) return [contact(message.contact)];
  if (message.location) return place(message);
  if (message.text === undefined) return [h('p', { class: 'unsupported' }, t('unsupported'))];
  return [];
}

/** What an app shows that takes a rich message and can't draw it. */
function emptyBubble() {
  return h('div', { class: 'empty-bubble', data: { testid: 'empty-bubble' } });
}

function photo(message) {
  const size = message.photo.at(-1);
  const url = fileUrl(size.file_id);
  const scale = Math.min(1, SHOWN.width / size.width, SHOWN.height / size.height);
  const label = t('photo_of', { name: message.from.first_name });
  const open = () => (node.classList.contains('hidden-media') ? node.classList.remove('hidden-media') : lightbox(url, label, message.caption));
  const image = h('img', { src: url, alt: label, width: size.width, height: size.height, decoding: 'async' });
  const node = h('button', { type: 'button', class: `photo ${message.has_media_spoiler ? 'hidden-media' : ''}`, 'aria-label': label, data: { testid: 'photo' }, onclick: open }, image);
  node.style.setProperty('--width', `${Math.max(120, Math.round(size.width * scale))}px`);
  node.style.setProperty('--ratio', `${size.width} / ${size.height}`);
  return node;
}

export function documentLink(file) {
  const extension = (file.file_name?.split('.').slice(1).at(-1) ?? '').slice(0, 5);
  return h('a', { class: 'document', href: fileUrl(file.file_id), download: file.file_name, data: { testid: 'document' } },
    h('span', { class: 'document-icon' }, extension ? h('span', {}, extension) : icon('file'), icon('download')),
    h('span', { class: 'document-facts' }, h('strong', {}, file.file_name), h('small', {}, fileSize(file.file_size))));
}

function invoice(message) {
  const { title, description, total_amount: amount } = message.invoice;
  return h('div', { class: 'invoice', data: { testid: 'invoice' } }, h('strong', {}, title), h('p', {}, description),
    h('div', { class: 'price' }, h('span', {}, starred(`⭐ ${amount}`)),
      message.paid ? h('span', { class: 'receipt', data: { testid: 'paid' } }, icon('check', 16), t('paid')) : null));
}

function contact({ first_name: first, last_name: last, phone_number: phone, user_id: id }) {
  const name = [first, last].filter(Boolean).join(' ');
  return h('div', { class: 'contact', data: { testid: 'contact' } }, avatar(name, id ?? phone.length),
    h('span', { class: 'document-facts' }, h('strong', {}, name), h('small', {}, phone.startsWith('+') ? phone : `+${phone}`)));
}

function place({ location, venue }) {
  const { latitude, longitude } = location;
  const url = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=15/${latitude}/${longitude}`;
  const map = h('a', { class: 'map', href: url, target: '_blank', rel: 'noopener noreferrer', 'aria-label': t('location'), data: { testid: 'location' } },
    h('span', { class: 'map-pin' }, icon('place', 40)));
  const facts = venue ? [h('strong', {}, venue.title), h('small', {}, venue.address)]
    : [h('strong', {}, t('location')), h('small', {}, `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`)];
  return [map, h('div', { class: 'document-facts place-facts' }, facts)];
}
