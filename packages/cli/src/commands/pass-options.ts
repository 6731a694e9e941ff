import type { Call } from '../command.ts';

/** Options of a call as words for a script: those that were given, in this order. */
export function passOptions({ options }: Call, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const value = options[name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())];
    if (value === true) return [`--${name}`];
    return typeof value === 'string' ? [`--${name}`, value] : [];
  });
}
