// Sending photos and files: by the button, by dropping, by pasting.

import { h, icon } from './dom.js';
import { button, dialog, popupMenu } from './overlays.js';
import { fileSize, t } from './texts.js';

const SHOWABLE = /^image\/(png|jpeg|gif|webp)$/;

export function attachMenu(pane, anchor) {
  const box = anchor.getBoundingClientRect();
  popupMenu(box.right - 190, box.top - 8, [
    { label: t('photo'), icon: 'photo', run: () => choose(pane, 'image/png,image/jpeg,image/gif,image/webp') },
    { label: t('file'), icon: 'file', run: () => choose(pane, '', true) },
    { label: t('location'), icon: 'place', run: () => pane.attempt(() => pane.actor.post('locations')) },
    { label: t('contact'), icon: 'person', run: () => pane.attempt(() => pane.actor.post('contacts')) },
  ]);
}

function choose(pane, accept, asFile = false) {
  const input = h('input', { type: 'file', accept, multiple: true });
  input.addEventListener('change', () => input.files.length && sendFiles(pane, [...input.files], asFile));
  input.click();
}

/** The sheet with previews and a caption. */
export function sendFiles(pane, files, asFile = false) {
  const pictures = files.every((file) => SHOWABLE.test(file.type));
  const urls = [];
  const preview = (file) => {
    if (!SHOWABLE.test(file.type)) {
      return h('div', { class: 'document' }, h('span', { class: 'document-icon' }, icon('file')),
        h('span', { class: 'document-facts' }, h('strong', {}, file.name), h('small', {}, fileSize(file.size))));
    }
    urls.push(URL.createObjectURL(file));
    return h('img', { src: urls.at(-1), alt: file.name });
  };
  const one = pictures && !asFile ? t('send_photo') : t('send_file');
  const title = files.length === 1 ? one : t('send_many', { n: files.length });
  const plain = h('input', { type: 'checkbox' });
  plain.checked = asFile || !pictures;
  const caption = h('textarea', { rows: 1, placeholder: t('caption'), 'aria-label': t('caption'), maxlength: 1024, autofocus: true, data: { testid: 'caption' } });
  const submit = async (close) => {
    close();
    for (const [n, file] of files.entries()) {
      const kind = plain.checked || !SHOWABLE.test(file.type) ? 'document' : 'photo';
      await pane.attempt(() => pane.actor.upload(file, kind, n === 0 ? caption.value.trim() : ''));
    }
  };
  return dialog('attachment', title, (close) => {
    caption.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      submit(close);
    });
    return [h('h2', {}, title), h('div', { class: 'previews' }, files.map(preview)),
      pictures ? h('label', { class: 'check' }, plain, t('as_file')) : null,
      h('label', { class: 'field' }, caption),
      h('div', { class: 'dialog-buttons' }, button(t('cancel'), () => close()),
        button(t('send'), () => submit(close), 'primary', { data: { testid: 'attachment-send' } }))];
  }).then(() => urls.forEach((url) => URL.revokeObjectURL(url)));
}

export function acceptDrops(pane) {
  const veil = h('div', { class: 'drop-veil', 'aria-hidden': 'true' }, h('p', {}, t('drop_here')));
  let depth = 0;
  const carriesFiles = (event) => event.dataTransfer?.types.includes('Files');
  const show = (step) => {
    depth = Math.max(0, depth + step);
    veil.classList.toggle('on', depth > 0);
  };
  pane.node.append(veil);
  pane.node.addEventListener('dragenter', (event) => carriesFiles(event) && show(1));
  pane.node.addEventListener('dragleave', (event) => carriesFiles(event) && show(-1));
  pane.node.addEventListener('drop', (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    show(0);
    sendFiles(pane, [...event.dataTransfer.files]);
  });
}
