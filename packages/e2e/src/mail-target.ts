// The destination of a host's mail in tests: a real mail server, and a real DNS server that points to it,
// each in a separate network namespace on the host. Postfix finds it like any other: by MX.
import type { Zone } from '@freehold/testing/dns-server';
import { mailOf } from '@freehold/testing/receive-mail';
import type { ReceivedMail } from '@freehold/testing/smtp-receiver';
import { waitFor } from '@freehold/testing/wait-for';
import { execOn, hostName, repository } from './host.ts';

/** The outside domains. All their mail goes to the target. */
const domains = ['elsewhere.test', 'second.test', 'sender.test', 'first.test'];
/** In the range for measurements (RFC 2544), which no host uses. */
export const targetAddress = '198.18.250.2';
const namesAddress = '198.18.250.3';
/** A recipient that is refused there, and the message. */
export const refused = { address: 'refused@elsewhere.test', answer: '550 5.1.1 nobody of that name' };

export interface MailTarget {
  /** All accepted messages, in order. */
  mails(): Promise<ReceivedMail[]>;
  /** Waits for a message to a recipient that contains these words. */
  received(to: string, words: string): Promise<ReceivedMail>;
  /** Stops it, like a server that is switched off, and starts it again. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Removes it, and restores Postfix's names and settings. */
  remove(): Promise<void>;
}

/** Recreated at each start of Postfix, since a container gets the names at that moment. */
const dropIn = `[Service]
ExecStartPre=sh -c 'echo "nameserver ${namesAddress}" >/etc/resolv.conf'
`;

/** Waiting mail is retried soon, and a test may send more than a stranger. */
const settings = [
  ...[
    'minimal_backoff_time = 1s',
    'maximal_backoff_time = 2s',
    'queue_run_delay = 1s',
    'smtp_connect_timeout = 1s',
  ],
  ...['connection', 'message', 'recipient'].map((one) => `smtpd_client_${one}_rate_limit = 0`),
];

const zone: Zone = Object.fromEntries(
  domains.flatMap((domain) => [
    [domain, { MX: `mx.${domain}` }],
    [`mx.${domain}`, { A: targetAddress }],
  ]),
);

const setUp = `
  mkdir -p /var/lib/mail-target /etc/systemd/system/postfix.service.d
  chmod 777 /var/lib/mail-target
  docker network create --subnet 198.18.250.0/24 mail-target
  run() {
    docker run --detach --name "$1" --network mail-target --ip "$2" --restart unless-stopped --entrypoint node \
      --sysctl net.ipv4.ip_unprivileged_port_start=0 --volume ${repository}/packages/testing/src:/testing:ro \
      --volume /var/lib/mail-target:/mails freehold/postfix-config "/testing/$3" "$2" "\${@:4}"
  }
  run mail-target ${targetAddress} receive-mail.ts /mails/mails.jsonl "$1"
  run mail-names ${namesAddress} answer-names.ts "$4"
  cp /etc/resolv.conf /etc/resolv.conf.before
  printf %s "$2" >/etc/systemd/system/postfix.service.d/mail-target.conf
  printf %s "$3" >/data/runtime/postfix/main.cf.local`;

const tearDown = `
  rm -rf /etc/systemd/system/postfix.service.d /data/runtime/postfix/main.cf.local
  [ ! -e /etc/resolv.conf.before ] || cat /etc/resolv.conf.before >/etc/resolv.conf
  rm -f /etc/resolv.conf.before
  docker rm --force mail-target mail-names >/dev/null || true
  docker network rm mail-target >/dev/null || true
  rm -rf /var/lib/mail-target
  docker exec postfix postsuper -d ALL >/dev/null 2>&1 || true`;

const restart = `
  systemctl daemon-reload
  systemctl restart --job-mode=ignore-dependencies postfix`;

/** Starts it on a host, and Postfix with the names that it answers. */
export async function startMailTarget(host: string = hostName): Promise<MailTarget> {
  const shell = (script: string, ...args: string[]) =>
    execOn(host, ['bash', '-euo', 'pipefail', '-c', script, 'bash', ...args]);
  await shell(tearDown);
  await shell(
    setUp + restart,
    JSON.stringify({ [refused.address]: refused.answer }),
    dropIn,
    settings.join('\n'),
    JSON.stringify(zone),
  );
  await waitFor('Postfix to have the settings', async () =>
    (await shell('docker exec postfix postconf -h queue_run_delay')).includes('1s'),
  );
  await untilPostfixAnswers(host);
  const target: MailTarget = {
    async mails() {
      const lines = await shell('cat /var/lib/mail-target/mails.jsonl');
      return lines.split('\n').filter(Boolean).map(mailOf);
    },
    received: (to, words) =>
      waitFor(`a message to ${to} with ${words}`, async () =>
        (await target.mails()).find((mail) => mail.to.includes(to) && mail.data.includes(words)),
      ),
    stop: async () => void (await shell('docker stop --time 1 mail-target')),
    start: async () => void (await shell('docker start mail-target')),
    async remove() {
      await shell(tearDown + restart);
      await untilPostfixAnswers(host);
    },
  };
  return target;
}

async function untilPostfixAnswers(host: string): Promise<void> {
  const ask = ['curl', '--silent', '--max-time', '2', 'smtp://127.0.0.1', '--request', 'NOOP'];
  await waitFor('Postfix to answer', () => execOn(host, ask).then(() => true));
}

/** Waits until nothing is left to be delivered. */
export async function untilQueueEmpty(host: string = hostName): Promise<void> {
  await waitFor('the queue to be empty', async () =>
    (await execOn(host, ['docker', 'exec', 'postfix', 'postqueue', '-p'])).includes('is empty'),
  );
}
