// For tests: a control machine whose ssh is a program that answers for a server, which takes uploads.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';

// The last word is the command line, which a shell reads.
const ssh = `#!/bin/bash
command=\${!#}
[ "\${*: -2:1}" != away ] || { echo 'ssh: connect to host away port 22: No route to host' >&2; exit 255; }
eval "\${command//\\/opt\\/freehold/$FAKE/opt}"
`;

/**
 * Makes the folder FAKE of a test, with the programs that answer.
 *
 * @param refusal lines of bash for a server that refuses an upload: if there is a file `refuses`.
 * @param placed lines of bash that follow an upload.
 */
export async function prepareUploadServer(context: TestContext, refusal: string, placed = '') {
  const { path: fake, remove } = await temporaryFolder();
  context.after(remove);
  const put = async (path: string, text: string) => {
    await mkdir(join(fake, dirname(path)), { recursive: true });
    await writeFile(join(fake, path), text);
    await chmod(join(fake, path), 0o755);
  };
  await put('bin/ssh', ssh);
  await put('bin/id', '#!/bin/sh\necho 0\n');
  await put(
    'opt/scripts/host/receive-delivery.sh',
    `#!/bin/bash
echo "receive-delivery.sh $*" >>"$FAKE/calls"
[ ! -e "$FAKE/refuses" ] || { ${refusal}; }
if [ "$3" = folder ]; then tar --list; else cat; fi >>"$FAKE/calls"
${placed}
`,
  );
  const env = { ...process.env, PATH: `${fake}/bin:${process.env.PATH}`, FAKE: fake, TMPDIR: fake };
  /** What the programs of the server were called with. */
  const readCalls = () => readFile(join(fake, 'calls'), 'utf8').catch(() => '');
  return { fake, put, env, readCalls };
}
