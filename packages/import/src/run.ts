import { connectEtcd } from '@freehold/core/etcd';
import type { Program } from '@freehold/core/run-main';

export async function run({ log }: Program): Promise<void> {
  log.info('Not written yet.', { etcd: typeof connectEtcd });
}
