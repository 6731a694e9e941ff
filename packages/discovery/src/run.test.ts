import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { createLog } from '@freehold/core/log';
import { recordingStream } from '@freehold/testing/recording-stream';
import { run } from './run.ts';

const call = (
  argv: string[],
  env: NodeJS.ProcessEnv,
  input: Readable & { isTTY?: boolean } = Readable.from([]),
) => run({ argv, env, log: createLog(recordingStream()), signal: new AbortController().signal }, input);

test('An announcement at a terminal without piped docker inspect output fails immediately.', async () => {
  const terminal = Object.assign(new Readable({ read: () => undefined }), { isTTY: true });
  await assert.rejects(call(['announce', 'a.test'], {}, terminal), {
    code: 'usage',
    message: /is a terminal/,
  });
});

const wrong: [string[], RegExp, NodeJS.ProcessEnv?][] = [
  [[], /Missing argument: announce, withdraw or serve\. See 'discovery --help'\./],
  [['observe', 'a.test'], /Unknown command "observe"/],
  [['announce'], /Missing argument: DOMAIN/],
  [['announce', 'a.test', 'b.test'], /Unexpected argument "b\.test"/],
  [['announce', 'a b.test'], /"a b\.test" is not a domain name/],
  [['announce', 'a.test', '--app', 'static'], /--app, --address and --port must be given together/],
  [
    ['announce', 'a.test', '--app', 'static', '--address', 'a.test', '--port', '80'],
    /"a\.test" is not an IP address/,
  ],
  [['announce', 'a.test', '--app', 'static', '--address', '::1', '--port', '0'], /port from 1 to 65535/],
  [
    ['announce', 'a.test', '--app', 'A/B', '--address', '::1', '--port', '80'],
    /an app name has only lower-case/,
  ],
  [['announce', 'a.test', '--forget'], /Option '--forget' does not apply to announce/],
  [['announce', 'a.test', '--deadline', '-3'], /deadline/],
  [['withdraw', 'a.test', '--port', '80'], /Option '--port' does not apply to withdraw/],
  [['withdraw', 'a.test', '--app', '../x'], /an app name has only lower-case/],
  [['withdraw', 'a.test', '--force'], /Unknown option '--force'\. See/],
  [['withdraw', 'a.test'], /FREEHOLD_DRAIN_SECONDS is "soon"/, { FREEHOLD_DRAIN_SECONDS: 'soon' }],
  [
    ['withdraw', 'a.test'],
    /FREEHOLD_DRAIN_SECONDS is 41, but a whole number from 0 to 40/,
    { FREEHOLD_DRAIN_SECONDS: '41' },
  ],
  [['announce', 'A.test'], /write it as a\.test, .* static@a\.test/],
  [['withdraw', 'Bücher.test'], /write it as xn--bcher-kva\.test/],
  [['withdraw', 'a.test'], /FREEHOLD_ETCD is "localhost"/, { FREEHOLD_ETCD: 'localhost' }],
];
for (const [args, reason, env = {}] of wrong) {
  test(`The call 'discovery ${args.join(' ')}' ${Object.keys(env).join('')} is refused as a usage error.`, async () => {
    await assert.rejects(call(args, env), { code: 'usage', message: reason });
  });
}

test('Input that is too long is refused, and so is empty input.', async () => {
  const long = Readable.from(Array.from({ length: 80 }, () => Buffer.alloc(65_536, ' ')));
  await assert.rejects(call(['announce', 'a.test'], {}, long), /input from docker inspect is longer than/);
  await assert.rejects(call(['announce', 'a.test'], {}), /no container of a\.test is running/);
});
