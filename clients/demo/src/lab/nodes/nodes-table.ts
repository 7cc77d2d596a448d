import { el, setText } from '../../common/dom.js';
import { hops, stateOf } from './node-rows.js';
import type { SeenNode } from './types.js';

/** The nodes as a table in which cells are kept, so that it stays calm while numbers change. */
export class NodesTable {
  readonly #body = el('tbody');
  readonly #rows = new Map<string, HTMLTableRowElement>();

  constructor(table: HTMLTableElement) {
    table.append(
      el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Node'), el('th', { scope: 'col' }, 'State'),
        ...hops.map(({ title, hint }) => el('th', { scope: 'col', title: hint }, title)))),
      this.#body);
  }

  draw(nodes: readonly SeenNode[]): void {
    const names = new Set(nodes.map(({ status }) => status.name));
    for (const [name, row] of this.#rows) {
      if (names.has(name)) continue;
      row.remove();
      this.#rows.delete(name);
    }
    for (const node of nodes) this.#drawRow(node);
  }

  #drawRow(node: SeenNode): void {
    const { name } = node.status;
    let row = this.#rows.get(name);
    if (!row) {
      row = el('tr', {}, el('th', { scope: 'row' }), el('td', { class: 'state' }), ...hops.map(() => el('td')));
      this.#rows.set(name, row);
      this.#body.append(row);
    }
    const [title, state, ...cells] = [...row.cells];
    if (title) setText(title, node.isSelf ? `${name} (answers you)` : name);
    const { text, tone } = stateOf(node);
    if (state) {
      setText(state, text);
      state.dataset['tone'] = tone;
    }
    cells.forEach((cell, index) => { setText(cell, hops[index]?.text(node) ?? ''); });
  }
}
