// The note of a switch that is not finished is a unit for the next start of the host alone: it goes on, or back, by itself.

export interface Unfinished {
  /** The version that was good before the switch; empty on a bare host. */
  readonly before: string;
  /** The version to which the next start of the host switches. */
  readonly target: string;
  /** The script that does it, and this host's name. */
  readonly script: string;
  readonly name: string;
}

/** Versions of freehold before this one write and read the same first line. */
export function formatUnfinished({ before, target, script, name }: Unfinished): string {
  return `# Before: ${before}
[Unit]
Description=freehold ${target}, as a switch of versions was cut off
After=docker.service etcd.service network-online.target
Wants=network-online.target

[Service]
# Not oneshot: the machine is up meanwhile.
Type=exec
ExecStart=/bin/bash ${script} ${target} ${name}
`;
}

/** The version that was good before the switch that this note is of; undefined if there is none. */
export function parseBefore(note: string): string | undefined {
  return /^# Before: (.+)$/m.exec(note)?.[1];
}
