// What can be done to the folder of a cluster's keys. Each operation is complete or has no effect, so that a run that is
// killed between two of them is finished by the next one.
import type { KeyFiles } from './key-files.ts';

export interface CertificateSpec {
  /** The CA's folder, as in 'ca/peers'. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** As openssl takes it, as in '/CN=h1.example.com'. */
  readonly subject: string;
  /** extendedKeyUsage, as in 'serverAuth,clientAuth'. */
  readonly usage: string;
  /** subjectAltName, as in 'DNS:h1.example.com,IP:10.0.0.1'; empty for none. */
  readonly names: string;
  /** The address that the certificate has to be valid for. */
  readonly address?: string;
}

export type KeyOperation =
  /** A key and a certificate that it has signed itself: ca.key, then ca.pem, in that folder. */
  | { readonly do: 'make-ca'; readonly ca: string }
  /** A new key, then its certificate. */
  | { readonly do: 'make-certificate'; readonly spec: CertificateSpec }
  | { readonly do: 'copy'; readonly from: string; readonly to: string }
  | { readonly do: 'write'; readonly path: string; readonly text: string }
  /** A file, or a folder with all that it holds. */
  | { readonly do: 'remove'; readonly path: string };

/** Whether a certificate stays: it matches its key and its CA, and does not expire soon. */
export type Judge = (files: KeyFiles, spec: CertificateSpec) => boolean;

/** A line for the file `certificate-keys`, in case one is needed. */
export interface FreshKey {
  /** Seconds since 1970. */
  readonly seconds: number;
  /** 32 bytes in hexadecimal. */
  readonly key: string;
}

/** The operation that gives a file this text; none if it has it. */
export function ensureText(files: KeyFiles, path: string, text: string): KeyOperation[] {
  return files.get(path) === text ? [] : [{ do: 'write', path, text }];
}

/** The operation that makes a file the same as another one; none if it is. */
export function ensureCopy(files: KeyFiles, from: string, to: string): KeyOperation[] {
  const text = files.get(from);
  return text !== undefined && files.get(to) === text ? [] : [{ do: 'copy', from, to }];
}

/** What the folder holds after some operations, apart from certificates that are made in them. */
export function foresee(files: KeyFiles, operations: readonly KeyOperation[]): KeyFiles {
  const after = new Map(files);
  for (const operation of operations) {
    if (operation.do === 'write') after.set(operation.path, operation.text);
    if (operation.do === 'copy') after.set(operation.to, after.get(operation.from) ?? '');
    if (operation.do !== 'remove') continue;
    for (const path of files.keys()) {
      if (path === operation.path || path.startsWith(`${operation.path}/`)) after.delete(path);
    }
  }
  return after;
}
