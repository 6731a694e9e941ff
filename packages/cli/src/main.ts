import { createLog } from '@freehold/core/log';
import { runMain } from '@freehold/core/run-main';
import { run } from './run.ts';

// Its messages are for a person, also where they pass through ssh or a pipe: no <level> for the journal.
const log = createLog({ write: (text) => process.stderr.write(text), isTTY: true });
await runMain(run, log);
