import { parseDomain } from '@freehold/core/domain';
import { visible } from '@freehold/core/print-lines';
import type { Argument, Call, CommandSpec, Option, Row } from '../command.ts';
import { askPostfixConfig } from '../edge/postfix-config.ts';
import { parseDns, parseExplained, parseForwards } from '../host/mail-output.ts';
import { tableOf, textOf } from '../table.ts';

const address: Argument = {
  name: 'ADDRESS',
  meaning: "info@example.com, or '*@example.com' in quotes for the rest of the domain",
};
const as: Option = {
  name: 'as',
  value: 'FOLDER',
  meaning: "in a cluster: the folder with the operator's ca.pem, cert.pem and key.pem",
  completes: 'file',
};

const dryRun: Option = { name: 'dry-run', meaning: 'prints what would change, and changes nothing' };

async function listForwards(call: Call): Promise<Row[]> {
  return parseForwards(await askPostfixConfig(['list', '--json'], call));
}

async function readDns(call: Call): Promise<Row[]> {
  const domain = parseDomain(call.args[0] ?? '');
  return [parseDns(domain, await askPostfixConfig(['dns', domain], call))];
}

async function testAddress(call: Call): Promise<Row[]> {
  return [parseExplained(await askPostfixConfig(['test', '--json', call.args[0] ?? ''], call))];
}

const testFields = [
  { key: 'address', type: 'text', meaning: 'the address' },
  {
    key: 'verdict',
    type: 'text',
    meaning:
      "'forwarded', 'unknown-address', 'unknown-domain' (this host accepts no mail for it) or 'rewritten' (a sender rewritten by a forwarding server, SRS)",
  },
  { key: 'explanation', type: 'list', meaning: 'the reasons, in sentences' },
  {
    key: 'accepted',
    type: 'true, false or null',
    meaning: 'whether Postfix accepts the message; null if it does not answer',
  },
  { key: 'answer', type: 'text', meaning: 'the answer of Postfix, or why there is none' },
  {
    key: 'skipped',
    type: 'list',
    meaning: 'each {source, problem}: an invalid entry that concerns the domain',
  },
  { key: 'records', type: 'list', meaning: 'the DNS records that the domain needs, as lines of a zone file' },
] as const;

function printTest(rows: readonly Row[]): string[] {
  return rows.flatMap(({ explanation, skipped, answer, records }) => [
    ...(explanation as readonly string[]),
    ...(skipped as readonly Row[]).map(
      ({ source, problem }) => `${textOf(source ?? null)} is skipped: ${textOf(problem ?? null)}`,
    ),
    `Postfix answers: ${textOf(answer ?? null)}`,
    ...['', ...(records as readonly string[])].slice((records as readonly string[]).length > 0 ? 0 : 1),
  ]);
}

const forwardFields = [
  {
    key: 'address',
    header: 'ADDRESS',
    type: 'text or null',
    meaning: "the address; '@example.com' stands for the rest of the domain; null for an invalid entry",
  },
  { key: 'targets', header: 'GOES TO', type: 'list', meaning: 'the addresses that its mail is forwarded to' },
  {
    key: 'postfix',
    header: 'POSTFIX',
    type: 'text',
    meaning:
      "'active' (Postfix uses it), 'pending' (Postfix does not use it yet), 'unreachable' (Postfix does not answer), 'leftover' (Postfix uses it, but it is no longer configured) or 'skipped' (the entry is invalid: see problem)",
  },
  { key: 'source', header: 'SOURCE', type: 'text or null', meaning: 'the etcd key, or the file and line' },
  { key: 'problem', type: 'text or null', meaning: 'why an entry is skipped' },
] as const;

/** Invalid entries come after the table. */
function printForwards(rows: readonly Row[]): string[] {
  const valid = rows.filter(({ problem }) => problem === null);
  const invalid = rows.filter(({ problem }) => problem !== null);
  return [
    ...tableOf(forwardFields, valid),
    ...invalid.map(({ source, problem }) => `${textOf(source)} is skipped: ${textOf(problem)}`),
  ];
}

export const mailCommands: readonly CommandSpec[] = [
  {
    path: 'mail list',
    replaces: ['mail.sh list'],
    summary: 'Lists the mail forwards, with their state in Postfix and the reasons of skipped entries',
    on: 'many',
    examples: [{ command: 'freehold mail list', meaning: 'on a host' }],
    does: { read: { fields: forwardFields, read: listForwards, print: printForwards } },
  },
  {
    path: 'mail dns',
    replaces: ['mail.sh dns'],
    summary: 'Prints the DNS records that the mail of a domain needs',
    args: [{ name: 'DOMAIN', meaning: 'the domain, such as example.com', completes: 'domain' }],
    on: 'many',
    examples: [{ command: 'freehold mail dns example.com', meaning: 'on a host, as lines of a zone file' }],
    does: {
      read: {
        single: true,
        fields: [
          { key: 'domain', type: 'text', meaning: 'the domain' },
          {
            key: 'records',
            type: 'list',
            meaning: 'each {name, type, value}: a record, with the value as in a zone file',
          },
          {
            key: 'zone',
            type: 'list',
            meaning: 'the lines of a zone file: the same records, and comments that explain them',
          },
        ],
        read: readDns,
        print: (rows) => rows.flatMap(({ zone }) => (zone as readonly string[]).map(visible)),
      },
    },
  },
  {
    path: 'mail add',
    summary: 'Forwards mail for an address',
    description: 'The targets replace existing targets of the address.',
    args: [address, { name: 'TARGET', many: true, meaning: 'a mail address, here or elsewhere' }],
    options: [as, dryRun],
    on: 'many',
    examples: [{ command: 'freehold mail add info@example.com me@elsewhere.example', meaning: 'on a host' }],
    replaces: ['mail.sh add'],
    does: { change: async (call) => (await import('./change-mail.ts')).changeMail('add', call) },
  },
  {
    path: 'mail remove',
    summary: 'Stops forwarding mail for an address',
    args: [address],
    options: [as, dryRun],
    on: 'many',
    examples: [
      { command: "freehold mail remove '*@example.com' --yes", meaning: 'on a host, without confirmation' },
    ],
    replaces: ['mail.sh remove'],
    does: {
      asks: ({ args }) => `Remove the forward of ${args[0]}?`,
      change: async (call) => (await import('./change-mail.ts')).changeMail('remove', call),
    },
  },
  {
    path: 'mail test',
    replaces: ['mail.sh test'],
    summary: 'Explains what would happen to a message for an address, without sending one',
    args: [address],
    on: 'many',
    examples: [{ command: 'freehold mail test info@example.com', meaning: 'on a host' }],
    does: { read: { single: true, fields: testFields, read: testAddress, print: printTest } },
  },
];
