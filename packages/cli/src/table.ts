// Rows as a table for a person, or as JSON for a program.
import { columns, visible } from '@freehold/core/print-lines';
import type { Field, Row, Value } from './command.ts';

/** A table with the fields that have a header; nothing but the header where there are no rows. */
export function tableOf(fields: readonly Field[], rows: readonly Row[]): string[] {
  const shown = fields.filter(({ header }) => header !== undefined);
  const head = shown.map(({ header }) => header ?? '');
  return columns([head, ...rows.map((row) => shown.map(({ key }) => textOf(row[key])))]);
}

/** A value in a cell: a dash for what does not exist. */
export function textOf(value: Value | undefined): string {
  if (value === undefined || value === null || value === '') return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(textOf).join(', ');
  return visible(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

/** The keys of a row in the order of the fields; a missing one is null. */
export function jsonOf(fields: readonly Field[], rows: readonly Row[], single: boolean): string {
  const keys = fields.filter(({ key }) => !key.includes('.')).map(({ key }) => key);
  const ordered = rows.map((row) => Object.fromEntries(keys.map((key) => [key, row[key] ?? null])));
  const text = JSON.stringify(single ? (ordered[0] ?? null) : ordered, null, 2);
  // A terminal obeys some of these, which JSON.stringify leaves as they are.
  return text.replace(/[\u007f-\u009f]/g, (mark) => `\\u00${mark.charCodeAt(0).toString(16)}`);
}
