import { join } from 'node:path';
import { correctFiles, correctFolder } from '../correct-files.ts';
import { gitOwner, root } from '../owners.ts';
import { keepRuntimeFolder } from '../runtime-folder.ts';
import type { App, Rule } from './app.ts';

// gitpuller reads these files as a separate user. Files that may contain a password are readable by nobody
// else.
const files: Readonly<Record<string, Rule>> = {
  GITURL: { owner: { uid: root.uid, gid: gitOwner.gid }, mode: 0o640 },
  WEBHOOK_SECRET: { owner: gitOwner, mode: 0o600 },
  id_ecdsa: { owner: gitOwner, mode: 0o600 },
  id_ed25519: { owner: gitOwner, mode: 0o600 },
  id_rsa: { owner: gitOwner, mode: 0o600 },
  known_hosts: { owner: gitOwner, mode: 0o644 },
};
const folder: Rule = { owner: root, mode: 0o755 };

/**
 * A site from a git repository: the owner provides its address, and gitpuller, which has network access,
 * clones it.
 */
export const app: App = {
  name: 'static-git',
  needs: { kind: 'file', path: ['static-git', 'GITURL'] },
  note: 'One line: URL, optionally a space and a branch, tag or commit. gitpuller then clones the repository.',
  initial: {
    ask: (path) =>
      `Write the address of its git repository into ${path}, on one line: ` +
      'the URL, optionally followed by a space and a branch, tag or commit',
  },
  rules: {
    'static-git': ([name, ...rest], kind) => {
      if (name === undefined) return folder;
      return kind === 'file' && rest.length === 0 && Object.hasOwn(files, name) ? files[name] : undefined;
    },
  },
  made: ({ runtime }) => join(runtime, 'static-git'),
  async correct({ home, runtime }, log) {
    await correctFolder(join(home, 'static-git'), folder);
    await correctFiles(join(home, 'static-git'), files, log);
    await keepRuntimeFolder(runtime, 'static-git', gitOwner);
  },
};
