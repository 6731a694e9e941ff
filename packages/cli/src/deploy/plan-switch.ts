// A host's switch to another version: what the host knows before it, and its operations in order. Killed between any two
// of them, or without power, the next switch finds its way from the note of an unfinished switch.

/** What is seen of the host before a switch. */
export interface SwitchSeen {
  /** The version that is asked for. */
  readonly version: string;
  /** The last version that came up: of the note of an unfinished switch, else of host.env; undefined on a bare host. */
  readonly before?: string | undefined;
  /** The host has the files and all images of that one. */
  readonly isBeforeHere: boolean;
}

/** One change, or one thing that has to be true, of a version; each either succeeds or ends the plan. */
export interface SwitchOperation {
  readonly act:
    | 'note-unfinished'
    | 'tag-images'
    | 'lead-to'
    | 'set-up'
    | 'require-programs'
    | 'require-sites'
    | 'tag-databases'
    | 'remember'
    | 'sync'
    | 'end'
    | 'forget-old';
  readonly version: string;
  /** Of a note: the version that was good before the switch; empty on a bare host. */
  readonly before?: string;
}

export interface SwitchPlan {
  /** A failure here has changed nothing. */
  readonly begin: readonly SwitchOperation[];
  /** A failure here leads to `putBack`. */
  readonly attempt: readonly SwitchOperation[];
  /** The version is good: whatever happens from here on, the host stays with it. */
  readonly complete: readonly SwitchOperation[];
  /** The switch is done: a failure here is reported, and the next switch does it again. */
  readonly tidy: readonly SwitchOperation[];
  /** Undefined where there is no version to go back to. */
  readonly putBack?: readonly SwitchOperation[];
}

/** Run again after an interruption, they do what is left. */
const comesUp = (version: string): SwitchOperation[] =>
  (['tag-images', 'lead-to', 'set-up', 'require-programs', 'require-sites'] as const).map((act) => ({
    act,
    version,
  }));

/**
 * What makes it last. A newer database server upgrades a site's data when the site starts, and there is no way back, so the
 * databases come after all that may fail. The note goes when all else is on disk.
 */
const lasts = (version: string): SwitchOperation[] =>
  (['tag-databases', 'remember', 'sync', 'end'] as const).map((act) => ({ act, version }));

export function planSwitch({ version, before, isBeforeHere }: SwitchSeen): SwitchPlan {
  const isSame = before === version;
  const note = (target: string, good: string): SwitchOperation[] =>
    isSame ? [] : [{ act: 'note-unfinished', version: target, before: good }];
  return {
    // A bare host, which has no version before, continues to the new one.
    begin: note(before ?? version, before ?? ''),
    attempt: comesUp(version),
    complete: [...note(version, version), ...lasts(version)],
    tidy: [{ act: 'forget-old', version, ...(before === undefined ? {} : { before }) }],
    ...(before === undefined || isSame || !isBeforeHere
      ? {}
      : { putBack: [...comesUp(before), ...lasts(before)] }),
  };
}
