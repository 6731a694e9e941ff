// Lines for the journal: `<level>` as systemd reads it (sd-daemon(3)), a sentence, then key=value.

const levels = { error: 3, warning: 4, notice: 5, info: 6 } as const;

type Level = keyof typeof levels;
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;
export type Log = Readonly<Record<Level, (sentence: string, fields?: Fields) => void>>;

/**
 * Creates the log of a program. A terminal gets no `<level>` prefixes; the journal, which strips them, gets
 * one on each line.
 */
export function createLog(stream: { write(text: string): unknown; isTTY?: boolean } = process.stderr): Log {
  const at = (level: Level) => (sentence: string, fields?: Fields) => {
    const prefix = stream.isTTY ? '' : `<${levels[level]}>`;
    stream.write(`${prefix}${formatLine(sentence, fields)}\n`);
  };
  return { error: at('error'), warning: at('warning'), notice: at('notice'), info: at('info') };
}

/**
 * Formats one line: control characters cannot start a second one, direction marks cannot reorder it, and
 * credentials in URLs are masked.
 */
export function formatLine(sentence: string, fields: Fields = {}): string {
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${quote(String(value))}`);
  return redact([sentence, ...pairs].join(' ').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' '));
}

function quote(value: string): string {
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

// A password may itself contain an @, a slash, or another character that should have been percent-encoded, so
// everything up to the last @ is masked.
function redact(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)\S+@/gi, '$1***@');
}
