import { byId } from '../../common/dom.js';

export interface ShortcutActions {
  /** To the next room or the previous one. */
  step(direction: 1 | -1): void;
  /** To the room at this place, from 0. */
  openAt(index: number): void;
  escape(): void;
}

/** Keys that work wherever the focus is, and the dialog that lists them. */
export function bindShortcuts(actions: ShortcutActions): void {
  const dialog = byId('shortcuts', HTMLDialogElement);
  byId('help', HTMLButtonElement).addEventListener('click', () => { dialog.showModal(); });
  document.addEventListener('keydown', (event) => {
    if (dialog.open || event.isComposing) return;
    if (event.key === 'Escape') actions.escape();
    else if (event.altKey && !event.ctrlKey && !event.metaKey) withAlt(event, actions);
  });
}

function withAlt(event: KeyboardEvent, actions: ShortcutActions): void {
  const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') actions.step(event.key === 'ArrowDown' ? 1 : -1);
  else if (digit !== undefined) actions.openAt(Number(digit) - 1);
  else return;
  event.preventDefault();
}
