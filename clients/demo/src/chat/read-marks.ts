import { shared } from '../common/storage.js';
import { isRecord } from './model/message.js';

export interface ReadMark {
  readonly epoch: string;
  readonly offset: number;
}

/** How far a person has read in each room, remembered in this browser. */
export class ReadMarks {
  readonly #key: string;

  constructor(user: string) {
    this.#key = `read.${user}`;
  }

  get(room: string): ReadMark | undefined {
    const mark = this.#all()[room];
    return isRecord(mark) && typeof mark['epoch'] === 'string' && typeof mark['offset'] === 'number'
      ? { epoch: mark['epoch'], offset: mark['offset'] }
      : undefined;
  }

  /** Never moves back within an epoch: another tab of the same person may have read further. */
  set(room: string, mark: ReadMark): void {
    const all = this.#all();
    const known = this.get(room);
    if (known?.epoch === mark.epoch && known.offset >= mark.offset) return;
    shared.set(this.#key, { ...all, [room]: mark });
  }

  #all(): Record<string, unknown> {
    const all = shared.get(this.#key);
    return isRecord(all) ? all : {};
  }
}
