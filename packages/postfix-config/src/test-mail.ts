// Shared fixture of the mail tests: etcd, Postfix in a container, a receiving server, and postfix-config.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectEtcd, type Etcd } from '@freehold/core/etcd';
import { type Child, startChild } from '@freehold/testing/child';
import type { Zone } from '@freehold/testing/dns-server';
import { type EtcdServer, startEtcd } from '@freehold/testing/etcd-server';
import { type PostfixServer, preparePostfix } from '@freehold/testing/postfix-server';
import { sendMail } from '@freehold/testing/smtp-client';
import { type ReceivedMail, type SmtpReceiver, startSmtpReceiver } from '@freehold/testing/smtp-receiver';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { waitFor } from '@freehold/testing/wait-for';
import { askSmtp } from './ask-smtp.ts';

export const thisHost = 'h1.test';
export const thisBoot = '0123456789abcdef';

export interface TestMail extends AsyncDisposable {
  /** The folder to which postfix-config writes. */
  readonly folder: string;
  /** The folder of certificates: approved-certs and default.pem. */
  readonly edge: string;
  readonly etcd: Etcd;
  readonly etcdServer: EtcdServer;
  readonly postfix: PostfixServer;
  /** Receives all mail that Postfix sends, for any domain. */
  readonly receiver: SmtpReceiver;
  readonly env: NodeJS.ProcessEnv;
  /** Starts postfix-config with these arguments. */
  config(...args: string[]): Child;
  /** Writes a forward: `info@a.test`, or `*@a.test`. */
  put(address: string, ...targets: string[]): Promise<void>;
  /** Sends a message from outside; returns Postfix's last answer. */
  send(to: string | string[], data?: string | Uint8Array, from?: string): Promise<string>;
  /** Waits for a message to an address. */
  received(to: string): Promise<ReceivedMail>;
  /**
   * Between two tests that share this fixture: waits until the queue is empty, and forgets received messages.
   */
  reset(): Promise<void>;
  /** Waits until Postfix accepts or refuses an address, as given. */
  untilAnswered(to: string, code: number): Promise<void>;
}

/** With a permanently running postfix-config. */
export interface RunningMail extends TestMail {
  readonly running: Child;
}

/** etcd and the receiver run, and the forwards are in etcd; the test starts Postfix and postfix-config. */
export async function createTestMail(options: {
  forwards?: Readonly<Record<string, readonly string[]>>;
  settings?: readonly string[];
  env?: Readonly<Record<string, string>>;
  zone?: Zone;
}): Promise<TestMail> {
  const root = await temporaryFolder();
  const { env: postfixEnv = {}, zone = {} } = options;
  const postfix = await preparePostfix({ folder: root.path, env: postfixEnv, zone });
  const [folder, edge] = [join(root.path, 'config'), join(root.path, 'haproxy')];
  await mkdir(join(edge, 'approved-certs'));
  const receiver = await startSmtpReceiver();
  await writeFile(
    join(folder, 'main.cf.local'),
    [...testSettings(postfix, receiver), ...(options.settings ?? [])].join('\n'),
  );
  const etcdServer = await startEtcd();
  const etcd = connectEtcd({ endpoints: [etcdServer.endpoint] });
  const children: Child[] = [];
  const env = {
    FREEHOLD_HOST: thisHost,
    FREEHOLD_BOOT_ID: thisBoot,
    FREEHOLD_ETCD: etcdServer.endpoint,
    FREEHOLD_POSTFIX_DIR: folder,
    FREEHOLD_POSTFIX_SOCKETS: join(root.path, 'run'),
    FREEHOLD_HAPROXY_DIR: edge,
    FREEHOLD_SMTP: `${postfix.address}:25`,
  };
  const mail: TestMail = {
    folder,
    edge,
    etcd,
    etcdServer,
    postfix,
    receiver,
    env,
    config(...args) {
      const child = startChild(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], env);
      children.push(child);
      return child;
    },
    put(address, ...targets) {
      const [local, domain] = address.split('@');
      return etcd.put(`/mail/${domain}/${local}`, JSON.stringify(targets));
    },
    send: (to, data = 'Subject: test\r\n\r\nhello\r\n', from = 'alice@sender.test') =>
      sendMail({ host: postfix.address }, { from, to: [to].flat(), data }),
    received: (to) => waitFor(`a message for ${to}`, () => receiver.mails.find((one) => one.to.includes(to))),
    untilAnswered: (to, code) => untilAnswered(mail, to, code),
    async reset() {
      await waitFor('the queue to be empty', async () =>
        (await postfix.exec('postqueue', '-p')).includes('is empty'),
      );
      receiver.mails.length = 0;
      receiver.answers.clear();
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) await child.stop('SIGKILL');
      await postfix.remove();
      await receiver[Symbol.asyncDispose]();
      etcd.close();
      await etcdServer.remove();
      await root.remove();
    },
  };
  for (const [address, targets] of Object.entries(options.forwards ?? {}))
    await mail.put(address, ...targets);
  return mail;
}

/** Starts postfix-config and Postfix, and waits for both. */
export async function startMail(options: Parameters<typeof createTestMail>[0] = {}): Promise<RunningMail> {
  const mail = await createTestMail(options);
  try {
    const running = mail.config();
    await waitFor('the first configuration', () => readFile(join(mail.folder, 'destinations')));
    await mail.postfix.start();
    return { ...mail, running };
  } catch (error) {
    await mail[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * All mail goes to the test's own server, and failed deliveries are retried soon. The number of connections
 * per minute depends on the machine, so it is limited only in limits.test.ts.
 */
function testSettings(postfix: PostfixServer, receiver: SmtpReceiver): string[] {
  return [
    `default_transport = smtp:[${postfix.gateway}]:${receiver.port}`,
    'smtpd_error_sleep_time = 0',
    'minimal_backoff_time = 1s',
    'queue_run_delay = 1s',
    'smtp_tls_security_level = none',
    ...['connection', 'message', 'recipient'].map((what) => `smtpd_client_${what}_rate_limit = 0`),
  ];
}

async function untilAnswered({ env }: TestMail, to: string, code: number): Promise<void> {
  await waitFor(`${to} to be answered with ${code}`, async () =>
    (await askSmtp(env.FREEHOLD_SMTP ?? '', to)).startsWith(String(code)),
  );
}
