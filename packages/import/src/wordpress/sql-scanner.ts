// Splits a stream of SQL into statements, as the mariadb client does (client/mysql.cc, add_line): quotes,
// comments, executable comments and DELIMITER. Only the beginning of a statement is kept, since one may
// exceed the memory.

export type SqlToken =
  /** The first bytes of a statement; `head` is its code, without comments, up to `headBytes`. */
  | { readonly kind: 'start'; readonly bytes: Buffer; readonly head: string }
  | { readonly kind: 'more'; readonly bytes: Buffer }
  /** The delimiter: the statement is complete. */
  | { readonly kind: 'end'; readonly bytes: Buffer }
  /** White space, comments and DELIMITER commands outside of statements. */
  | { readonly kind: 'between'; readonly bytes: Buffer; readonly comment?: string };

type Mode = 'code' | 'single' | 'double' | 'backtick' | 'line' | 'block';

const headBytes = 400;
const maxCommentBytes = 64 * 1024;
/** No token is longer than this: a delimiter, the beginning of a comment. */
const lookahead = 128;
const [newline, space, slash, star, dash, backslash] = [10, 32, 47, 42, 45, 92];
const quotes: ReadonlyMap<number, Mode> = new Map([
  [39, 'single'],
  [34, 'double'],
  [96, 'backtick'],
]);
const closing: Readonly<Record<string, number>> = { single: 39, double: 34, backtick: 96 };

export async function* scanSql(pieces: AsyncIterable<Buffer>): AsyncGenerator<SqlToken> {
  const scanner = new SqlScanner();
  for await (const piece of pieces) yield* scanner.feed(piece);
  yield* scanner.finish();
}

class SqlScanner {
  private rest: Buffer = Buffer.alloc(0);
  private mode: Mode = 'code';
  private delimiter: Buffer = Buffer.from(';');
  private inStatement = false;
  private begun = false;
  private executable = 0;
  private atLineStart = true;
  private head: number[] = [];
  private pending: Buffer[] = [];
  private tokens: SqlToken[] = [];
  private buffer: Buffer = this.rest;
  /** The position in the buffer after the last token, and the position of the scan. */
  private from = 0;
  private at = 0;
  private isFinal = false;

  feed(piece: Buffer): SqlToken[] {
    this.buffer = this.rest.length === 0 ? piece : Buffer.concat([this.rest, piece]);
    this.scan(this.buffer.length - lookahead);
    return this.take();
  }

  finish(): SqlToken[] {
    this.buffer = this.rest;
    this.isFinal = true;
    this.scan(this.buffer.length);
    if (this.inStatement && !this.begun) this.begin();
    return this.take();
  }

  private scan(limit: number): void {
    [this.from, this.at] = [0, 0];
    while (this.at < limit) {
      if (this.mode === 'code') this.scanCode();
      else this.scanOther(limit);
    }
    if (this.mode === 'line' && !this.inStatement && this.at - this.from < maxCommentBytes) {
      // A comment is reported in one piece, so it is read again from its beginning.
      [this.mode, this.at] = ['code', this.from];
    }
    this.flush();
    this.rest = this.buffer.subarray(this.at);
  }

  private take(): SqlToken[] {
    const { tokens } = this;
    this.tokens = [];
    return tokens;
  }

  private scanCode(): void {
    const { buffer, at } = this;
    const byte = buffer[at] as number;
    if (this.isDelimiter(at)) this.end();
    else if (byte <= space) this.scanSpace(byte);
    else if (byte === slash && buffer[at + 1] === star) this.openComment();
    else if (byte === star && buffer[at + 1] === slash && this.executable > 0) this.closeExecutable();
    else if (isLineComment(buffer, at)) this.openOther('line');
    else if (!this.scanDelimiterCommand()) {
      this.mode = quotes.get(byte) ?? 'code';
      this.code(byte, 1);
    }
  }

  private closeExecutable(): void {
    this.executable -= 1;
    this.code(space, 2);
  }

  private scanSpace(byte: number): void {
    if (byte === newline) this.atLineStart = true;
    if (this.inStatement) this.keep(byte);
    this.at += 1;
  }

  /** `/*!` and `/*M!` mark code for a server of that version or newer, and version 999999 does not exist. */
  private openComment(): void {
    const opener = /^\/\*M?!(\d*)/.exec(this.buffer.toString('latin1', this.at, this.at + 16));
    if (opener === null || Number(opener[1]) >= 999_999) {
      this.openOther('block');
      return;
    }
    this.executable += 1;
    this.code(space, opener[0].length);
  }

  private openOther(mode: Mode): void {
    if (!this.inStatement) this.flush();
    this.mode = mode;
    this.at += mode === 'block' ? 2 : 1;
  }

  private code(byte: number, length: number): void {
    if (!this.inStatement) {
      this.flush();
      [this.inStatement, this.begun, this.head, this.pending] = [true, false, [], []];
    }
    this.atLineStart = false;
    this.at += length;
    this.keep(byte);
  }

  private keep(byte: number): void {
    if (this.begun) return;
    this.head.push(byte);
    if (this.head.length >= headBytes) this.begin();
  }

  private begin(): void {
    const end = Math.min(this.at, this.buffer.length);
    const bytes = Buffer.concat([...this.pending, this.buffer.subarray(this.from, end)]);
    this.from = end;
    this.begun = true;
    this.tokens.push({ kind: 'start', bytes, head: Buffer.from(this.head).toString('latin1').trim() });
  }

  private isDelimiter(at: number): boolean {
    const { buffer, delimiter } = this;
    if (buffer[at] !== delimiter[0]) return false;
    return delimiter.length === 1 || buffer.subarray(at, at + delimiter.length).equals(delimiter);
  }

  private end(): void {
    const length = this.delimiter.length;
    if (this.inStatement) {
      if (this.begun) this.flush();
      else this.begin();
      this.at += length;
      this.tokens.push({ kind: 'end', bytes: this.buffer.subarray(this.from, this.at) });
      this.from = this.at;
    } else this.at += length;
    [this.inStatement, this.begun, this.executable] = [false, false, 0];
  }

  /** A command of the client, on a line of its own. */
  private scanDelimiterCommand(): boolean {
    if (this.inStatement || !this.atLineStart) return false;
    const line = this.buffer.toString('latin1', this.at, this.at + lookahead);
    const [command, delimiter] = /^delimiter[ \t]+(\S{1,15})[^\n]*/i.exec(line) ?? [];
    if (command === undefined || delimiter === undefined) return false;
    this.delimiter = Buffer.from(delimiter, 'latin1');
    this.at += command.length;
    return true;
  }

  private scanOther(limit: number): void {
    if (this.mode === 'line' || this.mode === 'block') this.scanComment();
    else this.scanText(limit);
  }

  /** The rest of a text or name between quotes. */
  private scanText(limit: number): void {
    const { buffer, mode } = this;
    const quote = closing[mode];
    while (this.at < limit) {
      const byte = buffer[this.at] as number;
      this.at += 1;
      this.keep(byte);
      if (byte === quote) {
        this.mode = 'code';
        return;
      }
      if (byte === backslash && mode !== 'backtick') this.at += 1;
    }
  }

  /** The rest of a comment; if its end is not in the buffer, one byte stays for the next call. */
  private scanComment(): void {
    const isLine = this.mode === 'line';
    const found = this.buffer.indexOf(isLine ? '\n' : '*/', this.at);
    if (found === -1) {
      this.at = Math.max(this.at, this.buffer.length - 1);
      if (this.isFinal) this.at = this.buffer.length;
      if (this.isFinal && isLine && !this.inStatement) this.flush(true);
      return;
    }
    this.at = found + (isLine ? 1 : 2);
    this.mode = 'code';
    if (!isLine) return;
    this.atLineStart = true;
    if (!this.inStatement) this.flush(true);
  }

  /** Returns everything scanned since the last token. */
  private flush(isComment = false): void {
    const end = Math.min(this.at, this.buffer.length);
    if (end <= this.from) return;
    const bytes = this.buffer.subarray(this.from, end);
    this.from = end;
    if (!this.inStatement) {
      const comment = isComment ? { comment: bytes.toString('latin1', 0, 200).trim() } : {};
      this.tokens.push({ kind: 'between', bytes, ...comment });
    } else if (this.begun) this.tokens.push({ kind: 'more', bytes });
    else this.pending.push(Buffer.from(bytes));
  }
}

function isLineComment(buffer: Buffer, at: number): boolean {
  if (buffer[at] === 35) return true;
  return buffer[at] === dash && buffer[at + 1] === dash && (buffer[at + 2] ?? 0) <= space;
}
