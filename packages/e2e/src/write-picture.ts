// Draws docs/pictures/terminal.svg from what commands really print on a throw-away host: after
// scripts/throwaway-host.sh up my-host, FREEHOLD_E2E_HOST=my-host npm run picture --workspace packages/e2e
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderTerminal } from '@freehold/testing/picture/terminal-svg';
import { tryExec } from './host.ts';

const picture = join(import.meta.dirname, '../../../docs/pictures/terminal.svg');
const title =
  'A terminal: a site is added, listed, fetched, stopped and started, and the status of the host is shown';
const site = 'example.org';

const commands = [
  `freehold site add ${site} --from ./my-pages`,
  'freehold site list',
  `curl --silent http://${site}/`,
  `systemctl stop static@${site}`,
  `curl --silent --include http://${site}/ | head -n 3`,
  `systemctl start static@${site}`,
  'freehold status',
];

/** A long line continues in the next one, as in a terminal of 100 columns. */
const wrap = (line: string) => line.match(/.{1,100}/g) ?? [''];

/** The host's shell, in which the site's name leads to the host itself. */
const type = (command: string) => tryExec(['bash', '-c', `cd /root; ${command}`]);

async function prepare(): Promise<void> {
  await type(
    `freehold site remove ${site} --delete-data --yes; mkdir -p my-pages; echo '<h1>Hello</h1>' >my-pages/index.html
     grep -q ' ${site}$' /etc/hosts || echo '127.0.0.1 ${site}' >>/etc/hosts`,
  );
}

await prepare();
const lines: string[] = [];
for (const command of commands) {
  const { stdout, stderr } = await type(command);
  const printed = (stderr + stdout).replaceAll('\r', '').trimEnd();
  lines.push(`$ ${command}`, ...(printed === '' ? [] : printed.split('\n')), '');
}
writeFileSync(picture, renderTerminal(title, lines.slice(0, -1).flatMap(wrap)));
