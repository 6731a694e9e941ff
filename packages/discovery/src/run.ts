import type { Readable } from 'node:stream';
import { parseArguments, printHelp, usageError } from '@freehold/core/arguments';
import { type Domain, parseCanonicalDomain } from '@freehold/core/domain';
import { reasonOf } from '@freehold/core/error';
import { readInput } from '@freehold/core/read-input';
import type { Program } from '@freehold/core/run-main';
import { announce } from './announce.ts';
import { type Backend, parseApp, parseBackend } from './backend.ts';
import { help } from './help.ts';
import { readInspect } from './read-inspect.ts';
import { serve } from './serve.ts';
import { readHost } from './settings.ts';
import { createSharedEtcd, type SharedEtcd } from './shared-etcd.ts';
import { withdraw } from './withdraw.ts';

const options = {
  app: { type: 'string' },
  address: { type: 'string' },
  port: { type: 'string' },
  deadline: { type: 'string' },
  forget: { type: 'boolean' },
} as const;

/** `docker inspect` prints some 10 kB for a container. */
const maxInspectBytes = 4 * 1024 * 1024;
/** A site that stops is not to be kept from it by an etcd that is away. */
const withdrawSeconds = 15;

type Values = ReturnType<typeof parseCall>['values'];

export async function run(
  program: Program,
  input: Readable & { isTTY?: boolean } = process.stdin,
  shared: SharedEtcd = createSharedEtcd(),
): Promise<void> {
  const { argv, env, signal, log } = program;
  const { values, positionals } = parseCall(argv);
  if (values.help) return printHelp(help);
  const [command, name, ...rest] = positionals;
  if (command === 'serve' && name === undefined) {
    return serve(program, (call, body) => run(call, body, shared));
  }
  if (command !== 'announce' && command !== 'withdraw') {
    throw usageError(
      command ? `There is no command ${JSON.stringify(command)}` : 'A command is missing',
      help,
    );
  }
  if (name === undefined) throw usageError('The domain is missing', help);
  if (rest.length > 0) throw usageError(`One domain is wanted, and ${rest.length} more given`, help);
  refuseForeign(command, values);
  const domain = parseCanonicalDomain(name);
  const host = readHost(env);
  const common = { domain, host, shared, signal, log };
  if (command === 'withdraw') {
    const seconds = parseSeconds(values.deadline) ?? withdrawSeconds;
    const app = values.app === undefined ? undefined : orUsage(() => parseApp(values.app as string, domain));
    return withdraw({ ...common, app, forget: values.forget ?? false, seconds });
  }
  const seconds = parseSeconds(values.deadline) ?? host.probeSeconds;
  const told = backendFromOptions(values, domain);
  if (told === undefined && input.isTTY)
    throw usageError('Standard input is a terminal, and not docker inspect', help);
  const backend =
    told ??
    readInspect(
      await readInput(input, { maxBytes: maxInspectBytes, what: 'docker inspect', signal }),
      domain,
    );
  await announce({ ...common, backend, seconds });
}

function parseCall(argv: readonly string[]) {
  return parseArguments(argv, options, help);
}

/** An option that its command would not heed is a mistake. */
function refuseForeign(command: 'announce' | 'withdraw', values: Values): void {
  const foreign = command === 'announce' ? (['forget'] as const) : (['address', 'port'] as const);
  const found = foreign.find((name) => values[name] !== undefined);
  if (found !== undefined) throw usageError(`--${found} is no option of ${command}`, help);
}

function parseSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,3}$/.test(text)) {
    throw usageError(
      `--deadline is ${JSON.stringify(text)}, but whole seconds from 1 to 9999 are needed`,
      help,
    );
  }
  return Number(text);
}

function backendFromOptions(values: Values, domain: Domain): Backend | undefined {
  const { app, address, port } = values;
  if (app === undefined && address === undefined && port === undefined) return undefined;
  if (app === undefined || address === undefined || port === undefined) {
    throw usageError('--app, --address and --port go together', help);
  }
  return orUsage(() => parseBackend({ app, address, port }, domain));
}

function orUsage<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw usageError(reasonOf(error), help);
  }
}
