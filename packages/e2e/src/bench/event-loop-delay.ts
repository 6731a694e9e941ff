// Preloaded into a measured program (node --import): prints the longest block of its event loop whenever that
// grows.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 10 });
let most = 0;
delay.enable();
setInterval(() => {
  const max = Math.round(delay.max / 1e6);
  if (max > most) process.stderr.write(`longest block ${max} ms\n`);
  most = Math.max(most, max);
}, 200).unref();
