// A persona's subscriptions: what is paid until when, ending them, and time that passes.

import { call } from './api.js';
import { h, icon, starred } from './dom.js';
import { button, dialog } from './overlays.js';
import { shortDate, t } from './texts.js';

const MONTH = 30 * 86_400; // seconds
const ACTIONS = { active: 'cancel', canceled: 'enable', failed: 'retry' };

/** Whether a link asks for Stars. */
export function isInvoice(url) {
  return /^https?:\/\/t\.me\/(\$|%24|invoice\/)/i.test(url);
}

/** `pane.drawSubscriptions` draws it anew while it is open. */
export async function subscriptionsDialog(pane) {
  const list = h('ul', { class: 'subscriptions' });
  const stars = h('input', { type: 'checkbox', data: { testid: 'has-stars' },
    onchange: () => pane.attempt(() => pane.actor.post('stars', { enough: stars.checked })) });
  pane.drawSubscriptions = () => {
    const { subscriptions, persona } = pane.feed;
    stars.checked = !persona.out_of_stars;
    list.replaceChildren(...(subscriptions.length ? subscriptions.map((one) => row(one, pane))
      : [h('li', { class: 'muted' }, t('no_subscriptions'))]));
  };
  pane.drawSubscriptions();
  await dialog('subscriptions', t('subscriptions'), (close) => [
    h('h2', {}, t('subscriptions')), list,
    h('label', { class: 'check' }, stars, t('has_stars')),
    h('div', { class: 'dialog-buttons' },
      button(t('pass_month'), () => pane.attempt(() => call('POST', '/clock', { seconds: MONTH })), '', { data: { testid: 'pass-month' } }),
      button(t('close'), () => close(), 'primary', { autofocus: true })),
  ]);
  pane.drawSubscriptions = null;
}

function row(one, pane) {
  const action = one.canceled_by_bot && one.state === 'canceled' ? null : ACTIONS[one.state];
  const act = () => pane.attempt(() => pane.actor.post('subscriptions', { charge_id: one.charge_id, action }));
  return h('li', { data: { testid: 'subscription', state: one.state } },
    h('span', { class: `subscription-mark ${one.state}` }, icon(one.state === 'active' ? 'check' : one.state === 'canceled' ? 'clock' : 'close', 20)),
    h('span', { class: 'subscription-facts' },
      h('strong', {}, one.title),
      h('small', {}, starred(`⭐ ${one.amount}`), ` · ${t('every_month')}`),
      h('small', { class: one.state === 'failed' ? 'error' : '' },
        t(`subscription_${one.canceled_by_bot && one.state === 'canceled' ? 'stopped' : one.state}`, { date: shortDate(one.expires_at) }))),
    action ? button(t(`subscription_${action}`), act, 'small', { data: { testid: `subscription-${action}` } }) : null);
}
