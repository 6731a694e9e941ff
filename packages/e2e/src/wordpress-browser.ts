// WordPress in a visitor's browser: Chromium (Debian package chromium), headless.
import assert from 'node:assert/strict';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { openSession } from './browser-session.ts';
import { exec, httpsPort } from './host.ts';
import { hostTest } from './host-test.ts';
import { run } from './run.ts';
import { unitsOf } from './wordpress-sites.ts';

const output = join(import.meta.dirname, '../output');

/** Tests of a site whose start page has a picture. */
export async function testInBrowser(site: string): Promise<void> {
  if (await isInstalled()) {
    hostTest(
      'in a browser, the start page loads without an error, a warning or unencrypted content',
      unitsOf(site),
      () => assertFaultless(site),
    );
    hostTest('an error on a page would have been detected', unitsOf(site), () => assertDetected(site));
  } else {
    test('Chromium shows WordPress.', { skip: 'chromium (Debian package chromium) is not installed' });
  }
}

const isInstalled = () =>
  run('chromium', ['--version']).then(
    () => true,
    () => false,
  );

async function assertFaultless(site: string): Promise<void> {
  const { said, file } = await look(site, '/', 'wordpress.png');
  assert.deepEqual(said, []);
  assert.ok((await stat(file)).size > 10_000);
  // Chromium's log does not contain missing files.
  const visitor = openSession(site);
  const { text } = await visitor.fetch('/');
  const parts = [...text.matchAll(/(?:src|href)=["']https:\/\/[^/]+(\/wp-[^"'#]+)/g)].map(
    ([, path = '']) => path,
  );
  assert.ok(
    parts.some((path) => path.endsWith('.png')),
    text,
  );
  for (const path of parts)
    assert.ok((await visitor.fetch(path.replaceAll('&amp;', '&'))).status < 400, path);
}

async function assertDetected(site: string): Promise<void> {
  const page = '<script>console.error("oh no")</script><img src="http://other.test/a.png">';
  const file = `/data/domains/${site}/wordpress/wp-content/broken.html`;
  await exec(['sh', '-c', 'cat >"$0"', file], page);
  const said = (await look(site, '/wp-content/broken.html', 'wordpress-broken.png')).said.join();
  for (const fault of [/oh no/, /Mixed Content/]) assert.match(said, fault);
}

/** Takes a screenshot of a page, and returns the output of the browser's console. */
async function look(site: string, path: string, name: string): Promise<{ said: string[]; file: string }> {
  await mkdir(output, { recursive: true });
  const profile = await temporaryFolder();
  const file = join(output, name);
  const { code, stderr } = await run('chromium', [
    ...[
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--ignore-certificate-errors',
    ],
    ...[`--user-data-dir=${profile.path}`, `--host-resolver-rules=MAP ${site}:443 127.0.0.1:${httpsPort}`],
    ...['--enable-logging=stderr', '--window-size=1280,900', '--virtual-time-budget=10000'],
    ...[`--screenshot=${file}`, `https://${site}${path}`],
  ]);
  await profile.remove();
  assert.equal(code, 0, stderr);
  return { said: stderr.split('\n').filter((line) => line.includes(':CONSOLE')), file };
}
