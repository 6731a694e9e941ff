// The control machine as the reader of docs/how-to/deploy-servers.md has it: two servers by the pages' names, their files,
// and a checkout with a remote in which there is a newer commit.
import assert from 'node:assert/strict';
import { makeCertificate } from '@freehold/testing/certificate';
import { type Outcome, run } from './run.ts';
import {
  controlMachine,
  fromControlMachine,
  onControlMachine,
  onServer,
  type Server,
  servers,
} from './servers.ts';

/** The page's servers, and which of ours they are. */
export const called = { 'h1.example.com': servers[0], 'h2.example.com': servers[1] } as const;
export type Called = keyof typeof called;

const sites = ['example.com', 'blog.example', 'example.org', 'example.net', 'other.example'];
const [checkout, config, remote] = ['/root/freehold', '/root/guide-config', '/tmp/guide-remote.git'];
const files = `${checkout}/my-pages ${checkout}/net.tar.gz ${checkout}/example.com.pem ${checkout}/backups`;
// The images as if this commit's had been built already: building is what deploy-build.drill.ts is about.
const tagImages = `source scripts/setup/images.sh; for image in "\${images[@]}"; do docker tag freehold/$image freehold/$image:$commit; done`;

/**
 * Runs a line in the folder where the page's reader is. The operator's folder is one of its own, since that of the other
 * tests has the same hosts by other names.
 */
export function asTheReader(line: string): Promise<Outcome> {
  return onControlMachine(`cd ${checkout}; export FREEHOLD_CONFIG=${config}\n${line}`);
}

export async function prepareReader(): Promise<void> {
  const { certificate, key } = await makeCertificate(['example.com', 'www.example.com']);
  for (const [name, server] of Object.entries(called)) await introduce(name, server);
  await fromControlMachine(
    `mkdir -p ${config}; printf '%s\\n' ${Object.keys(called).join(' ')} >${config}/servers; cd ${checkout}
     printf '%s\\n' /my-pages /net.tar.gz /example.com.pem >.git/info/exclude # if this is cut off, nothing commits them later
     mkdir my-pages; echo '<p>mine</p>' >my-pages/index.html
     mkdir -p /tmp/guide-net/static/www-content; echo '<p>net</p>' >/tmp/guide-net/static/www-content/index.html
     tar -C /tmp/guide-net -czf net.tar.gz .`,
  );
  const put = ['exec', '-i', controlMachine, 'sh', '-c', `cat >${checkout}/example.com.pem`];
  assert.equal((await run('docker', put, certificate + key)).code, 0);
  await fromControlMachine(
    `cd ${checkout}; git clone --quiet --bare . ${remote}; git remote add origin ${remote}
     git fetch --quiet; git branch --quiet --set-upstream-to origin/main
     newer=$(git commit-tree -p HEAD -m 'A newer one' 'HEAD^{tree}'); git push --quiet origin "$newer:refs/heads/main"
     for commit in HEAD "$newer"; do git rev-parse --short=10 "$commit"; done >${config}/commits
     for commit in $(cat ${config}/commits); do ${tagImages}; done`,
  );
}

/** The control machine knows a server by a further name. */
export async function introduce(name: string, server: Server): Promise<void> {
  await fromControlMachine(
    `sed "s/ $2$/ $1 $2/" /etc/hosts >/tmp/hosts; cat /tmp/hosts >/etc/hosts
     sed -n "s/^$2 /$1 /p" ~/.ssh/known_hosts >/tmp/known; cat /tmp/known >>~/.ssh/known_hosts`,
    name,
    server,
  );
}

/** Makes all as it was, whatever of it there is; what has been committed since a run that was cut off stays. */
export async function removeReader(): Promise<void> {
  for (const server of Object.values(called)) await removeSites(server);
  await fromControlMachine(
    `sed 's/ h[12]\\.example\\.com//' /etc/hosts >/tmp/hosts; cat /tmp/hosts >/etc/hosts
     sed -i '/^h[12]\\.example\\.com /d' ~/.ssh/known_hosts; cd ${checkout}
     git remote remove origin 2>/dev/null || true
     if [ -s ${config}/commits ]; then
       source scripts/setup/images.sh
       for commit in $(cat ${config}/commits); do
         for image in "\${images[@]}"; do docker image rm "freehold/$image:$commit" >/dev/null 2>&1 || true; done
       done
       if [ "$(git rev-parse --short=10 HEAD)" = "$(tail -n 1 ${config}/commits)" ]; then git reset --quiet HEAD^; fi
     fi
     rm -rf ${config} ${remote} /tmp/guide-net ${files}`,
  );
}

async function removeSites(server: Server): Promise<void> {
  await onServer(
    server,
    `for site; do
       /opt/freehold/scripts/remove-site.sh "$site" --delete-data >/dev/null; rm -rf "/data/moved/$site"* "/data/moving/$site"
     done
     /opt/freehold/scripts/mail.sh remove info@example.com >/dev/null 2>&1 || true`,
    ...sites,
  );
}
