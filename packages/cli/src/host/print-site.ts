import { columns } from '@freehold/core/print-lines';
import type { Row } from '../command.ts';
import { tableOf, textOf } from '../table.ts';

/** The lines of `site show`. */
export function printSite(rows: readonly Row[]): string[] {
  return rows.flatMap((row) => {
    const limits = row.limits as readonly Row[];
    const state = row.started ? `${textOf(row.unit)} since ${textOf(row.started)}` : textOf(row.unit);
    return [
      ...columns([
        ['Site', `${textOf(row.app)}@${textOf(row.domain)}`],
        ['Unit', `${state}, ${row.enabled ? 'starts' : 'does not start'} with the host`],
        ['Backend', textOf(row.backend)],
        ['Check', textOf(row.check)],
        [
          'Certificate',
          row.certificateEnds ? `expires on ${textOf(row.certificateEnds)}` : 'none of its own',
        ],
        ['Data', textOf(row.data)],
        ...(row.problem ? [['Problem', textOf(row.problem)]] : []),
      ]),
      '',
      ...tableOf(limitFields, limits),
      ...limits.flatMap(noteOn),
    ];
  });
}

const limitFields = [
  { key: 'name', header: 'LIMIT' },
  { key: 'value', header: 'VALUE' },
  { key: 'running', header: 'RUNNING' },
  { key: 'preset', header: 'PRESET' },
  { key: 'origin', header: 'SET IN' },
].map((field) => ({ ...field, type: '', meaning: '' }));

function noteOn({ name, value, running, origin, overridden }: Row): string[] {
  return [
    ...(running !== null && running !== value
      ? [
          `${textOf(name)}: the running container has ${textOf(running)}; the value applies from the next start.`,
        ]
      : []),
    ...(overridden
      ? [
          `${textOf(name)}: Environment= in ${textOf(overridden)} has no effect, because ${textOf(origin)} sets it too. Use 'freehold site set'.`,
        ]
      : []),
  ];
}
