import { parseArguments, printHelp, usageError } from '@freehold/core/arguments';
import type { Program } from '@freehold/core/run-main';

const help = 'Usage: gitpuller DOMAIN';

export async function run({ argv }: Program): Promise<void> {
  const { values } = parseArguments(argv, {}, help);
  if (values.help) return printHelp(help);
  throw usageError('The domain is missing', help);
}
