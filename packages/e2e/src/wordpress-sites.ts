// WordPress sites on the host. Posts are written as by their owner, who logs in with login.txt.
import assert from 'node:assert/strict';
import { makeCertificate } from '@freehold/testing/certificate';
import { waitFor } from '@freehold/testing/wait-for';
import { type Address, openSession, type Session } from './browser-session.ts';
import { untilStatus } from './fetch.ts';
import { exec, repository, shell } from './host.ts';

export const unitsOf = (domain: string): string[] => [
  `wordpress@${domain}`,
  `mysql@${domain}`,
  `import@${domain}`,
  `discovery@${domain}`,
];

/** Starts a site, with its own certificate, and waits until WordPress answers. */
export async function startWordpress(domain: string): Promise<Session> {
  const { certificate, key } = await makeCertificate([domain, `www.${domain}`]);
  const put = 'umask 077; mkdir -p "/data/domains/$1/TLS"; cat >"/data/domains/$1/TLS/$1.pem"';
  await exec(['sh', '-c', put, 'sh', domain], certificate + key);
  await exec(['systemctl', 'enable', '--quiet', '--now', `wordpress@${domain}`]);
  return untilAnswered(domain);
}

/** Waits until WordPress answers; on another host, if given. */
export async function untilAnswered(domain: string, lookUp?: () => Address): Promise<Session> {
  const session = openSession(domain, lookUp);
  await waitFor(`WordPress of ${domain} to answer`, async () => {
    const { status, text } = await session.fetch('/wp-login.php');
    if (status !== 200) throw new Error(`the answer is ${status}: ${text.slice(0, 200)}`);
    return true;
  });
  return session;
}

/** The administrator's name and password, from the host that all tests share unless another one is given. */
export async function loginOf(domain: string, onHost = shell): Promise<Login> {
  const text = await onHost('cat "/data/domains/$1/wordpress/login.txt"', domain);
  const [user = '', password = ''] = text.trim().split(' ');
  return { user, password };
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Logs in with the form; the session may then write. */
export async function logIn(session: Session, login?: Login): Promise<Writer> {
  const { user, password } = login ?? (await loginOf(session.domain));
  await session.fetch('/wp-login.php');
  const form = { log: user, pwd: password, 'wp-submit': 'Log In', testcookie: '1' };
  const { status, text } = await session.fetch('/wp-login.php', { form });
  assert.equal(status, 302, text.replace(/<[^>]*>/g, '').slice(0, 500));
  const { text: nonce } = await session.fetch('/wp-admin/admin-ajax.php?action=rest-nonce');
  assert.match(nonce, /^[0-9a-f]{10}$/);
  return {
    async post(title, content) {
      const asking = { json: { title, content, status: 'publish' }, headers: { 'x-wp-nonce': nonce } };
      return answerOf(await session.fetch('/?rest_route=/wp/v2/posts', asking));
    },
    async upload(name, body) {
      const headers = {
        'x-wp-nonce': nonce,
        'content-type': 'image/png',
        'content-disposition': `attachment; filename="${name}"`,
      };
      return answerOf(await session.fetch('/?rest_route=/wp/v2/media', { body, headers }));
    },
  };
}

export interface Written {
  readonly id: number;
  readonly link: string;
  readonly source_url?: string;
}

/** Writes through WordPress's own interface; a returned post is acknowledged. */
export interface Writer {
  post(title: string, content: string): Promise<Written>;
  upload(name: string, body: Buffer): Promise<Written>;
}

function answerOf({ status, text }: { status: number; text: string }): Written {
  if (status !== 201) throw new Error(`WordPress answered with ${status}: ${text.slice(0, 300)}`);
  return JSON.parse(text);
}

/** Titles of all published posts, as seen by the public. */
export async function titles(session: Session): Promise<string[]> {
  const found: string[] = [];
  for (let page = 1; ; page += 1) {
    const { status, text } = await session.fetch(`/?rest_route=/wp/v2/posts&per_page=100&page=${page}`);
    // After a last page that was full.
    if (page > 1 && text.includes('rest_post_invalid_page_number')) return found;
    if (status !== 200) throw new Error(`WordPress answered with ${status}: ${text.slice(0, 200)}`);
    const posts: { title: { rendered: string } }[] = JSON.parse(text);
    found.push(...posts.map(({ title }) => title.rendered));
    if (posts.length < 100) return found;
  }
}

export async function removeWordpress(...domains: string[]): Promise<void> {
  for (const domain of domains) {
    await exec([`${repository}/scripts/remove-site.sh`, domain, '--delete-data']);
    await untilStatus(domain, 404);
  }
}
