import { byId, setText } from './dom.js';
import { nameProblem, nameRule } from './names.js';

/** Asks for a name until one is accepted. `enter` signs in and throws with a sentence when the server refuses. */
export function askForName(remembered: string, problem: string, enter: (name: string) => Promise<void>): void {
  const page = byId('sign-in', HTMLElement);
  const form = byId('sign-in-form', HTMLFormElement);
  const field = byId('name', HTMLInputElement);
  const complaint = byId('name-problem', HTMLElement);
  const button = byId('enter', HTMLButtonElement);
  const label = button.textContent;

  const complain = (text: string | undefined): void => {
    setText(complaint, text ?? '');
    if (text === undefined) field.removeAttribute('aria-invalid');
    else field.setAttribute('aria-invalid', 'true');
  };

  const submit = async (): Promise<void> => {
    const name = field.value.trim();
    const wrong = nameProblem(name);
    complain(wrong);
    if (wrong !== undefined) {
      field.focus();
      return;
    }
    button.disabled = true;
    setText(button, 'Signing in…');
    try {
      await enter(name);
      page.hidden = true;
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
    } finally {
      button.disabled = false;
      setText(button, label);
    }
  };

  setText(byId('name-rule', HTMLElement), nameRule);
  field.value = remembered;
  complain(problem === '' ? undefined : problem);
  // Complaining while somebody is still typing is rude, taking a complaint back is not; a wrong character is told at once.
  field.oninput = () => { complain(/^[A-Za-z0-9._-]*$/.test(field.value.trim()) ? undefined : nameProblem(field.value.trim())); };
  form.onsubmit = (event) => {
    event.preventDefault();
    void submit();
  };
  page.hidden = false;
  field.focus();
  field.select();
}
