import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { connect } from 'node:tls';
import { makeCertificate } from '@freehold/testing/certificate';
import { withPostfix } from '@freehold/testing/postfix-server';
import { openSmtp } from '@freehold/testing/smtp-client';
import { waitFor } from '@freehold/testing/wait-for';
import { createTestMail, startMail, type TestMail } from './test-mail.ts';

/** The names in the certificate that STARTTLS presents to a client that requests a name. */
async function namesFor(mail: TestMail, servername: string | undefined): Promise<string> {
  await using client = await openSmtp({ host: mail.postfix.address });
  await client.mustSay('EHLO client.test', 'STARTTLS');
  client.socket.removeAllListeners('data');
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const name = servername === undefined ? {} : { servername };
  const secured = connect({ socket: client.socket, rejectUnauthorized: false, ...name }, () =>
    resolve(secured.getPeerCertificate().subjectaltname ?? ''),
  );
  secured.on('error', reject);
  return await promise;
}

async function place(mail: TestMail, file: string, ...names: string[]): Promise<void> {
  const { certificate, key } = await makeCertificate(names);
  await writeFile(join(mail.edge, file), certificate + key);
}

describe('tls', { concurrency: 2 }, () => {
  test(
    'STARTTLS presents the certificate of the requested name, of the host, or the default one',
    withPostfix,
    async () => {
      await using mail = await startMail({ forwards: { 'info@a.test': ['one@else.test'] } });
      const becomes = (servername: string | undefined, names: string) =>
        waitFor(`${servername} to get ${names}`, async () =>
          (await namesFor(mail, servername)).includes(names),
        );
      await place(mail, 'default.pem', 'default.test');
      await place(mail, 'approved-certs/a.test.pem', 'a.test', 'www.a.test');
      await becomes('a.test', 'DNS:a.test');
      await becomes('www.a.test', 'DNS:a.test');
      await becomes('b.test', 'DNS:default.test');
      await becomes(undefined, 'DNS:default.test');
      await place(mail, 'approved-certs/h1.test.pem', 'h1.test');
      await becomes('h1.test', 'DNS:h1.test');
      await becomes(undefined, 'DNS:h1.test');
      await place(mail, 'approved-certs/a.test.pem', 'a.test', 'renewed.test');
      await becomes('a.test', 'DNS:renewed.test');
      await writeFile(join(mail.edge, 'approved-certs/bad.test.pem'), 'no certificate');
      await rm(join(mail.edge, 'approved-certs/a.test.pem'));
      await becomes('a.test', 'DNS:h1.test');
      await mail.put('more@a.test', 'two@else.test');
      await mail.untilAnswered('more@a.test', 250);
    },
  );

  test(
    'a Postfix that starts with existing certificates uses them immediately, as after a reboot',
    withPostfix,
    async () => {
      await using mail = await createTestMail({ forwards: { 'info@a.test': ['one@else.test'] } });
      await place(mail, 'default.pem', 'default.test');
      await place(mail, 'approved-certs/a.test.pem', 'a.test');
      mail.config();
      await waitFor('the first configuration', async () =>
        (await readFile(join(mail.folder, 'certificates'), 'utf8')).includes('a.test'),
      );
      await mail.postfix.start();
      assert.match(await namesFor(mail, 'a.test'), /DNS:a\.test/);
      assert.match(await namesFor(mail, undefined), /DNS:default\.test/);
    },
  );
});
