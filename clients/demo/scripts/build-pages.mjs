// Builds the pages for `dotnet build`: node build-pages.mjs <output folder> <stamp file>
// Installs what is missing, builds when a source has changed, and lets builds that run at once wait for each other.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

const demo = resolve(fileURLToPath(new URL('..', import.meta.url)));
const clients = dirname(demo);
const lockWaitMs = 5 * 60_000;
const minimumNode = 20;

const [output, stamp] = process.argv.slice(2);
if (!output || !stamp) fail('Usage: node build-pages.mjs <output folder> <stamp file>');
if (Number(process.versions.node.split('.')[0]) < minimumNode) {
  fail(`The pages need Node ${minimumNode} or newer to be built; this is ${process.versions.node}. With -p:BuildPages=false the server is built without them.`);
}

mkdirSync(dirname(stamp), { recursive: true });
const release = await lock(`${stamp}.lock`);
try {
  const fingerprint = fingerprintOfSources();
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) {
    // Touched, but the same: a newer stamp keeps the next build from asking again.
    writeFileSync(stamp, fingerprint);
  } else {
    await install();
    await build();
    writeFileSync(stamp, fingerprint);
  }
} finally {
  release();
}

/** Everything that the pages are made of, by content. Tests are not. */
function fingerprintOfSources() {
  const hash = createHash('sha256');
  const roots = ['package.json', 'package-lock.json', 'tsconfig.base.json', 'demo', join('sdk', 'src'), join('sdk', 'package.json')];
  for (const file of roots.flatMap((root) => filesUnder(join(clients, root)))) {
    hash.update(relative(clients, file).split(sep).join('/')).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function filesUnder(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).sort().filter((name) => name !== 'node_modules' && name !== 'tests').flatMap((name) => filesUnder(join(path, name)));
}

/** `npm ci`, unless every package is there in the version that the lock file names. */
async function install() {
  const installed = join(clients, 'node_modules', '.package-lock.json');
  if (existsSync(installed)) {
    const have = JSON.parse(readFileSync(installed, 'utf8')).packages;
    const wanted = JSON.parse(readFileSync(join(clients, 'package-lock.json'), 'utf8')).packages;
    // Optional ones are for other systems, and workspaces are links to what is here.
    const same = Object.entries(wanted).every(([path, { version, optional }]) =>
      !path.includes('node_modules/') || optional || version === undefined || have[path]?.version === version);
    if (same) return;
  }
  console.log('pages: installing packages (npm ci)');
  await npm(['ci', '--no-audit', '--no-fund']);
}

/** Builds beside the output and swaps the folders, so that nobody copies half a build. */
async function build() {
  const started = Date.now();
  const fresh = `${output}.${process.pid}`;
  await npm(['run', 'build', '--workspace', 'demo'], { PAGES_OUT: fresh });
  const old = `${fresh}.old`;
  if (existsSync(output)) renameSync(output, old);
  try {
    renameSync(fresh, output);
  } catch (error) {
    if (error.code !== 'EXDEV' && error.code !== 'EPERM') throw error;
    // Some file systems and virus scanners don't let a folder be renamed.
    cpSync(fresh, output, { recursive: true });
    rmSync(fresh, { recursive: true });
  }
  rmSync(old, { recursive: true, force: true });
  console.log(`pages: built in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

async function npm(args, environment = {}) {
  try {
    await promisify(execFile)('npm', args, {
      cwd: clients, env: { ...process.env, ...environment }, shell: process.platform === 'win32', maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    fail(`npm ${args.join(' ')} failed.\n${error.stdout ?? ''}${error.stderr ?? error.message}`);
  }
}

/** A folder is made by one process alone. One that was left by a process that is gone is taken over. */
async function lock(folder) {
  const owner = join(folder, 'pid');
  const release = () => rmSync(folder, { recursive: true, force: true });
  for (const deadline = Date.now() + lockWaitMs; Date.now() < deadline; await wait(100)) {
    try {
      mkdirSync(folder);
      writeFileSync(owner, String(process.pid));
      process.once('exit', release);
      return release;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isAbandoned(folder, owner)) release();
    }
  }
  return fail(`Another build holds ${folder} for more than ${lockWaitMs / 60_000} minutes. If there is none, remove it.`);
}

function isAbandoned(folder, owner) {
  try {
    process.kill(Number(readFileSync(owner, 'utf8')), 0);
    return false;
  } catch (error) {
    if (error.code === 'ESRCH') return true;
    // Just made and not yet signed, or already gone.
    return error.code === 'ENOENT' && existsSync(folder) && Date.now() - statSync(folder).mtimeMs > 10_000;
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
