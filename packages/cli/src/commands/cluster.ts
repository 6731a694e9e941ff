import type { Call, CommandSpec, Option } from '../command.ts';
import { clusterFault } from '../host/cluster.ts';

const keys: Option = {
  name: 'keys',
  value: 'FOLDER',
  meaning: "the folder of the cluster's keys (~/.config/freehold/cluster)",
  completes: 'file',
};
const host = { name: 'HOST', meaning: "the host's own name, as in h3.example.com" } as const;
const member = {
  name: 'SERVER=ADDRESS',
  many: true,
  meaning: 'HOST or USER@HOST, and its IPv4 address on the network between the servers',
  completes: 'server',
} as const;

const dryRun: Option = { name: 'dry-run', meaning: 'prints what would be done, and changes nothing' };
const make = async (call: Call) => (await import('./change-cluster.ts')).makeCluster(call);

export const clusterCommands: readonly CommandSpec[] = [
  {
    path: 'cluster create',
    summary: 'Makes a cluster of deployed servers',
    description:
      'Run it on a control machine. The first server may have sites; the others must have none yet. Run again, it completes an interrupted run.',
    args: [member],
    options: [keys, dryRun],
    examples: [
      {
        command:
          'freehold cluster create h1.example.com=10.0.0.1 h2.example.com=10.0.0.2 h3.example.com=10.0.0.3',
        meaning: 'three members',
      },
    ],
    replaces: ['deploy/make-cluster.sh'],
    does: { change: make },
  },
  {
    path: 'cluster add',
    summary: 'Adds deployed servers to the cluster',
    description: 'They must have no sites yet.',
    args: [member],
    options: [keys, dryRun],
    examples: [{ command: 'freehold cluster add h4.example.com=10.0.0.4', meaning: 'one more' }],
    replaces: ['deploy/make-cluster.sh'],
    does: { change: make },
  },
  {
    path: 'cluster remove',
    summary: 'Removes a host from the cluster: its etcd member, its etcd user and its records',
    description:
      'The cluster then knows its sites only if they also run on other hosts. Do not remove a host that will return after a repair.',
    args: [host],
    options: [keys, dryRun],
    examples: [
      {
        command: 'freehold cluster remove h3.example.com',
        meaning: 'on the control machine that has the keys; needs etcdctl',
      },
    ],
    replaces: ['cluster/dismiss.sh'],
    does: {
      asks: ({ args }) => `Remove ${args[0]} and its records from the cluster?`,
      change: async (call) => (await import('./change-cluster.ts')).removeFromCluster(call),
    },
  },
  {
    path: 'cluster renew',
    summary: "Renews the certificates and keys of the cluster's members that expire within 180 days",
    description: 'Run it with all members, every few months. No connection is interrupted.',
    args: [member],
    options: [keys, dryRun],
    examples: [
      {
        command:
          'freehold cluster renew h1.example.com=10.0.0.1 h2.example.com=10.0.0.2 h3.example.com=10.0.0.3',
        meaning:
          "on the control machine that has the keys; 'freehold cert check --on all' lists what expires",
      },
    ],
    replaces: ['deploy/make-cluster.sh'],
    does: { change: make },
  },
  {
    path: 'cluster status',
    summary: "Shows etcd's members and the hosts of the cluster",
    description:
      'A single host is shown as the only member. The exit code is 1 if a member does not answer or a host is not alive.',
    on: 'many',
    examples: [{ command: 'freehold cluster status', meaning: 'on any member' }],
    does: {
      read: {
        fields: [
          {
            key: 'host',
            header: 'HOST',
            type: 'text or null',
            meaning: "the member's name; null for one that has not started yet",
          },
          {
            key: 'etcd',
            header: 'ETCD',
            type: 'text',
            meaning: "'leader', 'follower', 'no leader' or 'no answer'",
          },
          { key: 'etcdVersion', header: 'VERSION', type: 'text or null', meaning: "etcd's version" },
          { key: 'dbBytes', header: 'BYTES', type: 'number or null', meaning: "size of etcd's database" },
          { key: 'endpoint', header: 'ENDPOINT', type: 'text or null', meaning: 'the address of its etcd' },
          {
            key: 'alive',
            header: 'ALIVE',
            type: 'true or false',
            meaning: 'whether the host has a lease in etcd, which its haproxy-confd renews',
          },
          {
            key: 'address',
            header: 'ADDRESS',
            type: 'text or null',
            meaning: 'its address for the other hosts',
          },
        ],
        read: async (call) => (await import('./read-servers.ts')).readCluster(call),
        fault: clusterFault,
      },
    },
  },
];
