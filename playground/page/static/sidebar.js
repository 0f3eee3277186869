// The list of personas: who they are, what was said last, what they have not seen.

import { avatar, h, icon, iconButton, starred } from './dom.js';
import { summary } from './summary.js';
import { shortTime, t } from './texts.js';

/** `on`: `{select(id), beside(id), add(), addGroup(), theme(), language(), bot(id)}`. */
export class Sidebar {
  constructor(on) {
    this.on = on;
    this.list = h('ul', { class: 'personas', data: { testid: 'persona-list' }, 'aria-label': t('personas') });
    this.bots = h('select', { class: 'bot-picker', 'aria-label': t('choose_bot'), hidden: true,
      onchange: () => on.bot(Number(this.bots.value)) });
    this.node = h('aside', { class: 'sidebar' },
      h('header', { class: 'bar sidebar-head' }, h('h1', {}, t('title')), this.bots,
        iconButton('language', t('language'), on.language, { data: { testid: 'language' } }),
        iconButton('moon', t('theme'), on.theme, { data: { testid: 'theme' } })),
      this.list,
      h('button', { type: 'button', class: 'fab', 'aria-label': t('new_persona'), title: t('new_persona'),
        data: { testid: 'add-persona' }, onclick: on.add }, icon('personAdd')));
  }

  /** `open`: the ids on screen; `unread`: a count by id; `bot`: the one talked to. */
  show({ personas, groups, bots, bot, open, unread }) {
    this.list.replaceChildren(...personas.map((one) => this.row(one, bot, open, unread(one))),
      ...groups.map((one) => this.groupRow(one, bot, open)),
      bot ? h('li', { class: 'add-group' }, h('button', { type: 'button', class: 'row', data: { testid: 'add-group' }, onclick: this.on.addGroup }, icon('people'), t('new_group'))) : '');
    this.bots.hidden = bots.length < 2;
    this.bots.replaceChildren(...bots.map((one) => h('option', { value: one.id, selected: one.id === bot?.id }, one.first_name)));
  }

  /** A group, seen by whom it was last seen by, or by its first member. */
  groupRow(group, bot, open) {
    const last = group.last_message;
    const shown = open.find((id) => String(id).startsWith(`${group.id}@`));
    return h('li', { class: shown ? 'active' : '', data: { testid: 'group', groupId: group.id } },
      h('button', { type: 'button', class: 'row', 'aria-current': shown ? 'true' : undefined, onclick: () => this.on.select(shown ?? `${group.id}@${group.members[0]}`) },
        avatar(group.title, group.id),
        h('span', { class: 'row-main' },
          h('span', { class: 'row-top' }, h('span', { class: 'row-name' }, group.title), h('span', { class: 'role' }, t('group')),
            last ? h('time', {}, shortTime(last.date)) : null),
          h('span', { class: 'row-bottom' }, h('span', { class: 'preview' },
            last ? [h('span', { class: 'preview-who' }, `${last.from.first_name}: `), starred(summary(last, bot?.first_name))] : t('members', { n: group.members.length }))))));
  }

  row(persona, bot, open, unread) {
    const last = persona.last_message;
    const shown = open.includes(persona.id);
    const beside = open.length && !shown;
    return h('li', { class: shown ? 'active' : '', data: { testid: 'persona', personaId: persona.id, role: persona.role } },
      h('button', { type: 'button', class: 'row', 'aria-current': shown ? 'true' : undefined, onclick: () => this.on.select(persona.id) },
        avatar(persona.first_name, persona.id),
        h('span', { class: 'row-main' },
          h('span', { class: 'row-top' },
            h('span', { class: 'row-name' }, persona.first_name),
            h('span', { class: `role role-${persona.role}` }, t(`role_${persona.role}`)),
            last ? h('time', {}, shortTime(last.date)) : null),
          h('span', { class: 'row-bottom' },
            h('span', { class: 'preview' },
              last && !last.from.is_bot ? h('span', { class: 'preview-who' }, `${t('you')}: `) : null,
              last ? starred(summary(last, bot?.first_name)) : `@${persona.username} · ${persona.language_code}`),
            persona.blocked ? icon('block', 18) : null,
            unread ? h('span', { class: 'unread', data: { testid: 'unread' }, 'aria-label': t('unread', { n: unread }) }, String(unread)) : null))),
      beside ? iconButton('split', t('beside'), () => this.on.beside(persona.id), { class: 'icon-button beside', data: { testid: 'open-beside' } }) : null);
  }
}
