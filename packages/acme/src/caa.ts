// Whether CAA records let a CA issue a certificate (RFC 8659), for http-01 and for one account (RFC 8657).

/** One record as Node gives it: `critical`, and the property's tag with its value. */
export type CaaRecord = Readonly<Record<string, unknown>> & { readonly critical: number };

export interface Issuer {
  /** The names by which the CA is known in CAA records (`caaIdentities` of its directory); undefined if it tells none. */
  readonly identities: readonly string[] | undefined;
  readonly accountUrl?: string | undefined;
}

const knownTags: ReadonlySet<string> = new Set([
  'issue',
  'issuewild',
  'iodef',
  'contactemail',
  'contactphone',
  'issuemail',
]);

/**
 * Why the records forbid it, as the end of a sentence; undefined where they do not. `records` are those of the name, or of
 * the nearest parent that has some.
 */
export function faultOfCaa(records: readonly CaaRecord[], issuer: Issuer): string | undefined {
  const unknown = records.find(
    (record) => record.critical !== 0 && !tagsOf(record).every((tag) => knownTags.has(tag)),
  );
  if (unknown) return `a critical CAA record has the tag '${tagsOf(unknown)[0]}', which no CA may ignore`;
  const values = records.flatMap((record) => (typeof record.issue === 'string' ? [record.issue] : []));
  if (values.length === 0 || values.some((value) => permits(value, issuer))) return undefined;
  const listed = values.map((value) => `"${value}"`).join(', ');
  const wanted = issuer.identities?.[0];
  return `its CAA records allow only ${listed}${wanted ? `: add one with issue "${wanted}"` : ''}`;
}

function tagsOf(record: CaaRecord): string[] {
  return Object.keys(record).filter((key) => key !== 'critical' && key !== 'type');
}

function permits(value: string, { identities, accountUrl }: Issuer): boolean {
  const [name = '', ...parameters] = value.split(';').map((part) => part.trim());
  if (name === '') return false;
  if (identities && !identities.includes(name.toLowerCase())) return false;
  for (const parameter of parameters) {
    const [, key = '', text = ''] = /^([^=\s]+)\s*=\s*(.*)$/.exec(parameter) ?? [];
    if (key.toLowerCase() === 'validationmethods' && !text.split(',').includes('http-01')) return false;
    if (key.toLowerCase() === 'accounturi' && accountUrl !== undefined && text !== accountUrl) return false;
  }
  return true;
}
