import { byId, setText } from '../../common/dom.js';
import type { Notifications } from '../notifications.js';

/** The switch for notifications; it is there only where browser and server have them, and where the server could be asked. */
export async function bindNotifySwitch(notifications: Notifications): Promise<void> {
  const button = byId('notify', HTMLButtonElement);
  const draw = (): void => {
    button.setAttribute('aria-pressed', String(notifications.isOn));
    button.title = notifications.isOn ? 'Notify me no more' : 'Notify me of messages to me alone, also when this page is closed';
  };
  if (!await notifications.isOffered().catch(() => false)) return;
  // What the person chose before holds without a click; where it can't, the switch says so by being off.
  await notifications.resume().catch(() => undefined);
  button.addEventListener('click', () => {
    button.disabled = true;
    tell('');
    const change = notifications.isOn ? notifications.turnOff() : notifications.turnOn();
    change
      .catch(() => {
        tell(Notification.permission === 'denied'
          ? 'This browser does not allow this page to notify you.'
          : 'Notifications could not be changed. Try again.');
      })
      .finally(() => {
        button.disabled = false;
        draw();
      });
  });
  draw();
  button.hidden = false;
}

/** A line above the messages; none for an empty text. */
function tell(problem: string): void {
  const notice = byId('notice', HTMLElement);
  setText(notice, problem);
  notice.hidden = problem === '';
}
