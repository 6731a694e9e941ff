// The names by which a worker of HAProxy knows its certificates: the paths of the files from which it loaded them. One that a
// command replaces keeps its name, though its copy on disk has another (certificate-copies.ts).
import type { Certificate } from '@freehold/core/certificate-folder';
import { copyOf } from './certificate-copies.ts';

/** The certificates of one worker, of which it has one for each `path` of a certificate's own file. */
export interface LoadedCertificates {
  /** The worker's name for a certificate that it serves. */
  nameOf(served: Certificate): string;
  /** The worker has the text of another one under the name of the one that it served. */
  replaced(served: Certificate): void;
  /** The worker has removed it. */
  removed(served: Certificate): void;
  /** Another worker has started: it knows all of them by their copies. */
  reset(): void;
}

/** `folder` is the path by which HAProxy knows the folder of its files. */
export function createLoadedCertificates(folder: string): LoadedCertificates {
  /** Only of those that were replaced. */
  const names = new Map<string, string>();
  const nameOf = (served: Certificate) => names.get(served.path) ?? copyOf(folder, served);
  return {
    nameOf,
    replaced: (served) => names.set(served.path, nameOf(served)),
    removed: (served) => names.delete(served.path),
    reset: () => names.clear(),
  };
}
