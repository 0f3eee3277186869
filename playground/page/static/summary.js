// A message in one line: for the list, quotes and the pinned bar.

import { richWords } from './rich.js';
import { shortDate, t } from './texts.js';

const firstLine = (text) => text.replace(/\s+/g, ' ').trim().slice(0, 160);

export function summary(message, botName = '') {
  if (message.text) return firstLine(message.text);
  if (message.rich_message) return firstLine(richWords(message.rich_message));
  const caption = message.caption ? firstLine(message.caption) : '';
  if (message.photo) return caption || t('photo');
  if (message.document) return caption || message.document.file_name;
  if (message.poll) return firstLine(message.poll.question);
  if (message.invoice) return firstLine(message.invoice.title);
  if (message.contact) return `${t('contact')}: ${message.contact.first_name}`;
  if (message.venue) return firstLine(message.venue.title);
  if (message.location) return t('location');
  return serviceText(message, botName) ?? t('unsupported');
}

/** What a service message says; null for every other message. */
export function serviceText(message, botName) {
  const { is_recurring: recurring, is_first_recurring: first } = message.successful_payment ?? {};
  if (recurring) {
    const { total_amount: n, subscription_expiration_date: end } = message.successful_payment;
    return t(first ? 'subscribed_service' : 'renewed_service', { bot: botName, n, date: shortDate(end) });
  }
  if (message.successful_payment) {
    return t('paid_service', { bot: botName, n: message.successful_payment.total_amount });
  }
  if (message.refunded_payment) {
    return t('refund_service', { bot: botName, n: message.refunded_payment.total_amount });
  }
  if (message.pinned_message) return t('pinned_service', { name: message.from.first_name });
  return null;
}
