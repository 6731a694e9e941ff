// All commands, in the order of the help.
import type { CommandSpec, Group } from '../command.ts';
import { certCommands } from './cert.ts';
import { clusterCommands } from './cluster.ts';
import { completionCommands } from './completion.ts';
import { mailCommands } from './mail.ts';
import { serverChanges } from './server-changes.ts';
import { serverReads } from './server-reads.ts';
import { siteChanges } from './site-changes.ts';
import { siteReads } from './site-reads.ts';
import { siteTransfers } from './site-transfers.ts';
import { statusCommands } from './status.ts';

export const groups: readonly Group[] = [
  { name: 'site', summary: 'Sites' },
  { name: 'cert', summary: 'Certificates' },
  { name: 'mail', summary: 'Mail forwards' },
  { name: 'server', summary: 'Servers' },
  { name: 'cluster', summary: 'Several servers as one' },
];

export const commands: readonly CommandSpec[] = [
  ...statusCommands,
  ...completionCommands,
  ...siteReads,
  ...siteChanges,
  ...siteTransfers,
  ...certCommands,
  ...mailCommands,
  ...serverReads,
  ...serverChanges,
  ...clusterCommands,
];
