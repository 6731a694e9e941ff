// Postfix and postfix-config are killed repeatedly; queue.test.ts does so once or twice.
import { describe, test } from 'node:test';
import { withPostfix } from '@freehold/testing/postfix-server';
import { killPostfix, killPostfixConfig } from './queue-under-test.ts';

describe('a queue', { concurrency: 2 }, () => {
  test(
    'Postfix is killed and restarted under load three times: all accepted mail arrives',
    withPostfix,
    async (context) => context.diagnostic(await killPostfix(3)),
  );

  test(
    'postfix-config is killed repeatedly while forwards change: mail flows, and the final state is applied',
    withPostfix,
    () => killPostfixConfig(6),
  );
});
