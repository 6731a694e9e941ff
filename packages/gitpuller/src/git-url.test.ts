import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGitUrl } from './git-url.ts';

const byDefault = { kind: 'default' };
const main = { kind: 'name', name: 'main' };

test('Each allowed form is parsed, with and without a branch, tag or commit.', () => {
  const commit = 'a'.repeat(40);
  const cases: [string, object][] = [
    ['https://h.test/a/b.git', { kind: 'https', url: 'https://h.test/a/b.git', ref: byDefault }],
    ['https://h.test:8443/a main\r\n', { kind: 'https', url: 'https://h.test:8443/a', ref: main }],
    [
      `https://[::1]:9418/a ${commit}`,
      { kind: 'https', url: 'https://[::1]:9418/a', ref: { kind: 'commit', commit } },
    ],
    ['\uFEFFhttps://h/a   main  ', { kind: 'https', url: 'https://h/a', ref: main }],
    ['https://h/a on@2', { kind: 'https', url: 'https://h/a', ref: { kind: 'name', name: 'on@2' } }],
    ['/data/git/a.git main', { kind: 'path', url: '/data/git/a.git', ref: main }],
    ['file:///data/git/my%20site', { kind: 'path', url: '/data/git/my site', ref: byDefault }],
  ];
  for (const [text, expected] of cases) {
    const { credential, server, ...rest } = parseGitUrl(text);
    assert.deepEqual([rest, credential, server], [expected, undefined, undefined], text);
  }
});

test('An ssh URL yields its server, in either notation.', () => {
  const cases: [string, { host: string; port: number }][] = [
    ['ssh://git@h.test/a.git', { host: 'h.test', port: 22 }],
    ['ssh://h.test:2222/~me/a.git', { host: 'h.test', port: 2222 }],
    ['ssh://git@[2001:db8::1]:2222/a', { host: '2001:db8::1', port: 2222 }],
    ['git@h.test:me/a.git', { host: 'h.test', port: 22 }],
    ['git@h.test:/srv/a.git', { host: 'h.test', port: 22 }],
  ];
  for (const [text, server] of cases) {
    const { kind, url, server: found } = parseGitUrl(`${text} main`);
    assert.deepEqual([kind, url, found], ['ssh', text, server]);
  }
});

test('Credentials are extracted from an https URL, whatever the password contains.', () => {
  const cases: [string, string, string][] = [
    ['https://me:secret@h.test/a', 'me', 'secret'],
    ['https://token@h.test/a', 'token', ''],
    ['https://me:p@ss:w@h.test/a', 'me', 'p@ss:w'],
    ['https://me%40x:s%2Fx@h.test/a', 'me@x', 's/x'],
    ['https://:secret@h.test/a', '', 'secret'],
    ['https://me:s/e/cret==@h.test/a', 'me', 's/e/cret=='],
    ['https://me:s?e#c:r@t/@h.test/a', 'me', 's?e#c:r@t/'],
    ['https://me:s%2fe/%25@h.test/a main@2', 'me', 's/e/%'],
  ];
  for (const [text, username, password] of cases) {
    const { url, credential } = parseGitUrl(text);
    const { written, ...decoded } = credential ?? { written: [] };
    assert.deepEqual([url, decoded], ['https://h.test/a', { username, password }], text);
    assert.deepEqual(written.map(decodeURIComponent), [username, password], text);
  }
});

const refused = [
  ...[
    '',
    ' ',
    '\n',
    'https://h/a\nhttps://h/b',
    'https://h/a main extra',
    'https://h/a\u0000b',
    'https://h/\u001b[2J',
  ],
  ...[
    'http://h/a',
    'ftp://h/a',
    'ext::sh -c id',
    'ext::sh',
    'fd::17',
    'https::https://h/a',
    'git+ssh://h/a',
    'h:a',
  ],
  ...[
    '-oProxyCommand=x',
    '--upload-pack=touch',
    'ssh://-oProxyCommand=id/a',
    'ssh://-x@h/a',
    '-x@h:a',
    'git@-oX:a',
  ],
  ...[
    'git@h:-x',
    'ssh://h/-x',
    'https://-h/a',
    'git://-h/a',
    'git://me@h/a',
    'git://h/a',
    'ssh://me:pw@h/a',
    'ssh://h:0/a',
  ],
  ...[
    'ssh://h:99999/a',
    'https://h',
    'https:///a',
    'https://h/a?x=y',
    'https://h/a#x',
    'file://h/a',
    'file:a',
    'file:',
  ],
  ...[
    'file:///data/%00',
    'file:///data/%',
    'data/a',
    './a',
    '../a',
    '~/a',
    'a',
    'HTTPS://h/a',
    'https://h/a -x',
  ],
  ...[
    'https://h/a main..x',
    'https://h^/a',
    'https://h h/a',
    'https://m%0ae:x@h/a',
    'https://%@h/a',
    '$(id)',
    '`id`:a',
  ],
];

test('Everything else is refused, including options in any position.', () => {
  for (const text of refused) assert.throws(() => parseGitUrl(text), { name: 'FreeholdError' }, text);
});

test('A refusal never contains a possible password, nor treats one as a host, wherever it has a special character.', () => {
  for (const text of [
    'http://me:secret@h/a',
    'ssh://me:secret@h/a',
    'ssh://me:22/secret@h/a',
    'ssh://secret/x@h/a',
    'https://secret/x@h/a',
    'https://secret/@h/a',
    'https://me/x:secret@h/a',
    'https://secret:443/x@h/a',
    'https://me:1/secret@h/a',
    'https://me:p@secret/x@h/a',
    'https://me:secret@h/a?x',
    'https://me:secret?x@h',
    'https://h/a?token=secret',
    'https://me:secret%@h/a',
    'https://me:secret/%@h/a',
    'https://me:secret word@h/a',
    'https://me:a secret@h/a',
    'https://secret/x word@h/a',
    'https://me:a b secret@h/a',
    'https://h/@secret/a',
    'x:/me:secret@h',
    'secret://me:secret@h/a',
    'me:secret@h:a',
    'me@h:secret@h/a',
    'me:secret word@h:a',
    'me:word secret@h/a~',
    'file://me:secret word@h/a',
    'file://me:secret@h/a',
    'secret',
  ]) {
    assert.throws(
      () => parseGitUrl(text),
      (error: Error) => error.name === 'FreeholdError' && !error.message.includes('secret'),
      text,
    );
  }
});

test('A refusal explains what to do.', () => {
  const cases: [string, RegExp][] = [
    ['git://h/a', /git:\/\/ is refused because anyone between .* could change the site\. Use https/],
    ['http://h/a', /http:\/\/ is refused because anyone between/],
    ['https://token/x@h/a', /"\/" as %2F/],
    ['https://h/@me/a', /in the path, write %40 for "@"/],
    ['https://me:100%@h/a', /"%" as %25/],
  ];
  for (const [text, reason] of cases) assert.throws(() => parseGitUrl(text), reason);
});
