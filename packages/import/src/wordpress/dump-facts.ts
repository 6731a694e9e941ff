import { scanSql } from './sql-scanner.ts';
import { readStatement, type Statement } from './sql-statement.ts';

/** The properties of a dump that are known before it is loaded. */
export interface DumpFacts {
  /** Whether it is complete, according to the last line that the exporting program writes. */
  readonly whole: boolean;
  /** Whether it ends with the line that the database's image looks for. */
  readonly marked: boolean;
  /** The databases in it, in their order. */
  readonly databases: readonly string[];
  readonly tables: readonly DumpTable[];
  /** Whether it contains statements that only an administrator may execute. */
  readonly restricted: boolean;
}

export interface DumpTable {
  /** Undefined before the first USE. */
  readonly database: string | undefined;
  readonly name: string;
  readonly hasRows: boolean;
}

export const completed = '-- Dump completed';
const adminerEnd = /^-- \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?: UTC)?$/;

export async function readDumpFacts(pieces: AsyncIterable<Buffer>): Promise<DumpFacts> {
  const reader = new FactsReader();
  for await (const token of scanSql(pieces)) {
    if (token.kind === 'start') reader.statement(readStatement(token.head));
    else if (token.kind === 'end') reader.end();
    else if (token.kind === 'between' && token.comment) reader.comment(token.comment);
  }
  return reader.facts();
}

class FactsReader {
  private readonly databases = new Set<string>();
  private readonly tables = new Map<
    string,
    { database: string | undefined; name: string; hasRows: boolean }
  >();
  private current: string | undefined;
  private restricted = false;
  private isOpen = false;
  private last: Statement['kind'] | undefined;
  private lastComment = '';
  private isAdminers = false;

  statement(statement: Statement): void {
    this.isOpen = true;
    this.last = statement.kind;
    this.lastComment = '';
    if (statement.kind === 'restricted') this.restricted = true;
    if (statement.kind === 'use' || statement.kind === 'database') this.databases.add(statement.name);
    if (statement.kind === 'use') this.current = statement.name;
    if (statement.kind === 'table' || statement.kind === 'rows') this.table(statement.name, statement.kind);
  }

  private table(name: string, kind: 'table' | 'rows'): void {
    const key = `${this.current ?? ''}\0${name}`;
    const table = this.tables.get(key) ?? { database: this.current, name, hasRows: false };
    if (kind === 'rows') table.hasRows = true;
    this.tables.set(key, table);
  }

  end(): void {
    this.isOpen = false;
  }

  comment(text: string): void {
    if (this.last === undefined && text.startsWith('-- Adminer ')) this.isAdminers = true;
    if (!/^(?:--|#)\s*$/.test(text)) this.lastComment = text;
  }

  facts(): DumpFacts {
    const { last, lastComment, databases, tables, restricted } = this;
    const marked = !this.isOpen && lastComment.startsWith(completed);
    const adminers = this.isAdminers && adminerEnd.test(lastComment);
    const whole = !this.isOpen && (marked || last === 'restore' || adminers);
    return { whole, marked, databases: [...databases], tables: [...tables.values()], restricted };
  }
}
