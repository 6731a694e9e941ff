/** One entry of an archive, of whatever format, as it stands there. */
export interface ArchiveEntry {
  /** Directory, File, OldFile, SymbolicLink, Link (a hard link), or the name of what is not imported. */
  readonly type: string;
  readonly path: string;
  readonly size: number;
  readonly mode?: number | undefined;
  readonly mtime?: Date | undefined;
  /** The target of a link. */
  readonly linkpath?: string | undefined;
}

/** What is done with an archive's entries, in their order. */
export interface EntrySink {
  begin(entry: ArchiveEntry): void;
  data(bytes: Buffer): void;
  end(): void;
}
