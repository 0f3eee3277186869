// The dialog for a new persona.

import { call } from './api.js';
import { h } from './dom.js';
import { button, dialog } from './overlays.js';
import { language, t } from './texts.js';

/** The new persona; null when cancelled. */
export async function newPersona() {
  let made = null;
  const name = h('input', { name: 'first_name', required: true, maxlength: 64, autofocus: true, autocomplete: 'off' });
  const tongue = select('language_code', [['zh', '中文'], ['en', 'English'], ['ru', 'Русский'], ['de', 'Deutsch']], language());
  const role = select('role', ['user', 'admin', 'editor'].map((one) => [one, t(`role_${one}`)]), 'user');
  const error = h('p', { class: 'error', role: 'alert' });
  await dialog('new-persona', t('new_persona'), (close) => {
    const submit = async (event) => {
      event.preventDefault();
      try {
        made = await call('POST', '/personas', { first_name: name.value.trim(), language_code: tongue.value, role: role.value });
        close();
      } catch (problem) {
        error.textContent = problem.message;
      }
    };
    return h('form', { onsubmit: submit }, h('h2', {}, t('new_persona')), field(t('name'), name),
      field(t('role'), role), field(t('persona_language'), tongue), error,
      h('div', { class: 'dialog-buttons' }, button(t('cancel'), () => close()),
        h('button', { class: 'button primary', type: 'submit' }, t('create'))));
  });
  return made;
}

const field = (label, input) => h('label', { class: 'field' }, h('span', {}, label), input);

function select(name, options, chosen) {
  return h('select', { name }, options.map(([value, label]) => h('option', { value, selected: value === chosen }, label)));
}
