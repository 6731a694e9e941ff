/** One entry of an archive of any format, as stored there. */
export interface ArchiveEntry {
  /**
   * Directory, File, OldFile, SymbolicLink, Link (a hard link), or the type of an entry that is not imported.
   */
  readonly type: string;
  readonly path: string;
  readonly size: number;
  readonly mode?: number | undefined;
  readonly mtime?: Date | undefined;
  /** The target of a link. */
  readonly linkpath?: string | undefined;
}

/** Receives an archive's entries in their order. */
export interface EntrySink {
  begin(entry: ArchiveEntry): void;
  data(bytes: Buffer): void;
  end(): void;
}
