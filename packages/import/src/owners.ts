export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export const root: Owner = { uid: 0, gid: 0 };
/** The user of haproxy and confd. */
export const edgeOwner: Owner = { uid: 10001, gid: 10001 };
/** The user of gitpuller. */
export const gitOwner: Owner = { uid: 10003, gid: 10003 };
