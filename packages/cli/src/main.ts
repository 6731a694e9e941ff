import { createLog } from '@freehold/core/log';
import { type Program, runMain } from '@freehold/core/run-main';

/** Steps that scripts call. Those of a move load nothing but what they need: the site is paused meanwhile. */
async function run(program: Program): Promise<void> {
  const [first, ...words] = program.argv;
  if (first === 'move-step') return (await import('./edge/move/run-step.ts')).runStep(words, program);
  if (first === 'switch-step')
    return (await import('./edge/deploy/switch-step.ts')).runSwitchStep(words, program);
  if (first === 'back-up-step') return (await import('./edge/backup/back-up-host.ts')).backUpHost(program);
  if (first === 'restore-backup')
    return (await import('./edge/restore/restore-host.ts')).restoreHost(words, program);
  if (first === 'cluster-step') {
    return (await import('./edge/cluster/run-step.ts')).runClusterStep(words, program);
  }
  if (first === 'upload-step')
    return (await import('./edge/add/upload-step.ts')).runUploadStep(words, program);
  if (first === 'receive-certificate') {
    return (await import('./edge/certificate/receive.ts')).receiveCertificate(words, program);
  }
  if (first === 'check-certificates') {
    return (await import('./commands/check-certificates.ts')).checkCertificatesStep(words, program);
  }
  if (first === 'mail-step') return (await import('./commands/change-mail.ts')).mailStep(words, program);
  return (await import('./run.ts')).run(program);
}

let isUnread = false;
/** What scripts call runs to its end, though the run that began it may be gone. */
const isStep = /-step$|^receive-certificate$/.test(process.argv[2] ?? '');
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // EIO is of a terminal that was closed.
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    if (isStep || isUnread) return;
    isUnread = true;
    // It ends as after any signal, so that nothing of it stays in temporary folders; quietly, as of SIGPIPE.
    process.kill(process.pid, 'SIGTERM');
  });
}

// Its messages are for a person, also where they pass through ssh or a pipe: no <level> for the journal.
const write = (text: string) => isUnread || process.stderr.write(text);
await runMain(run, createLog({ write, isTTY: true }));
