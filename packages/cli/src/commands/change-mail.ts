import { FreeholdError } from '@freehold/core/error';
import { printLines } from '@freehold/core/print-lines';
import type { Program } from '@freehold/core/run-main';
import type { Call } from '../command.ts';
import { askPostfixConfig, passPostfixConfig } from '../edge/postfix-config.ts';
import { parseForwards } from '../host/mail-output.ts';
import { predictForward } from '../host/predict-forward.ts';

/** `mail add` and `mail remove`. */
export async function changeMail(word: 'add' | 'remove', call: Call): Promise<void> {
  const { args, options } = call;
  if (!options.dryRun) {
    return passPostfixConfig([word, ...args], typeof options.as === 'string' ? options.as : undefined, call);
  }
  const forwards = parseForwards(await askPostfixConfig(['list', '--json'], call));
  printLines([predictForward(forwards, args)]);
}

const words = ['add', 'remove', 'list', 'test', 'dns'];

/** What scripts/mail.sh calls: '[--as FOLDER] add|remove|list|test|dns …', as postfix-config takes it. */
export async function mailStep(argv: readonly string[], { env, log, signal }: Program): Promise<void> {
  const [isAs, folder] = [argv[0] === '--as', argv[1]];
  const passed = isAs ? argv.slice(2) : argv;
  const usage = (reason: string) => new FreeholdError(`${reason} See 'mail.sh --help'.`, { code: 'usage' });
  if (isAs && !folder) throw usage("Option '--as' requires a value.");
  const [word] = passed;
  if (word === undefined) throw usage('Missing argument: add, remove, list, test or dns.');
  if (!words.includes(word)) throw usage(`Unknown command '${word}'.`);
  const call: Call = { args: [], options: {}, env, log, signal };
  return passPostfixConfig(passed, isAs ? folder : undefined, call);
}
