import { el, icon } from '../../common/dom.js';
import { transportText } from '../../common/transports.js';
import { linkify } from '../../common/linkify.js';
import { dateLabel, type MessageRow, type Row } from '../model/rows.js';
import type { OffsetRange } from '../model/segment.js';
import { paintAvatar } from '../../common/avatar.js';

/** What a person can ask of a row. */
export interface RowActions {
  retry(id: string): void;
  discard(id: string): void;
  loadHole(range: OffsetRange): void;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

const icons = {
  sending: 'M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM10 6.5V10l2.5 1.5',
  sent: 'm4.5 10.5 3.5 3.5 7.5-8',
  failed: 'M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM10 6.5v4.2M10 13.4v.1',
};

/** Text that changes when a row must be drawn anew; rows with the same text keep their node. */
export function versionOf(row: Row, now: number): string {
  switch (row.kind) {
    case 'message': return [row.starts, row.outgoing?.state, row.outgoing?.problem, row.message.time].join();
    case 'date': return dateLabel(row.time, now);
    case 'hole':
    case 'trimmed': return `${row.range.from}-${row.range.to}`;
    case 'beginning': return String(row.trimmed);
    default: return '';
  }
}

export function drawRow(row: Row, room: string, now: number, actions: RowActions): HTMLLIElement {
  switch (row.kind) {
    case 'message': return drawMessage(row, actions);
    case 'date': return el('li', { class: 'line' }, dateLabel(row.time, now));
    case 'unread': return el('li', { class: 'line unread' }, 'New messages');
    case 'hole': return drawHole(row.range, actions);
    case 'trimmed': return drawTrimmed(row.range);
    case 'restarted': return drawNotice('The server lost or cleared this room’s earlier messages. What follows is a new beginning.');
    case 'beginning': return drawBeginning(room, row.trimmed);
  }
}

function drawMessage(row: MessageRow, actions: RowActions): HTMLLIElement {
  const { message, outgoing } = row;
  const state = outgoing?.state ?? 'shown';
  const item = el('li', { class: `message ${state}${row.starts ? ' starts' : ''}`, 'data-id': message.id, 'data-offset': message.offset });
  const time = el('time', { datetime: new Date(message.time).toISOString(), title: full.format(message.time) }, clock.format(message.time));
  const body = el('div', { class: 'body' });
  if (row.starts) {
    const avatar = el('span', { class: 'avatar', 'aria-hidden': 'true' });
    paintAvatar(avatar, message.user);
    item.append(avatar);
    body.append(el('p', { class: 'byline' }, el('bdi', { class: row.mine ? 'author mine' : 'author' }, message.user), time));
  } else {
    item.append(el('span', { class: 'gutter-time' }, time));
    body.append(el('span', { class: 'visually-hidden' }, `${message.user}:`));
  }
  body.append(drawText(message.text));
  if (outgoing?.state === 'failed') body.append(drawFailure(message.id, outgoing.problem ?? '', actions));
  item.append(body, drawSide(row));
  return item;
}

/** Text as text nodes, and web addresses as links. There is no other way in for what people write. */
function drawText(text: string): HTMLParagraphElement {
  const paragraph = el('p', { class: text.length > 4_000 ? 'text long' : 'text', dir: 'auto', tabindex: text.length > 4_000 ? 0 : undefined });
  for (const token of linkify(text)) {
    paragraph.append(token.href === undefined
      ? token.text
      : el('a', { href: token.href, target: '_blank', rel: 'noopener noreferrer nofollow ugc' }, token.text));
  }
  return paragraph;
}

function drawSide(row: MessageRow): HTMLSpanElement {
  const side = el('span', { class: 'side' });
  const state = row.outgoing?.state;
  if (state) {
    const label = { sending: 'Waiting to be sent', sent: 'Sent', failed: 'Not sent' }[state];
    const mark = icon(icons[state]);
    mark.classList.add('mark');
    side.append(el('span', { class: 'state', title: label }, mark, el('span', { class: 'visually-hidden' }, label)));
  }
  if (row.message.via) {
    const { name, badge } = transportText[row.message.via];
    side.append(el('span', { class: 'badge', 'data-via': row.message.via, title: `Sent by ${name}` },
      badge, el('span', { class: 'visually-hidden' }, ` (sent by ${name})`)));
  }
  return side;
}

function drawFailure(id: string, problem: string, actions: RowActions): HTMLElement {
  return el('div', { class: 'failure' },
    `Not sent. ${problem}`,
    el('button', { class: 'button small', type: 'button', onclick: () => { actions.retry(id); } }, 'Try again'),
    el('button', { class: 'button small', type: 'button', onclick: () => { actions.discard(id); } }, 'Discard'));
}

function drawHole(range: OffsetRange, actions: RowActions): HTMLLIElement {
  return drawNotice(`${counted(range)} between these ${counted(range) === 'One message' ? 'is' : 'are'} not loaded.`,
    el('button', { class: 'button small', type: 'button', onclick: () => { actions.loadHole(range); } }, 'Load what is there'));
}

function drawTrimmed(range: OffsetRange): HTMLLIElement {
  return drawNotice(`${counted(range)} can’t be shown: the server no longer keeps ${range.from === range.to ? 'it' : 'them'}.`);
}

function drawNotice(text: string, ...more: HTMLElement[]): HTMLLIElement {
  return el('li', { class: 'gap', role: 'note' }, el('span', {}, text), ...more);
}

function drawBeginning(room: string, trimmed: boolean): HTMLLIElement {
  return el('li', { class: 'beginning' },
    el('h2', {}, `#\u2009${room}`),
    el('p', {}, trimmed ? 'Older messages are no longer kept on the server.' : 'This is the beginning of the room.'));
}

function counted(range: OffsetRange): string {
  const count = range.to - range.from + 1;
  return count === 1 ? 'One message' : `${count.toLocaleString()} messages`;
}
