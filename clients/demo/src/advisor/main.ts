import '../styles/advisor.css';
import { byId } from '../common/dom.js';
import { bindThemeToggle } from '../common/theme.js';
import { AdvisorPage } from './page.js';

bindThemeToggle(byId('theme', HTMLButtonElement));
new AdvisorPage();
