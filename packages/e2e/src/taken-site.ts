// A site that takes its pages from a folder.
import assert from 'node:assert/strict';
import { fetchPage } from './fetch.ts';
import { exec, repository, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';
import { markOf, unitOf } from './sites.ts';

const site = 'taken.test';
const script = (name: string, ...args: string[]) => exec([`${repository}/scripts/${name}`, ...args]);

/** A test with the source in a folder of this disk of the host. */
export function testTake(disk: string): void {
  hostTest(
    `add-site.sh --take from ${disk} keeps its source until the site has the data`,
    [unitOf(site), `import@${site}`],
    async () => {
      const source = `${disk}/taken`;
      await shell(
        'rm -rf "$1"; mkdir -p "$1/repo/_site"; mkfifo "$1/repo/_site/pipe"; echo "$2" >"$1/repo/_site/index.html"; echo x >"$1/repo/x"',
        source,
        markOf(site),
      );
      const files = () => shell('cd "$1" && find . ! -type d -printf "%P %y %s %T@\\n" | sort', source);
      const before = await files();
      const refused = await tryExec([`${repository}/scripts/add-site.sh`, site, '--take', `${source}/repo`]);
      assert.equal(refused.code, 1, refused.stderr);
      assert.match(
        refused.stderr,
        /pipe is a pipe[\s\S]*taken\/repo\/_site was not imported (and is in its place again|or changed)/,
      );
      assert.equal(await files(), before);
      assert.equal(await shell('find /data/import /data/domains -name "*$1*"', site), '');
      await shell('rm "$1/repo/_site/pipe"', source);
      await script('add-site.sh', site, '--take', `${source}/repo`);
      assert.match((await fetchPage(site)).body, new RegExp(markOf(site)));
      assert.equal(await shell('find "$1" -type f', source), `${source}/repo/x`);
      await script('remove-site.sh', site, '--delete-data');
      await shell('rm -r "$1"', source);
    },
  );
}
