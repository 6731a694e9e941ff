// Sites of each kind on a server, and all that a visitor, a sender of mail and the operator see of them: what a backup
// has to hold.
import assert from 'node:assert/strict';
import { makeCertificate } from '@freehold/testing/certificate';
import type { Session } from './browser-session.ts';
import { addressOf, fromControlMachine, onServer, type Server, servers } from './servers.ts';
import { logIn, loginOf, titles, untilAnswered } from './wordpress-sites.ts';

/** A static site, a WordPress, one that is pulled from git, and one that is off. */
export const [pages, blog, pulled, off] = ['pages-b.test', 'blog-b.test', 'pulled-b.test', 'off-b.test'];
export const sites = [pages, blog, pulled, off];

/** Starts them on a server, and sets what an operator sets for a site and for a host. */
export async function startSites(server: Server): Promise<void> {
  await fromControlMachine(
    `mkdir -p /tmp/pages-b; echo '<p>kept</p>' >/tmp/pages-b/index.html; ln -sf ./index.html /tmp/pages-b/same.html`,
  );
  // A repository in the domain's own folder is in its backup, too.
  const git = `/data/domains/${pulled}/site.git`;
  await onServer(
    server,
    `command -v git >/dev/null || apt-get install --yes --no-install-recommends git >/dev/null 2>&1
     rm -rf /tmp/site; git init --quiet --initial-branch main /tmp/site; cd /tmp/site; git config user.name Test; git config user.email test@freehold.test
     echo '<p>pulled</p>' >index.html; git add .; git commit --quiet --message one
     mkdir -p /data/domains/${pulled}; git clone --quiet --bare /tmp/site ${git}; chown -R 10003:10003 ${git}`,
  );
  await fromControlMachine(
    `./add-site.sh ${server} ${pages} --from /tmp/pages-b; ./add-site.sh ${server} ${pulled} --git '${git} main'
     ./add-site.sh ${server} ${off}; ./add-site.sh ${server} ${blog} --app wordpress`,
  );
  for (const domain of [pages, blog]) {
    const { certificate, key } = await makeCertificate([domain, `www.${domain}`]);
    await fromControlMachine(
      `printf %s "$1" >/tmp/${domain}.pem; ./approve-certs.sh ${server} /tmp/${domain}.pem`,
      certificate + key,
    );
  }
  await setAsOperator(server);
  const session = await blogAt(server);
  const login = await loginOf(blog, (text, ...args) => onServer(server, text, ...args));
  assert.ok((await (await logIn(session, login)).post('Before it was lost', 'ünïcode 🚚')).id);
}

async function setAsOperator(server: Server): Promise<void> {
  await onServer(
    server,
    `systemctl disable --quiet --now static@${off}; systemctl enable --quiet --now dump@${blog}.timer
     mkdir -p /etc/systemd/system/static@${pages}.service.d
     printf '[Service]\\nEnvironment=FREEHOLD_SITE_MEMORY=80m\\n' >/etc/systemd/system/static@${pages}.service.d/memory.conf
     systemctl daemon-reload; systemctl restart static@${pages}; echo more-b.test >/data/runtime/postfix/destinations.local; echo FREEHOLD_DRAIN_SECONDS=3 >>/etc/freehold/host.env
     /opt/freehold/scripts/mail.sh add info@${pages} me@elsewhere.invalid >/dev/null`,
  );
}

/** Removes them from all servers, with what was set for them and the hosts. */
export async function removeSites(): Promise<void> {
  for (const server of servers) {
    for (const site of sites)
      await fromControlMachine(`./remove-site.sh ${server} ${site} --delete-data || true`);
    await onServer(
      server,
      `for site; do etcdctl del --prefix "/mail/$site/"; done >/dev/null
       rm -f /data/runtime/postfix/destinations.local; sed -i /^FREEHOLD_DRAIN/d /etc/freehold/host.env`,
      ...sites,
    );
  }
}

export async function blogAt(server: Server): Promise<Session> {
  const address = await addressOf(server);
  return untilAnswered(blog, () => [address, 443]);
}

/** What a server answers for a site. */
export const bodyAt = (server: Server, domain: string, scheme = 'http', path = '') =>
  onServer(
    server,
    `curl --silent --insecure --resolve "$1:80:127.0.0.1" --resolve "$1:443:127.0.0.1" ${scheme}://$1/${path}`,
    domain,
  );

/** All that there is of them on a server. */
export const pictureOf = async (server: Server) => ({
  pages: [await bodyAt(server, pages, 'https'), await bodyAt(server, pages, 'https', 'same.html')],
  pulled: await bodyAt(server, pulled),
  posts: await titles(await blogAt(server)),
  host: await onServer(
    server,
    `systemctl is-enabled static@${pages} wordpress@${blog} static-git@${pulled} dump@${blog}.timer
     docker inspect --format '{{.HostConfig.Memory}}' static_${pages}; cat /data/runtime/postfix/destinations.local
     grep ^FREEHOLD_DRAIN /etc/freehold/host.env; etcdctl get --prefix /mail/${pages}/; ls /etc/systemd/system/*${pages}*.d
     tail -n 1 /data/runtime/postfix/srs-secret; openssl x509 -noout -fingerprint -in /data/domains/${pages}/TLS/${pages}.pem`,
  ),
});
