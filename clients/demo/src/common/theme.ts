import { shared } from './storage.js';

type Theme = 'light' | 'dark';

const system = matchMedia('(prefers-color-scheme: dark)');

function current(): Theme {
  const chosen = document.documentElement.dataset['theme'];
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return system.matches ? 'dark' : 'light';
}

/**
 * Makes a button switch between dark and light and remember it. Choosing what the system has anyway forgets the
 * choice, so that the page follows the system again.
 */
export function bindThemeToggle(button: HTMLButtonElement): void {
  const label = (): void => {
    const next = current() === 'dark' ? 'light' : 'dark';
    button.title = `Switch to ${next} colours`;
    button.setAttribute('aria-label', button.title);
  };
  button.addEventListener('click', () => {
    const next: Theme = current() === 'dark' ? 'light' : 'dark';
    if (next === (system.matches ? 'dark' : 'light')) {
      delete document.documentElement.dataset['theme'];
      shared.remove('theme');
    } else {
      document.documentElement.dataset['theme'] = next;
      shared.set('theme', next);
    }
    label();
    for (const listener of listeners) listener();
  });
  system.addEventListener('change', () => {
    label();
    for (const listener of listeners) listener();
  });
  label();
}

const listeners: (() => void)[] = [];

/** Called after the colours have changed, for what is drawn by script (charts). */
export function onThemeChange(listener: () => void): void {
  listeners.push(listener);
}

/** The colour that a custom property stands for under the present theme, in a form that a canvas takes. */
export function resolvedColor(property: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${property})`;
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}
