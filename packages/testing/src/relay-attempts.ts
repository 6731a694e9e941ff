// Attacks by strangers on a mail server: relaying mail through it, and hiding a second message in a first
// one.

/** An address elsewhere, which must not receive a message. */
export const victim = 'victim@elsewhere.test';

/** The server under attack. */
export interface Tried {
  /** Its own name. */
  readonly host: string;
  /** A domain for which it accepts mail. */
  readonly domain: string;
  /** Its address, and that of a mail server beside it. */
  readonly address: string;
  readonly neighbour: string;
}

/** Sender and recipient of relay attempts. */
export function relayAttempts(tried: Tried): [from: string, to: string][] {
  return [
    ...recipients(tried).map((to): [string, string] => ['alice@sender.test', to]),
    ...senders(tried).map((from): [string, string] => [from, victim]),
  ];
}

function recipients({ host, domain, address, neighbour }: Tried): string[] {
  return [
    victim,
    `victim%elsewhere.test@${domain}`,
    'victim%elsewhere.test',
    `victim%elsewhere.test@${host}`,
    `victim%elsewhere.test@[${address}]`,
    'victim%elsewhere.test@localhost',
    `${victim}@${domain}`,
    `@${domain}:${victim}`,
    `@${domain},@${host}:${victim}`,
    `"${victim}"`,
    `"${victim}"@${domain}`,
    `"victim%elsewhere.test"@${domain}`,
    `"${victim}"@[${address}]`,
    `victim\\@elsewhere.test@${domain}`,
    'elsewhere.test!victim',
    `elsewhere.test!victim@${domain}`,
    `${domain}!elsewhere.test!victim`,
    `${domain}!victim@elsewhere.test`,
    `${victim}@[${address}]`,
    `victim@[${neighbour}]`,
    `victim@[${address}]`,
    'victim@[127.0.0.1]',
    'victim@localhost',
    `victim@${host}`,
    'victim',
    `${victim}.`,
    `victim@${domain}@elsewhere.test`,
    `:include:/etc/passwd@${domain}`,
    `|/bin/sh@${domain}`,
    `"|cat"@${domain}`,
    `/tmp/file@${domain}`,
    ...bareSpellings(domain),
    ...[host, `${host}.`, `[${address}]`, '[127.0.0.1]', 'localhost'].map((one) => `postmaster@${one}`),
    ...['double-bounce', 'Double-Bounce', '"double-bounce"', 'double-bounce+x'].map(
      (one) => `${one}@${host}`,
    ),
    `SRS0=aaaaaa=AA=elsewhere.test=victim@${host}`,
    `SRS1=aaaaaa=elsewhere.test==bbbb=AA=x=victim@${host}`,
  ];
}

/** Forms that may be reduced to a bare <postmaster>, which Postfix always accepts. */
function bareSpellings(domain: string): string[] {
  const plain = [
    'postmaster',
    ' postmaster ',
    '"postmaster"',
    ' "postmaster"',
    'post\\master',
    '"post\\master"',
  ];
  const around = [
    `@${domain}:postmaster`,
    `@${domain}:"postmaster"`,
    `postmaster(@${domain})`,
    '(x)postmaster',
  ];
  const broken = [
    `postmaster,@${domain}`,
    `postmaster;@${domain}`,
    'postmaster@',
    'postmaster@.',
    '"postmaster"@',
  ];
  return [...plain, ...around, ...broken];
}

/** Senders that claim to be local, or to be a notice. */
function senders({ host, domain, address }: Tried): string[] {
  const locals = [`info@${domain}`, `root@${host}`, `x@[${address}]`, 'x@localhost', `MAILER-DAEMON@${host}`];
  return ['', victim, ...locals];
}

/** Sequences that some server treats as the end of a message; only <CR><LF>.<CR><LF> is one. */
export const falseEnds = {
  '<LF>.<LF>': '\n.\n',
  '<LF>.<CR><LF>': '\n.\r\n',
  '<CR><LF>.<LF>': '\r\n.\n',
  '<CR>.<CR>': '\r.\r',
  '<CR><LF>.<CR>': '\r\n.\r',
  '<CR>.<CR><LF>': '\r.\r\n',
  '<CR><CR><LF>.<CR><CR><LF>': '\r\r\n.\r\r\n',
  '<CR><LF><NUL>.<CR><LF>': '\r\n\0.\r\n',
  '<CR><LF>.<NUL><CR><LF>': '\r\n.\0\r\n',
} as const;

/** A message with a second one, to `to`, hidden behind a false end. */
export function smuggle(falseEnd: string, to: string): string {
  const hidden = `MAIL FROM:<evil@sender.test>\r\nRCPT TO:<${to}>\r\nDATA\r\nSubject: smuggled\r\n\r\nsmuggled\r\n`;
  return `Subject: first\r\n\r\nfirst${falseEnd}${hidden}`;
}
