import { byId, setText } from '../../common/dom.js';
import { NodesApi } from './api.js';
import { BrokerView } from './broker-view.js';
import { deploymentText } from './node-rows.js';
import { NodesTable } from './nodes-table.js';

const refreshMs = 1_000;

/** The part of the lab that looks between nodes: this deployment's own, and the experiment. Nothing is asked while it can't be seen. */
export class NodesPanel {
  readonly #api = new NodesApi();
  readonly #table = new NodesTable(byId('nodes', HTMLTableElement));
  readonly #broker = new BrokerView(this.#api);
  #visible = false;
  #asking = false;
  #prepared = false;

  constructor() {
    new IntersectionObserver((entries) => {
      this.#visible = entries.at(-1)?.isIntersecting ?? false;
      void this.#refresh();
    }, { rootMargin: '200px' }).observe(byId('between', HTMLElement));
    setInterval(() => void this.#refresh(), refreshMs);
  }

  async #refresh(): Promise<void> {
    if (!this.#visible || document.hidden || this.#asking) return;
    this.#asking = true;
    const text = byId('nodes-text', HTMLElement);
    try {
      const answer = await this.#api.nodes();
      setText(text, deploymentText(answer));
      text.classList.remove('bad');
      this.#table.draw(answer.nodes);
      byId('nodes-scroll', HTMLElement).hidden = false;
      if (!this.#prepared) {
        this.#prepared = true;
        await this.#broker.prepare();
      }
    } catch (error) {
      setText(text, error instanceof TypeError ? 'The server can’t be reached.' : error instanceof Error ? error.message : String(error));
      text.classList.add('bad');
    } finally {
      this.#asking = false;
    }
  }
}
