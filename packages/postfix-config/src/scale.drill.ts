// 10,000 forwards in 1,000 domains: a new one is applied, and nothing else is affected.
// prune-forwards.test.ts has as many without Postfix; npm run bench measures how long a change takes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPostfix } from '@freehold/testing/postfix-server';
import { waitFor } from '@freehold/testing/wait-for';
import { askSmtp } from './ask-smtp.ts';
import { startMail } from './test-mail.ts';

test('among 10,000 forwards, a new one is applied, and all others stay', withPostfix, async (context) => {
  await using mail = await startMail();
  const nameOf = (index: number) => `n${index}@d${index % 1000}.test`;
  for (let first = 0; first < 10_000; first += 500) {
    const some = Array.from({ length: 500 }, (_, index) => first + index);
    await Promise.all(some.map((index) => mail.put(nameOf(index), `t${index}@else.test`)));
  }
  await mail.untilAnswered(nameOf(9999), 250);
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    await mail.put(`round${round}@d1.test`, 'x@else.test');
    await waitFor('it to be accepted', async () =>
      (await askSmtp(mail.env.FREEHOLD_SMTP ?? '', `round${round}@d1.test`)).startsWith('250'),
    );
    const took = performance.now() - start;
    context.diagnostic(`${took.toFixed(0)} ms`);
  }
  for (const index of [0, 1234, 9999]) {
    assert.match(await mail.send(nameOf(index)), /^250 /);
    await mail.received(`t${index}@else.test`);
  }
  assert.match(await mail.send('n1@d2.test'), /^550 /);
});
