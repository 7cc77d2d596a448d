import '../styles/lab.css';
import { byId } from '../common/dom.js';
import { bindThemeToggle } from '../common/theme.js';
import { LabPage } from './page.js';

bindThemeToggle(byId('theme', HTMLButtonElement));
new LabPage();
