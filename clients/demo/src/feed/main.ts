import '../styles/feed.css';
import { byId } from '../common/dom.js';
import { nameProblem } from '../common/names.js';
import { askForName } from '../common/sign-in.js';
import { shared } from '../common/storage.js';
import { bindThemeToggle } from '../common/theme.js';
import { demoToken } from '../common/tokens.js';
import { FeedPage } from './page.js';

function enter(name: string): void {
  shared.set('name', name);
  new FeedPage(name).show(() => {
    shared.remove('name');
    location.reload();
  });
}

bindThemeToggle(byId('theme', HTMLButtonElement));
const remembered = shared.get('name');
if (typeof remembered === 'string' && nameProblem(remembered) === undefined) {
  enter(remembered);
} else {
  askForName('', '', async (name) => {
    await demoToken(name);
    enter(name);
  });
}
