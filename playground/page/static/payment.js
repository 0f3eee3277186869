// The sheet in which an invoice is paid.

import { avatar, h, icon, starred } from './dom.js';
import { button, dialog } from './overlays.js';
import { t } from './texts.js';

const DONE_SHOWN = 1400; // milliseconds

/** `bill`: `{title, description, n, period, body}`; `body` is what the call to pay says. */
export function payDialog(pane, { title, description, n, period, body }) {
  const { bot, persona } = pane.feed;
  return dialog('payment', t('checkout'), (close) => {
    const outcome = h('p', { class: 'error', role: 'alert', data: { testid: 'payment-error' } });
    const confirm = button(starred(t('confirm_pay', { n })), pay, 'primary wide', { autofocus: true, data: { testid: 'payment-confirm' } });
    const cancel = button(t('cancel'), () => close(), 'wide');
    const sheet = h('div', { class: 'sheet' }, avatar(bot.first_name, bot.id), h('h2', {}, title), h('p', { class: 'muted pre-line' }, description),
      h('dl', {}, h('dt', {}, t(period ? 'every_month' : 'total')), h('dd', {}, starred(`⭐ ${n}`))),
      h('p', { class: 'muted small' }, t(period ? 'subscribe_hint' : 'checkout_hint', { persona: persona.first_name, n, bot: bot.first_name })),
      outcome, confirm, cancel);

    async function pay() {
      confirm.disabled = true;
      outcome.textContent = '';
      confirm.replaceChildren(h('span', { class: 'spinner on' }), t('checking'));
      let error;
      try {
        const answer = await pane.person.post('payments', body);
        error = answer.ok ? null : answer.error;
      } catch (problem) {
        error = problem instanceof TypeError ? t('offline') : problem.message;
      }
      if (error === null) return done();
      outcome.replaceChildren(h('strong', {}, t('pay_failed')), error);
      confirm.disabled = false;
      confirm.replaceChildren(...starred(t('confirm_pay', { n })));
      return undefined;
    }

    function done() {
      sheet.replaceChildren(h('span', { class: 'success' }, icon('check', 48)),
        h('h2', { role: 'status', data: { testid: 'payment-done' } }, t('pay_done')), h('p', { class: 'muted' }, starred(`⭐ ${n} · ${title}`)));
      setTimeout(close, DONE_SHOWN);
    }
    return sheet;
  });
}
