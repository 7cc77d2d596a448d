import { byId, setText } from '../../common/dom.js';

/** Messages per second that can be chosen. */
export const rates = [0.2, 0.5, 1, 2, 3, 5, 8, 10, 15, 20, 30, 40, 50] as const;
/** Poll intervals that can be chosen, in seconds. */
export const polls = [0.25, 0.5, 1, 1.5, 2, 3, 5, 8, 10] as const;

export interface ControlsActions {
  startOrPause(): void;
  reset(): void;
  rate(perSecond: number): void;
  pollInterval(ms: number): void;
}

/** The bar at the top: start, pause, reset, pace and poll interval. */
export class Controls {
  readonly #start = byId('start', HTMLButtonElement);
  readonly #reset = byId('reset', HTMLButtonElement);
  readonly #status = byId('lab-status', HTMLElement);
  #rate = 2;
  #pollMs = 2_000;

  constructor(actions: ControlsActions) {
    byId('controls', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      actions.startOrPause();
    });
    this.#reset.addEventListener('click', () => { actions.reset(); });
    bindSteps('rate', rates, this.#rate, (value) => `${value} per second`, (value) => {
      this.#rate = value;
      actions.rate(value);
    });
    bindSteps('poll', polls, this.#pollMs / 1_000, (value) => `${value} s`, (value) => {
      this.#pollMs = value * 1_000;
      actions.pollInterval(this.#pollMs);
    });
  }

  get rate(): number {
    return this.#rate;
  }

  get pollIntervalMs(): number {
    return this.#pollMs;
  }

  drawPhase(phase: 'idle' | 'connecting' | 'running' | 'paused'): void {
    setText(this.#start, { idle: 'Start', connecting: 'Connecting…', running: 'Pause', paused: 'Continue' }[phase]);
    this.#start.disabled = phase === 'connecting';
    this.#reset.disabled = phase === 'idle' || phase === 'connecting';
  }

  drawProgress(published: number, elapsedMs: number): void {
    const seconds = Math.floor(elapsedMs / 1_000);
    setText(byId('published', HTMLElement), published.toLocaleString('en'));
    setText(byId('elapsed', HTMLElement), `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`);
  }

  say(text: string, bad = false): void {
    setText(this.#status, text);
    this.#status.classList.toggle('bad', bad);
  }
}

/** A slider over a list of values: even steps for the hand, sensible values for the experiment. */
function bindSteps(id: string, steps: readonly number[], value: number, format: (value: number) => string, changed: (value: number) => void): void {
  const slider = byId(id, HTMLInputElement);
  const output = byId(`${id}-value`, HTMLOutputElement);
  slider.max = String(steps.length - 1);
  slider.value = String(steps.indexOf(value));
  const draw = (): number => {
    const chosen = steps[Number(slider.value)] ?? value;
    setText(output, format(chosen));
    slider.style.setProperty('--filled', `${(Number(slider.value) / (steps.length - 1)) * 100}%`);
    slider.setAttribute('aria-valuetext', format(chosen));
    return chosen;
  };
  slider.addEventListener('input', () => { changed(draw()); });
  draw();
}
