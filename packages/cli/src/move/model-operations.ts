// What the operations of a move do to the model of a server, for tests.
import type { ArrivingOperation } from './arriving.ts';
import type { LeavingOperation } from './leaving.ts';
import { formatWritten, parseRoutes, parseWritten, routesToGiveBack, routesToWrite } from './mail-routes.ts';
import { appOf, type ModelData, type ModelServer, mayNotBeGiven, start, stop } from './model-server.ts';

/** What goes through a pipe or comes back from a step. */
export interface Stream {
  sent?: { readonly data: ModelData; readonly listing?: number | undefined } | undefined;
  text: string;
}

type Act = (server: ModelServer, stream: Stream, words: readonly string[]) => void;

const nothing: Act = () => undefined;
export const domain = 'a.test';

function need(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

const dropNotes: Act = (server) => {
  server.notes.clear();
  server.copy = undefined;
};

export const leavingActs: Readonly<Record<LeavingOperation, Act>> = {
  'start-site': (server) => start(server, server.notes.get('leaving') || appOf(server)),
  'cancel-restart': (server) => {
    server.isRestartDue = false;
  },
  'schedule-restart': (server) => {
    server.isRestartDue = true;
  },
  'stop-again-normally': (server) => {
    server.stopsAtOnce = false;
  },
  'stop-at-once': (server) => {
    server.stopsAtOnce = true;
  },
  'drop-notes': dropNotes,
  'await-answer': ({ running }) => need(running !== undefined, 'It does not answer.'),
  'print-description': ({ name }, stream) => {
    stream.text = `1 200 - ${name} abc`;
  },
  'print-mail': ({ etcd }, stream) => {
    stream.text = [...etcd.routes].map(([key, value]) => `${key}\n${value}\n`).join('');
  },
  'note-app': (server) => void server.notes.set('leaving', appOf(server) ?? ''),
  'begin-snapshot': nothing,
  'note-units': (server) => void server.notes.set('sent', ''),
  send: ({ data, notes }, stream) => {
    const listing = notes.get('listing');
    if (data) stream.sent = { data, listing: listing === undefined ? undefined : Number(listing) };
  },
  'stop-site': stop,
  'require-paused': (server) => {
    if (server.isRestartDue) return;
    start(server, server.notes.get('leaving') || appOf(server));
    throw new Error('The pause was taken back.');
  },
  'list-files': ({ notes, data }) => void notes.set('listing', String(data?.version)),
  'require-stopped': (server) => need(!mayNotBeGiven(server), 'It has started here again: it stays.'),
  // On disk at once, ahead of what follows.
  'note-given': ({ notes }) => void notes.set('given', notes.get('leaving') ?? ''),
  'disable-site': (server) => {
    const { enabled } = server;
    server.enabled = undefined;
    server.unsynced.push(() => {
      server.enabled = enabled;
    });
  },
  'sync-given': ({ unsynced }) => void unsynced.splice(0),
  'stop-units': (server) => {
    server.enabled = undefined;
    if (server.running !== undefined) stop(server);
  },
  'put-aside': (server) => {
    if (server.data) server.aside.push(server.data);
    server.data = undefined;
  },
  'withdraw-if-elsewhere': ({ etcd, name }) => {
    if ([...etcd.records.keys()].some((host) => host !== name)) etcd.records.delete(name);
  },
  withdraw: ({ etcd, name }) => void etcd.records.delete(name),
  'forget-mail': ({ etcd }) => etcd.routes.clear(),
};

export const arrivingActs: Readonly<Record<ArrivingOperation, Act>> = {
  'note-origin': ({ notes }, _stream, [, , host]) => {
    notes.set('id', `move-${Math.random()}`).set('from', host ?? '');
  },
  'note-begun': ({ notes }, _stream, [app]) => void notes.set('app', app ?? ''),
  'hold-back-if-shared': (server, _stream, [, , host]) => {
    if (!server.etcd.records.has(host ?? '')) return;
    server.notes.set('held', '').set('together', '');
    server.isHeldBack = true;
  },
  receive: (server, { sent }) => {
    need(sent !== undefined, 'The copy arrived incomplete.');
    server.copy = sent;
    server.notes.set('tree', '');
  },
  'take-mail': ({ etcd, notes }, { text }) => {
    const sent = parseRoutes(domain, text);
    for (const route of routesToWrite(domain, sent, etcd.routes, false)) {
      notes.set('routes', (notes.get('routes') ?? '') + formatWritten([route]));
      etcd.routes.set(route.key, route.value);
    }
  },
  'require-same': ({ copy }) => need(copy?.listing === copy?.data.version, 'The copy is not the same.'),
  'require-vacant': (server) =>
    need(server.data === undefined && appOf(server) === undefined, 'There is a site already.'),
  mark: (server) => {
    const { copy, notes } = server;
    need(copy !== undefined && notes.has('id'), 'There is no copy.');
    if (copy) server.copy = { ...copy, data: { ...copy.data, mark: notes.get('id') } };
  },
  'place-data': (server) => {
    // As a folder is not renamed to one that holds something.
    need(server.data === undefined, 'Directory not empty');
    server.data = server.copy?.data;
  },
  'place-runtime': nothing,
  'install-units': ({ notes, settings }) => {
    notes.set('installed', '');
    settings.add('own.conf');
  },
  'start-site': (server) => start(server, server.notes.get('app')),
  'await-same-answer': ({ running }) => need(running !== undefined, 'It does not answer.'),
  'note-ready': ({ notes }) => void notes.set('ready', ''),
  'put-record': ({ etcd, name }) => void etcd.records.set(name, 'up'),
  'let-announce': ({ notes }) => void notes.delete('held'),
  announce: (server) => {
    if (server.running !== undefined) start(server, server.running);
  },
  'enable-site': (server) => {
    server.enabled = server.notes.get('app');
  },
  'enable-and-start': (server) => {
    server.enabled = server.notes.get('app');
    start(server, server.enabled);
  },
  'await-served': ({ etcd, name }) => need(etcd.records.get(name) === 'up', 'It is not served.'),
  'enable-dump': nothing,
  unmark: (server) => {
    if (server.data) server.data = { version: server.data.version };
  },
  'give-back-mail': ({ etcd, notes }) => {
    for (const { key, value } of routesToGiveBack(parseWritten(notes.get('routes') ?? ''), etcd.routes)) {
      if (value === '') etcd.routes.delete(key);
      else etcd.routes.set(key, value);
    }
  },
  'stop-site': stop,
  'discard-runtime': ({ notes }) => void notes.set('discarded', ''),
  'discard-data': (server) => {
    server.data = undefined;
  },
  'remove-site': (server) => {
    stop(server);
    server.enabled = undefined;
    server.etcd.records.delete(server.name);
    if (server.notes.has('installed')) server.settings.delete('own.conf');
  },
  'stop-holding-back': (server) => {
    server.isHeldBack = false;
  },
  'drop-notes': dropNotes,
};
