import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import type { Desired, Layout } from './desired.ts';
import { renderFiles } from './render.ts';
import type { Site } from './site.ts';

const layout: Layout = {
  folder: '/data/runtime/haproxy',
  sockets: '/run/haproxy',
  pages: '/etc/haproxy/pages',
  httpPort: 80,
  httpsPort: 443,
  ipv6: true,
};

const site = (name: string, rest: Partial<Site> = {}): Site => ({
  domain: parseDomain(name),
  backends: [{ host: 'h1', address: { ip: '172.30.0.5', port: 80 } }],
  ...rest,
});

const certificate = (name: string) => ({
  path: `/data/runtime/haproxy/approved-certs/${name}.pem`,
  fingerprint: name.padEnd(64, '0'),
  names: [parseDomain(name), parseDomain(`www.${name}`)],
});

const sites = [
  site('a.test', { certificate: certificate('a.test') }),
  site('stopped.test', { backends: [{ host: 'h1' }] }),
  site('two.test', {
    backends: [
      { host: 'h1', address: { ip: '172.30.0.6', port: 8080 } },
      { host: 'h2', address: { ip: 'fd00::7', port: 80 } },
    ],
  }),
  site('apex.test', { certificate: { ...certificate('apex.test'), names: [parseDomain('apex.test')] } }),
  // Its own site, and not the www. name of a.test.
  site('www.a.test', { certificate: certificate('www.a.test') }),
];

const at = (host: string, ip: string, port: number) => ({ host, address: { ip, port } });
const other = at('h2', '10.0.0.2', 8443);

const cluster = [
  site('here.test'),
  site('elsewhere.test', { backends: [{ ...other, remote: true }] }),
  site('dead.test', { backends: [{ host: 'h3', remote: true }] }),
  site('both.test', { backends: [at('h1', '172.30.0.6', 80), { ...other, remote: true }] }),
  site('secured.test', {
    backends: [at('h1', '172.30.0.7', 80), { ...other, remote: true }],
    certificate: certificate('secured.test'),
  }),
];

const cases: Record<string, Desired> = {
  sites: {
    sites: new Map(sites.map((one) => [one.domain, one])),
    complete: true,
    defaultCertificate: { path: '/data/runtime/haproxy/default.pem', fingerprint: 'f'.repeat(64) },
  },
  starting: { sites: new Map(), complete: false },
  cluster: {
    sites: new Map(cluster.map((one) => [one.domain, one])),
    complete: true,
    others: new Map([
      ['h2', '10.0.0.2'],
      ['h3', undefined],
    ]),
    hopKeys: {
      ...{ certificate: '', authority: '' },
      certificatePath: `/data/runtime/haproxy/hop/${'e'.repeat(64)}.pem`,
      authorityPath: `/data/runtime/haproxy/hop/${'e'.repeat(64)}-ca.pem`,
    },
  },
};

/** `UPDATE_GOLDEN=1 npm test --workspace packages/confd` rewrites the files: read the difference. */
for (const [name, desired] of Object.entries(cases)) {
  test(`the files for '${name}' are those in golden/${name}.*`, async () => {
    const hop = name === 'cluster' ? { ip: '10.0.0.1', port: 8443 } : undefined;
    for (const [path, text] of renderFiles(desired, { ...layout, hop })) {
      const golden = join(import.meta.dirname, 'golden', `${name}.${basename(path)}`);
      if (process.env.UPDATE_GOLDEN) await writeFile(golden, text);
      assert.equal(text, await readFile(golden, 'utf8'), golden);
    }
  });
}
