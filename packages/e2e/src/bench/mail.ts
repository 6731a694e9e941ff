// The time from a put until a forward is effective among many others, its cost, and the throughput of mail.
import { readFile } from 'node:fs/promises';
import { type RunningMail, startMail, type TestMail } from '@freehold/postfix-config/test-mail';
import { openSmtp, type SmtpClient } from '@freehold/testing/smtp-client';
import { waitFor } from '@freehold/testing/wait-for';
import { milliseconds, printFigure } from './figures.ts';

const rounds = 10;
const forwards = 10_000;
const domains = 1000;

/** The load: messages per second, seconds, and connections. */
const load = { perSecond: 50, seconds: 60, connections: 10 };

/** Needs Docker and the image freehold/postfix. */
export async function benchMail(): Promise<void> {
  await using mail = await startMail({
    settings: ['smtpd_client_message_rate_limit = 0', 'smtpd_client_recipient_rate_limit = 0'],
  });
  await putMany(mail);
  await waitFor('the last of many', () => isTaken(mail, lastOfMany), { withinMs: 60_000 });
  printFigure(
    `put to effective, among ${forwards} forwards over ${domains} domains`,
    milliseconds(await timePuts(mail)),
    '2000 ms',
  );
  await printMemory(mail);
  await benchLoad(mail);
  await printMemory(mail);
}

const nameOf = (index: number) => `n${index}@d${index % domains}.test`;
const lastOfMany = nameOf(forwards - 1);

async function putMany(mail: TestMail): Promise<void> {
  for (let first = 0; first < forwards; first += 500) {
    const some = Array.from({ length: 500 }, (_, index) => first + index);
    await Promise.all(some.map((index) => mail.put(nameOf(index), `t${index}@else.test`)));
  }
}

async function timePuts(mail: TestMail): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await mail.put(`round${round}@d1.test`, 'x@else.test');
    await waitFor('it to be taken', () => isTaken(mail, `round${round}@d1.test`), { everyMs: 5 });
    times.push(performance.now() - start);
  }
  return times;
}

/** In a separate connection, since an open one keeps the configuration with which it began. */
async function isTaken(mail: TestMail, to: string): Promise<boolean> {
  await using client = await openSmtp({ host: mail.postfix.address });
  await client.mustSay('EHLO client.test', 'MAIL FROM:<>');
  return (await client.say(`RCPT TO:<${to}>`)).startsWith('250');
}

async function printMemory(mail: RunningMail): Promise<void> {
  printFigure('memory of Postfix, all its processes (PSS)', await memory(await mail.postfix.pids()));
  printFigure('memory of postfix-config (PSS)', await memory([mail.running.process.pid ?? 0]));
}

async function memory(pids: readonly number[]): Promise<string> {
  const texts = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')),
  );
  const kilobytes = texts.map((text) => Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0));
  return `${(kilobytes.reduce((one, other) => one + other, 0) / 1024).toFixed(1)} MB`;
}

async function benchLoad(mail: TestMail): Promise<void> {
  const { perSecond, seconds, connections } = load;
  const total = perSecond * seconds;
  const clients = await Promise.all(
    Array.from({ length: connections }, () => openSmtp({ host: mail.postfix.address })),
  );
  for (const client of clients) await client.mustSay('EHLO client.test');
  const start = performance.now();
  const due = (index: number) => start + (index * 1000) / perSecond;
  const taken = await Promise.all(clients.map((client, first) => sendShare(client, { first, total, due })));
  const sent = taken.reduce((one, other) => one + other, 0);
  const took = (performance.now() - start) / 1000;
  printFigure(
    `messages taken, at ${perSecond} a second`,
    `${sent} of ${total} in ${took.toFixed(1)} s`,
    `${seconds} s`,
  );
  await waitFor('all to arrive', () => arrived(mail) >= sent, { withinMs: 120_000 }).catch(() => undefined);
  const late = (performance.now() - start) / 1000 - took;
  printFigure('of them arrived', `${arrived(mail)}, the last ${late.toFixed(1)} s after`, 'all');
  for (const client of clients) await client[Symbol.asyncDispose]();
}

/** One connection's share: each message when it is due, or as soon as the previous one is done. */
async function sendShare(
  client: SmtpClient,
  share: { first: number; total: number; due: (index: number) => number },
): Promise<number> {
  let taken = 0;
  for (let index = share.first; index < share.total; index += load.connections) {
    const wait = share.due(index) - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    await client.mustSay(
      `MAIL FROM:<s${index}@sender.test>`,
      `RCPT TO:<${nameOf(index % forwards)}>`,
      'DATA',
    );
    client.write(
      `Subject: load ${index}.\r\n\r\n${'x'.repeat(70)}\r\n`.concat(`${'y'.repeat(70)}\r\n`.repeat(60)),
    );
    if ((await client.say('.')).startsWith('250')) taken++;
  }
  return taken;
}

function arrived(mail: TestMail): number {
  return new Set(mail.receiver.mails.map(({ data }) => /^Subject: load (\d+)\./m.exec(data.toString())?.[1]))
    .size;
}
