import '../styles/chat.css';
import { byId } from '../common/dom.js';
import { shared } from '../common/storage.js';
import { bindThemeToggle } from '../common/theme.js';
import { demoToken } from '../common/tokens.js';
import { followViewport } from '../common/viewport.js';
import { nameProblem } from '../common/names.js';
import { ChatPage } from './page.js';
import { askForName } from '../common/sign-in.js';

function enter(name: string): void {
  shared.set('name', name);
  new ChatPage(name).show(() => {
    shared.remove('name');
    // A new page is the surest way to have nothing left of the old session.
    location.reload();
  });
}

bindThemeToggle(byId('theme', HTMLButtonElement));
followViewport();

const remembered = shared.get('name');
if (typeof remembered === 'string' && nameProblem(remembered) === undefined) {
  enter(remembered);
} else {
  askForName('', '', async (name) => {
    await demoToken(name);
    enter(name);
  });
}
