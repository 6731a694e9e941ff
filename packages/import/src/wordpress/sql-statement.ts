// Classifies a statement of a dump by its first words.

export type Statement =
  | { readonly kind: 'use' | 'database'; readonly name: string }
  | { readonly kind: 'table' | 'rows'; readonly name: string }
  /** Only an administrator of the server may execute it, and the site's data does not need it. */
  | { readonly kind: 'restricted' }
  /** Restores a setting of the session: the last statements that mysqldump, phpMyAdmin and HeidiSQL write. */
  | { readonly kind: 'restore' }
  | { readonly kind: 'other' };

const name = '`?((?:[^`;\\s*(]|``)+)`?';
const qualified = `(?:${name}\\s*\\.\\s*)?${name}`;
const patterns = {
  use: new RegExp(`^USE\\s*${name}`, 'i'),
  database: new RegExp(
    `^(?:CREATE(?:\\s+OR\\s+REPLACE)?|DROP|ALTER)\\s+(?:DATABASE|SCHEMA)(?=[\\s\`])(?:\\s+|IF\\s+(?:NOT\\s+)?EXISTS(?=[\\s\`]))*${name}`,
    'i',
  ),
  table: new RegExp(
    `^CREATE\\s+(?:OR\\s+REPLACE\\s+)?TABLE(?=[\\s\`])\\s*(?:IF\\s+NOT\\s+EXISTS)?\\s*${qualified}`,
    'i',
  ),
  rows: new RegExp(
    `^(?:INSERT|REPLACE)\\s+(?:(?:IGNORE|DELAYED|LOW_PRIORITY)\\s+)?INTO(?=[\\s\`])\\s*${qualified}`,
    'i',
  ),
};

const scope = '(?:@@)?(?:GLOBAL|PERSIST|PERSIST_ONLY)(?:\\s|\\.)';
const session = '(?:@@)?(?:(?:SESSION|LOCAL)(?:\\s+|\\.))?';
/** Those that take an administrator, and those of MySQL that MariaDB does not know. */
const variables = [
  ...['SQL_LOG_BIN', 'SQL_LOG_OFF', 'BINLOG_\\w+', 'GTID_\\w+', 'WSREP_\\w+', 'SQL_REQUIRE_PRIMARY_KEY'],
  ...['INFORMATION_SCHEMA_STATS_EXPIRY', 'SQL_GENERATE_INVISIBLE_PRIMARY_KEY', 'SHOW_GIPK_\\w+'],
  ...['DEFAULT_COLLATION_FOR_UTF8MB4', 'SHOW_CREATE_TABLE_\\w+'],
].join('|');
const restricted = [
  new RegExp(`^SET\\s+(?:${scope}|${session}(?:${variables})\\s*:?=)`, 'i'),
  // mysqldump saves the value of SQL_LOG_BIN in it.
  /^SET\s+@MYSQLDUMP_TEMP_LOG_BIN\b/i,
  /^CHANGE\s+(?:MASTER|REPLICATION)\b/i,
  /^(?:START|STOP|RESET)\s+(?:SLAVE|REPLICA|MASTER)\b/i,
  /^(?:FLUSH|GRANT|REVOKE|PURGE)\s/i,
  /^SET\s+(?:PASSWORD|(?:DEFAULT\s+)?ROLE)\b/i,
  /^(?:UN)?LOCK\s+INSTANCE\b/i,
  /^(?:UN)?INSTALL\s+(?:PLUGIN|COMPONENT|SONAME)\b/i,
  // Procedures of a managed server, such as mysql.rds_set_configuration.
  /^CALL\s+`?mysql`?\s*\./i,
  /^(?:CREATE|ALTER|DROP)\s+(?:USER|ROLE|TABLESPACE|LOGFILE|SERVER|UNDO\s+TABLESPACE)\b/i,
];

/** HeidiSQL wraps the old value: `IFNULL(@OLD_SQL_NOTES, 1)`. */
const restore = /^SET\s+[\w@.]+\s*=\s*(?:@OLD_\w+|IF(?:NULL)?\s*\(\s*@OLD_\w+[^()]*\))\s*$/i;

export function readStatement(head: string): Statement {
  for (const kind of ['use', 'database'] as const) {
    const found = patterns[kind].exec(head)?.[1];
    if (found !== undefined) return { kind, name: unquote(found) };
  }
  for (const kind of ['table', 'rows'] as const) {
    const found = patterns[kind].exec(head)?.[2];
    if (found !== undefined) return { kind, name: unquote(found) };
  }
  if (restricted.some((pattern) => pattern.test(head))) return { kind: 'restricted' };
  return { kind: restore.test(head) ? 'restore' : 'other' };
}

function unquote(text: string): string {
  return text.replaceAll('``', '`');
}
