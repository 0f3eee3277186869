// The page: which personas are on screen, and what the list beside them says.

import { call } from './api.js';
import { h, icon } from './dom.js';
import { askDialog } from './overlays.js';
import { Pane } from './pane.js';
import { newPersona } from './personas.js';
import { Sidebar } from './sidebar.js';
import { language, setLanguage, t } from './texts.js';

const POLL = 2000; // milliseconds between looks at the whole list
const WIDE = matchMedia('(min-width: 900px)');
const root = document.getElementById('app');
let state = null; // until the first answer
let panes = [];
let sidebar;
let stage;
let timer;

// The address: `?bot=ID#101` or, for two side by side, `#101,901`.
// A group is seen by one of its members: `#GROUP@101`.
const groupAs = (id) => String(id).split('@').map(Number);
const known = (id) => (typeof id === 'number' ? state.personas.some((one) => one.id === id)
  : state.groups.some((one) => one.id === groupAs(id)[0] && one.members.includes(groupAs(id)[1])));
const shownIds = () => [...new Set(decodeURIComponent(location.hash.slice(1)).split(',')
  .map((one) => (one.includes('@') ? one : Number(one))))].filter(known).slice(0, 2);
const bot = () => state.bots.find((one) => one.id === Number(new URLSearchParams(location.search).get('bot'))) || state.bots[0];

function go(ids) {
  if (ids.length || location.hash) location.hash = ids.join(',');
}

// Read marks: how many of the bot's messages this browser has shown, by bot and persona.
const markKey = (id) => `playground.read.${bot()?.id}.${id}`;
const onScreen = () => shownIds().slice(0, WIDE.matches ? 2 : 1);
const unread = (persona) => onScreen().includes(persona.id) && document.visibilityState === 'visible' ? 0
  : Math.max(0, (persona.received || 0) - Number(localStorage.getItem(markKey(persona.id))));

function markRead() {
  if (document.visibilityState !== 'visible') return;
  for (const persona of state.personas) {
    if (onScreen().includes(persona.id)) localStorage.setItem(markKey(persona.id), persona.received || 0);
  }
}

async function refresh() {
  clearTimeout(timer);
  timer = setTimeout(refresh, POLL);
  if (document.visibilityState !== 'visible') return;
  try {
    const query = state && bot() ? `?bot=${bot().id}` : '';
    state = await call('GET', `/state${query}`);
  } catch {
    return; // The panes say that the server is away.
  }
  draw();
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(refresh, 150);
}

let drawn = '';
function draw() {
  if (!state) return;
  markRead();
  const counts = state.personas.map(unread);
  const now = JSON.stringify([state, onScreen(), counts, language()]);
  if (now === drawn) return;
  drawn = now;
  const focused = document.activeElement?.closest?.('[data-persona-id]')?.dataset.personaId;
  const held = sidebar.list.contains(document.activeElement) ? focused : null;
  sidebar.show({ personas: state.personas, groups: state.groups, bots: state.bots, bot: bot(), open: onScreen(), unread });
  if (held) sidebar.list.querySelector(`[data-persona-id="${held}"] .row`)?.focus();
  const total = counts.reduce((sum, n) => sum + n, 0);
  document.title = total ? `(${total}) ${t('title')}` : t('title');
  drawPanes();
}

function drawPanes() {
  const ids = bot() ? onScreen() : [];
  const wanted = ids.map((id) => `${bot().id}/${id}`);
  for (const pane of panes.filter((one) => !wanted.includes(one.key))) pane.close();
  panes = wanted.map((key, n) => panes.find((one) => one.key === key) || openPane(key, ids[n]));
  root.classList.toggle('chatting', panes.length > 0);
  root.classList.toggle('split', panes.length > 1);
  // Moving a node would drop its scroll position, so a pane stays where it is when it can.
  const nodes = panes.length ? panes.map((pane) => pane.node) : [emptyStage()];
  if (nodes.length !== stage.children.length || nodes.some((node, n) => node !== stage.children[n])) {
    stage.replaceChildren(...nodes);
    for (const pane of panes) pane.shown();
  }
}

function openPane(key, id) {
  const [group, member] = typeof id === 'number' ? [null, id] : groupAs(id);
  const pane = new Pane(member, bot().id, {
    back: () => go([]),
    close: () => go(shownIds().filter((one) => one !== id)),
    activity: soon,
    error: () => soon(),
    open: (persona) => go([persona]),
    as: (other) => go(shownIds().map((one) => (one === id ? `${group}@${other}` : one))),
    name: (persona) => state.personas.find((one) => one.id === persona)?.first_name ?? persona,
  }, group);
  pane.place = id;
  pane.key = key;
  return pane;
}

function emptyStage() {
  if (bot()) {
    return h('div', { class: 'empty-stage wallpaper', data: { testid: 'empty' } }, h('p', { class: 'pill' }, t('pick')));
  }
  return h('div', { class: 'empty-stage wallpaper', data: { testid: 'no-bot' } },
    h('div', { class: 'empty-card' }, icon('link', 40), h('h2', {}, t('no_bot')),
      h('p', {}, t('no_bot_hint')), h('code', {}, location.origin)));
}

function select(id) {
  const ids = shownIds();
  if (ids.includes(id) && onScreen().includes(id)) return panes.find((pane) => pane.place === id)?.focus();
  // With two on screen, the one chosen takes the second place.
  go(WIDE.matches && ids.length > 1 ? [ids[0], id] : [id]);
  return undefined;
}

function switchTheme() {
  const theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  localStorage.setItem('playground.theme', theme);
}

function mount() {
  document.documentElement.lang = language() === 'zh' ? 'zh-CN' : 'en';
  for (const pane of panes) pane.close();
  panes = [];
  drawn = '';
  sidebar = new Sidebar({
    select,
    beside: (id) => go([shownIds()[0], id]),
    add: async () => {
      const made = await newPersona();
      if (!made) return;
      await refresh();
      go([made.id]);
    },
    addGroup: async () => {
      const title = await askDialog(t('new_group'), t('group_title'), t('create'));
      if (!title) return;
      const members = state.personas.map((one) => one.id);
      const made = await call('POST', `/groups?bot=${bot().id}`, { title, members });
      await refresh();
      go([`${made.id}@${members[0]}`]);
    },
    theme: switchTheme,
    language: () => {
      setLanguage(language() === 'zh' ? 'en' : 'zh');
      mount();
    },
    bot: (id) => {
      const url = new URL(location.href);
      url.searchParams.set('bot', id);
      location.assign(url);
    },
  });
  stage = h('main', { class: 'stage' });
  root.replaceChildren(sidebar.node, stage);
  draw();
}

addEventListener('hashchange', draw);
WIDE.addEventListener('change', draw);
document.addEventListener('visibilitychange', refresh);
// A file dropped beside a chat must not replace the page.
for (const name of ['dragover', 'drop']) addEventListener(name, (event) => event.preventDefault());
mount();
refresh();
