// Postfix and postfix-config are killed again and again; queue.test.ts does so once or twice.
import { describe, test } from 'node:test';
import { withPostfix } from '@freehold/testing/postfix-server';
import { killPostfix, killPostfixConfig } from './queue-under-test.ts';

describe('a queue', { concurrency: 2 }, () => {
  test(
    'Postfix is killed and started again under load, three times: what it has taken arrives',
    withPostfix,
    async (context) => context.diagnostic(await killPostfix(3)),
  );

  test(
    'postfix-config is killed again and again while forwards change: mail flows, and the last state is in force',
    withPostfix,
    () => killPostfixConfig(6),
  );
});
