/** A place where forbidden terms are allowed. */
export interface Exception {
  /** A path of the repository; one that ends with a slash stands for everything below it. */
  readonly path: string;
  /** The forbidden text, in lower case; unset for all of them. */
  readonly found?: string;
  readonly reason: string;
}

/** All exceptions to the linter's rules. A test fails if one of them is no longer needed. */
export const exceptions: readonly Exception[] = [
  { path: 'packages/prose/src/', reason: 'the list of forbidden terms, and its tests' },
  {
    path: 'packages/confd/src/render-hops.ts',
    found: 'hop',
    reason: "the name of a section in HAProxy's configuration",
  },
  { path: 'packages/e2e/src/deployed-members.drill.ts', found: 'hop', reason: 'text of a test page' },
  {
    path: 'packages/e2e/src/bench/edge-checks.ts',
    found: 'hop',
    reason: "the name of a section in HAProxy's configuration",
  },
  {
    path: 'packages/e2e/src/stolen-keys.ts',
    found: 'hop',
    reason: 'the name of the certificate, as in hop.pem',
  },
];
