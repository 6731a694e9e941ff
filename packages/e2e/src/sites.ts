// Static sites on the host, each with a page that contains its domain.
import { waitFor } from '@freehold/testing/wait-for';
import { fetchPage, untilStatus } from './fetch.ts';
import { exec, shell } from './host.ts';

/** The number of sites that start or stop at once. */
const batch = 10;

/** The content of a domain's page, which no other page has. */
export function markOf(domain: string): string {
  return `<p>page of ${domain}</p>`;
}

export const unitOf = (domain: string): string => `static@${domain}.service`;

/** `count` domains, as in `load3.test`; each test file has different names. */
export function domainsOf(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}${index}.test`);
}

/** Puts data for a site where import finds it; `pem` is a certificate chain and key. */
export async function deliver(domain: string, pem?: string): Promise<void> {
  const script = 'mkdir -p "$(dirname "$1")" && cat >"$1"';
  const put = (path: string, content: string) =>
    exec(['sh', '-c', script, 'sh', `/data/import/${domain}/${path}`], content);
  if (pem !== undefined) await put(`TLS/${domain}.pem`, pem);
  await put('static/www-content/index.html', markOf(domain));
}

/** Uploads sites, several in one call, then starts and enables them in batches. */
export async function startSites(domains: readonly string[]): Promise<void> {
  const lines = domains.map((domain) => `${domain} ${markOf(domain)}\n`).join('');
  const script =
    'while read -r domain page; do d=/data/import/$domain/static/www-content; mkdir -p $d; echo "$page" >$d/index.html; done';
  await exec(['sh', '-euc', script], lines);
  await inBatches(domains, (some) => exec(['systemctl', 'enable', '--quiet', '--now', ...some.map(unitOf)]));
  await untilServed(domains);
}

/** Waits until each domain's own page is served. */
export async function untilServed(domains: readonly string[]): Promise<void> {
  await inBatches(domains, (some) =>
    Promise.all(
      some.map((domain) =>
        waitFor(`${domain} to be served`, async () => {
          const { status, body } = await fetchPage(domain);
          if (!body.includes(markOf(domain)))
            throw new Error(`the answer is ${status}: ${body.slice(0, 200)}`);
          return true;
        }),
      ),
    ),
  );
}

export async function inBatches(
  domains: readonly string[],
  work: (some: string[]) => Promise<unknown>,
): Promise<void> {
  for (let first = 0; first < domains.length; first += batch) await work(domains.slice(first, first + batch));
}

/** Removes sites completely, as scripts/remove-site.sh does, but many at once. */
export async function removeSites(domains: readonly string[]): Promise<void> {
  const script = `
    systemctl disable --quiet --now "\${@/%/.service}" || true
    for unit; do
      domain=\${unit#static@}
      systemctl stop "discovery@$domain" "import@$domain" "certificate@$domain.path" || true
      ETCDCTL_API=3 etcdctl del --prefix "/services/static/$domain/" >/dev/null
      rm -rf /data/{domains,import,runtime/domains}/"$domain" "/data/runtime/haproxy/approved-certs/$domain.pem"
    done
    systemctl reset-failed`;
  await shell(script, ...domains.map((domain) => `static@${domain}`));
  for (const domain of domains) await untilStatus(domain, 404);
}

/** The current address of a site's container according to Docker; undefined if there is none. */
export async function addressOf(domain: string): Promise<string> {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  return shell('docker inspect --format "$1" "static_$2" 2>/dev/null || true', format, domain);
}
