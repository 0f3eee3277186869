// The bot's commands: the menu, and completion of what begins with a slash.

import { h } from './dom.js';

export class Commands {
  constructor(composer) {
    this.composer = composer;
    this.found = [];
    this.at = 0;
    this.menu = false; // opened by the button rather than by typing
    this.node = h('div', { class: 'commands', role: 'listbox', hidden: true, data: { testid: 'commands' } });
  }

  get all() {
    return this.composer.pane.feed.commands;
  }

  toggle() {
    const { menuButton } = this.composer.pane.feed;
    if (menuButton?.type === 'web_app') return this.composer.pane.openLink(menuButton.web_app.url);
    if (!this.node.hidden) return this.close();
    this.menu = true;
    this.show(this.all);
    return this.composer.focus();
  }

  complete(text) {
    const typed = /^\/(\w*)$/.exec(text)?.[1];
    if (typed !== undefined) this.show(this.all.filter((one) => one.command.startsWith(typed.toLowerCase())));
    else if (!this.menu || text) this.close();
  }

  show(found) {
    this.found = found;
    this.at = 0;
    this.node.hidden = !found.length;
    this.node.replaceChildren(...found.map((one, n) => h('button', { type: 'button', role: 'option', tabindex: -1, data: { testid: 'command' },
      'aria-selected': String(n === 0), onpointerdown: (event) => event.preventDefault(), onclick: () => this.run(one) },
    h('strong', {}, `/${one.command}`), h('span', {}, one.description))));
    this.composer.menuButton.setAttribute('aria-expanded', String(!this.node.hidden));
  }

  close() {
    this.menu = false;
    this.show([]);
  }

  run(command) {
    this.close();
    const { input } = this.composer;
    if (/^\/\w*$/.test(input.value)) input.value = '';
    this.composer.submit(`/${command.command}`);
    this.composer.typed();
  }

  /** True when the key was meant for the list. */
  pressed(event) {
    if (this.node.hidden) return false;
    const { key } = event;
    if (key === 'Escape') this.close();
    else if (key === 'ArrowDown' || key === 'ArrowUp') this.move(key === 'ArrowDown' ? 1 : -1);
    else if (key === 'Tab') this.fill();
    else if (key === 'Enter' && !event.shiftKey) this.run(this.found[this.at]);
    else return false;
    return true;
  }

  move(step) {
    this.at = (this.at + step + this.found.length) % this.found.length;
    [...this.node.children].forEach((node, n) => node.setAttribute('aria-selected', String(n === this.at)));
    this.node.children[this.at].scrollIntoView({ block: 'nearest' });
  }

  fill() {
    this.composer.input.value = `/${this.found[this.at].command} `;
    this.composer.typed();
  }
}
