import { el } from '../../common/dom.js';
import { transportText } from '../../common/transports.js';
import { bytes, count, duration, ratio } from '../model/format.js';
import type { LaneSummary } from '../model/summary.js';

interface Column {
  readonly title: string;
  readonly text: (lane: LaneSummary) => string;
  /** A number that has to be 0. */
  readonly fault?: (lane: LaneSummary) => number;
}

const columns: readonly Column[] = [
  { title: 'Delivered', text: (lane) => count(lane.delivered) },
  { title: 'Missing', text: (lane) => count(lane.missing), fault: (lane) => lane.missing },
  { title: 'Repeated', text: (lane) => count(lane.repeated), fault: (lane) => lane.repeated },
  { title: 'Out of order', text: (lane) => count(lane.outOfOrder), fault: (lane) => lane.outOfOrder },
  { title: 'Latency p50', text: (lane) => duration(lane.latencyP50) },
  { title: 'p95', text: (lane) => duration(lane.latencyP95) },
  { title: 'max', text: (lane) => duration(lane.latencyMax) },
  { title: 'Age of screen', text: (lane) => duration(lane.ageMean) },
  { title: 'Requests', text: (lane) => count(lane.requests) },
  { title: 'per message', text: (lane) => ratio(lane.requestsPerMessage) },
  { title: 'Empty answers', text: (lane) => count(lane.emptyAnswers) },
  { title: 'Up per message', text: (lane) => bytes(lane.bytesUpPerMessage) },
  { title: 'Down per message', text: (lane) => bytes(lane.bytesDownPerMessage) },
];

/** Draws the table of the run; cells are kept and only their text changes, so that it can be selected while it runs. */
export function drawSummary(table: HTMLTableElement, lanes: readonly LaneSummary[]): void {
  if (table.tBodies.length === 0) build(table, lanes);
  const rows = [...(table.tBodies[0]?.rows ?? [])];
  lanes.forEach((lane, index) => {
    columns.forEach((column, place) => {
      const cell = rows[index]?.cells[place + 1];
      if (!cell) return;
      const text = column.text(lane);
      if (cell.textContent !== text) cell.textContent = text;
      cell.className = column.fault && column.fault(lane) > 0 ? 'bad' : '';
    });
  });
}

/** The table as tab-separated text, which spreadsheets and documents take as a table. */
export function summaryText(lanes: readonly LaneSummary[]): string {
  const head = ['Transport', ...columns.map((column) => column.title)];
  const rows = lanes.map((lane) => [transportText[lane.transport].name, ...columns.map((column) => column.text(lane))]);
  return [head, ...rows].map((cells) => cells.join('\t')).join('\n');
}

function build(table: HTMLTableElement, lanes: readonly LaneSummary[]): void {
  const head = el('tr', {}, el('th', { scope: 'col' }, 'Transport'), ...columns.map(({ title }) => el('th', { scope: 'col' }, title)));
  const rows = lanes.map(({ transport }) => el('tr', { 'data-via': transport },
    el('th', { scope: 'row' }, transportText[transport].name), ...columns.map(() => el('td'))));
  table.append(el('thead', {}, head), el('tbody', {}, ...rows));
}
