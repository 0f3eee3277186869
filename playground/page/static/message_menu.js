// What can be done with one message, and the row of reactions above it.

import { fileUrl } from './api.js';
import { h } from './dom.js';
import { richWords } from './rich.js';
import { popupMenu } from './overlays.js';
import { t } from './texts.js';

const REACTIONS = ['👍', '👎', '❤', '🔥', '🎉', '😁', '🤔', '👏'];

export function messageMenu(pane, message, x, y) {
  const text = message.text ?? message.caption ?? richWords(pane.drawsRich ? message.rich_message : null);
  const file = message.document?.file_id ?? message.photo?.at(-1).file_id;
  const mine = message.reactions?.find((one) => one.user_id === pane.personaId)?.emoji;
  let close;
  const row = pane.groupId ? null : h('div', { class: 'reaction-picker' }, REACTIONS.map((emoji) => h('button', {
    type: 'button', class: emoji === mine ? 'mine' : '', 'aria-label': t('react', { emoji }), 'aria-pressed': String(emoji === mine),
    onclick: () => { close(); pane.react(message, emoji); },
  }, emoji)));
  close = popupMenu(x, y, [
    { label: t('reply'), icon: 'reply', run: () => pane.composer.replyTo(message) },
    text ? { label: t('copy'), icon: 'copy', run: () => copyText(pane, text) } : null,
    file ? { label: t('download'), icon: 'download', run: () => download(file, message.document?.file_name ?? 'photo') } : null,
    message.my_votes?.length && message.poll.allows_revoting && !message.poll.is_closed
      ? { label: t('retract'), icon: 'undo', run: () => pane.vote(message, []) } : null,
  ], row);
}

export async function copyText(pane, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without permission for the clipboard there is still the old way.
    const area = h('textarea', { class: 'off-screen', value: text });
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  pane.say(t('copied'));
}

function download(fileId, name) {
  h('a', { href: fileUrl(fileId), download: name }).click();
}
