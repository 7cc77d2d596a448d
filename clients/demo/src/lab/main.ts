import '../styles/lab.css';
import { byId } from '../common/dom.js';
import { bindThemeToggle } from '../common/theme.js';
import { NodesPanel } from './nodes/panel.js';
import { LabPage } from './page.js';

bindThemeToggle(byId('theme', HTMLButtonElement));
new LabPage();
new NodesPanel();
