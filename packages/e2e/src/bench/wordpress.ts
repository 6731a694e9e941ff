// The cost of a WordPress with its database: seconds to its first page, pages per second, and memory of all
// processes.
import { openSession } from '../browser-session.ts';
import { exec, hostName, shell } from '../host.ts';
import { run } from '../run.ts';
import { removeWordpress, startWordpress } from '../wordpress-sites.ts';
import { milliseconds, printFigure, summary } from './figures.ts';
import { memoryKiB } from './memory.ts';

const sites = 10;
const rounds = 3;

/** The throw-away host must be set up. */
export async function benchWordpress(): Promise<void> {
  const names = Array.from({ length: sites }, (_, index) => `wp-bench${index}.test`);
  try {
    const before = await memoryKiB();
    const times = [await startTimed(names[0] ?? '')];
    await visit(names[0] ?? '');
    const one = await memoryKiB();
    await benchPages(names[0] ?? '');
    const afterLoad = await memoryKiB();
    for (const name of names.slice(1)) times.push(await startTimed(name));
    for (const name of names) await visit(name);
    const ten = await memoryKiB();
    printFigure('systemctl start wordpress@x to the first page', milliseconds(times), '60000 ms');
    printFigure('memory of one idle WordPress, all processes (PSS)', megabytes(one - before), '150 MB');
    printFigure('memory of it after load', megabytes(afterLoad - before));
    printFigure(`memory of ${sites} idle ones, all processes (PSS)`, megabytes(ten - before));
  } finally {
    await removeWordpress(...names);
  }
}

const megabytes = (kiB: number) => `${(kiB / 1024).toFixed(1)} MB`;

/** The milliseconds until it is installed and its first page is served. */
async function startTimed(name: string): Promise<number> {
  const begun = performance.now();
  await startWordpress(name);
  return performance.now() - begun;
}

/**
 * Restarts it, as after a reboot, and reads its start page several times: that is the definition of idle
 * here.
 */
async function visit(name: string): Promise<void> {
  await exec(['systemctl', 'restart', `wordpress@${name}`]);
  const session = openSession(name);
  for (let pages = 0; pages < 5; ) if ((await session.fetch('/')).status === 200) pages += 1;
}

async function benchPages(name: string): Promise<void> {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  const address = await shell('docker inspect --format "$1" "wordpress_$2"', format, name);
  const [edge, straight]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round += 1) {
    const figures = [
      await pagesPerSecond(name, 'https://127.0.0.1:443/'),
      await pagesPerSecond(name, `http://${address}:80/`),
    ];
    // The first round warms up.
    if (round === 0) continue;
    edge.push(figures[0] ?? Number.NaN);
    straight.push(figures[1] ?? Number.NaN);
  }
  const [one, other] = [summary(edge).median, summary(straight).median];
  printFigure('start pages/s of WordPress through HAProxy, https', one.toFixed(1));
  printFigure('start pages/s straight to its container', other.toFixed(1));
  printFigure('start pages/s, through HAProxy to straight', (one / other).toFixed(2), '1.00');
}

/** With their ports, since the image has no list of services. */
async function pagesPerSecond(name: string, url: string): Promise<number> {
  const wrk = [
    'wrk',
    '--threads',
    '1',
    '--connections',
    '4',
    '--duration',
    '5s',
    '--header',
    `Host: ${name}`,
    url,
  ];
  const network = `container:${hostName}`;
  const { stdout, stderr } = await run('docker', [
    'run',
    '--rm',
    '--network',
    network,
    'freehold/test-tools',
    ...wrk,
  ]);
  const bad = stdout.match(/Non-2xx or 3xx responses: (\d+)/)?.[1];
  if (bad) throw new Error(`${bad} requests to ${url} failed:\n${stdout}`);
  const rate = stdout.match(/Requests\/sec:\s+([\d.]+)/)?.[1];
  if (rate === undefined) throw new Error(`wrk gave no figure: ${stdout}${stderr}`);
  return Number(rate);
}
