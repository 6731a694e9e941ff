import { runMain } from '@freehold/core/run-main';
import { run } from './run.ts';

await runMain(run);
