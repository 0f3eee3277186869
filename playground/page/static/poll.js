// Polls and quizzes: choosing, voting, results.

import { h, icon } from './dom.js';
import { richText } from './entities.js';
import { button } from './overlays.js';
import { t, votesText } from './texts.js';

export function pollNode(message, pane) {
  const { poll } = message;
  const mine = message.my_votes ?? [];
  const open = !poll.is_closed && !mine.length;
  const chosen = new Set();
  const send = button(t('vote'), () => pane.vote(message, [...chosen]), 'poll-vote', { disabled: true });
  const tap = (n, node) => {
    if (!poll.allows_multiple_answers) {
      node.classList.add('waiting');
      return pane.vote(message, [n]).finally(() => node.classList.remove('waiting'));
    }
    node.setAttribute('aria-checked', String(!chosen.has(n)));
    if (!chosen.delete(n)) chosen.add(n);
    send.disabled = !chosen.size;
    return undefined;
  };
  const options = poll.options.map((option, n) => (open ? choice(option, n, poll, tap) : result(option, n, poll, mine)));
  return h('div', { class: 'poll', data: { testid: 'poll' } },
    h('strong', { class: 'poll-question' }, richText(poll.question, poll.question_entities)),
    h('small', { class: 'muted' }, kind(poll)),
    h('div', { class: 'poll-options', role: open ? (poll.allows_multiple_answers ? 'group' : 'radiogroup') : 'list', 'aria-label': poll.question }, options),
    !open && poll.explanation ? h('p', { class: 'explanation', data: { testid: 'explanation' } }, icon('bulb', 18),
      h('span', {}, richText(poll.explanation, poll.explanation_entities, pane.taps))) : null,
    open && poll.allows_multiple_answers ? send : h('small', { class: 'poll-total muted' }, votesText(poll.total_voter_count)));
}

function kind(poll) {
  if (poll.is_closed) return t('closed_poll');
  return t(`${poll.is_anonymous ? 'anonymous' : 'public'}_${poll.type === 'quiz' ? 'quiz' : 'poll'}`);
}

function choice(option, n, poll, tap) {
  const many = poll.allows_multiple_answers;
  return h('button', { type: 'button', class: `poll-choice ${many ? 'many' : ''}`, role: many ? 'checkbox' : 'radio', 'aria-checked': 'false',
    data: { testid: 'poll-option' }, onclick: (event) => tap(n, event.currentTarget) },
  h('span', { class: 'poll-mark' }, icon('check', 14)), h('span', {}, richText(option.text, option.text_entities)));
}

function result(option, n, poll, mine) {
  const percent = poll.total_voter_count ? Math.round((100 * option.voter_count) / poll.total_voter_count) : 0;
  const right = poll.correct_option_ids?.includes(n);
  const chosen = mine.includes(n);
  const wrong = poll.type === 'quiz' && chosen && !right;
  const bar = h('span', { class: 'poll-bar' }, h('i'));
  bar.firstChild.style.setProperty('width', `max(6px, ${percent}%)`);
  const mark = wrong ? 'close' : chosen || right ? 'check' : null;
  return h('div', { class: `poll-result ${wrong ? 'wrong' : ''} ${right ? 'right' : ''} ${chosen ? 'chosen' : ''}`, role: 'listitem', data: { testid: 'poll-result' } },
    h('span', { class: 'poll-percent' }, `${percent}%`),
    h('span', { class: 'poll-label' }, richText(option.text, option.text_entities)),
    h('span', { class: 'poll-badge', role: 'img', 'aria-label': wrong ? t('wrong') : right ? t('right') : '' }, mark ? icon(mark, 11) : null), bar);
}
