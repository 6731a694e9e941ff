/** What events have reported since the last look. */
export interface Changes {
  /** Keys under `/services/`. */
  readonly keys: ReadonlySet<string>;
  /** Names of files in `approved-certs`. */
  readonly certificates: ReadonlySet<string>;
  /** Whether the host's own certificates may have changed: the default one, those for host-to-host proxying. */
  readonly own: boolean;
  /** Whether everything is to be compared, whatever was reported. */
  readonly everything: boolean;
}

/** Collects what has changed until it is taken. The first that is taken is everything. */
export function createDirty() {
  let keys = new Set<string>();
  let certificates = new Set<string>();
  let own = false;
  let everything = true;
  return {
    addKeys(changed: Iterable<string>) {
      for (const key of changed) keys.add(key);
    },
    /** Without a name, it can be any file. */
    addCertificate(name?: string) {
      if (name === undefined) everything = true;
      else certificates.add(name);
    },
    addOwn() {
      own = true;
    },
    addEverything() {
      everything = true;
    },
    take(): Changes {
      const taken = { keys, certificates, own, everything };
      keys = new Set();
      certificates = new Set();
      own = false;
      everything = false;
      return taken;
    },
  };
}
