import { randomUUID } from 'node:crypto';

/** A value for the sign of a change: another one each time. */
export const newChange = (): string => randomUUID();
