// The steps of a deploy, at one server.
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { type DeployStep, runSteps } from '../../deploy/run-deploy.ts';
import { callServer } from '../connection.ts';
import type { ServerWork } from '../each-server.ts';
import { type Checkout, deployed, type Version } from './checkout.ts';
import { startedAt } from './clock.ts';
import { type HeldForRun, holdForDeploy } from './hold.ts';
import { bindName, findHostName } from './host-name.ts';
import { renewMembership } from './membership.ts';
import { sendOwnFiles } from './own-files.ts';
import type { SavedImages } from './saved-images.ts';
import { sendFolder } from './send-folder.ts';
import { sendImages } from './send-images.ts';

export interface Deploy {
  readonly checkout: Checkout;
  /** ~/.config/freehold */
  readonly config: string;
  /** Without images where the server has the version. */
  readonly version: Version;
  /** The folder with the files of the version. */
  readonly files: string;
  /** The name that the operator gives. */
  readonly said?: string | undefined;
  readonly save: () => Promise<SavedImages>;
}

/** @throws FreeholdError if a step fails, or somebody else has the server. */
export async function deployServer(
  one: ServerWork,
  steps: readonly DeployStep[],
  deploy: Deploy,
): Promise<void> {
  const held = await holdForDeploy(one, deploy.checkout.scripts);
  try {
    const name = await findHostName(one, deploy.said);
    await runSteps(steps, {
      isHeld: held.isHeld,
      perform: (step) => acts[step]({ one, held, deploy, name }),
    });
  } finally {
    // Those of an interrupted run are ended already.
    if (!one.connection.signal.aborted) await held.release();
  }
}

interface Context {
  readonly one: ServerWork;
  readonly held: HeldForRun;
  readonly deploy: Deploy;
  readonly name: string;
}

const acts: Readonly<Record<DeployStep, (context: Context) => Promise<void>>> = {
  'bind-name': ({ one, deploy: { config, said }, name }) =>
    bindName(config, { server: one.server, name, said, signal: one.connection.signal }),
  'send-files': sendFiles,
  prepare: (context) => runThere(context, 'prepare.sh', context.name),
  'send-images': ({ one, held, deploy }) => sendImages(one, held, deploy),
  'renew-membership': ({ one, name }) => renewMembership(one, name),
  'send-own-files': ({ one, held, name, deploy }) => sendOwnFiles(one, held, { ...placesOf(deploy), name }),
  'require-version': requireVersion,
  'check-databases': checkDatabases,
  switch: (context) => {
    const { version } = context.deploy.version;
    return runThere(context, 'switch-version.sh', version, context.name);
  },
};

const placesOf = ({ config, checkout: { scripts } }: Deploy) => ({ config, scripts });
const folderOf = ({ version: { version } }: Deploy) => `/opt/freehold-${version}`;

async function hasFiles({ one, deploy }: Context): Promise<boolean> {
  return (await callServer(one.connection, ['test', '-d', folderOf(deploy)])).code === 0;
}

async function sendFiles(context: Context): Promise<void> {
  const { one, held, deploy } = context;
  if (await hasFiles(context)) return;
  const target = folderOf(deploy);
  one.report(`Sending version ${deploy.version.version} to ${target}`);
  const { scripts } = deploy.checkout;
  await sendFolder(one, held, { scripts, folder: deploy.files, entries: deployed, target, mode: '755' });
}

async function requireVersion(context: Context): Promise<void> {
  if (await hasFiles(context)) return;
  const { one, deploy } = context;
  const { version } = deploy.version;
  throw new FreeholdError(
    `${one.server} has no version '${version}'. 'freehold server versions' lists its versions.`,
  );
}

/** The version that it goes back to may be from before it looked itself; the one in use knows more. */
async function checkDatabases({ one, held, deploy }: Context): Promise<void> {
  const script = '/opt/freehold/scripts/host/check-databases.sh';
  const words = ['sh', '-c', '[ ! -e "$1" ] || exec "$@"', 'check', script, deploy.version.version];
  const { code } = await callServer(one.connection, held.guard(words), one.print);
  if (code !== 0) throw new FreeholdError('Nothing was changed.');
}

/** A script of the version that is deployed: it works whatever the server had before. */
async function runThere({ one, held, deploy }: Context, script: string, ...words: string[]): Promise<void> {
  const env = `FREEHOLD_STARTED=${startedAt(deploy.checkout.env)}`;
  const path = join(folderOf(deploy), 'scripts/host', script);
  const { code } = await callServer(one.connection, held.guard(['env', env, path, ...words]), one.print);
  if (code !== 0)
    throw new FreeholdError(`${script} failed there with exit code ${code}; the reason is above.`);
}
