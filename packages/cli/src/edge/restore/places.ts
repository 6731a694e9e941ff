// Where a restore works on a host; scripts of earlier versions use the same folders.

/** Its lock, too. */
export const restoring = '/data/restoring';
/** The backup, unpacked. */
export const tree = `${restoring}/tree`;
/** An entry for each site whose restoring has begun and is not done. */
export const begun = `${restoring}/begun`;
/** postfix is to read its secrets again. No domain begins with a dot. */
export const restartNote = `${begun}/.postfix`;
export const imports = '/data/import';
/** Not complete yet, so under a name that import skips. */
export const staged = (name: string) => `${imports}/.restoring-${name}`;
