import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDeclaration } from '../host/declarations.ts';
import { databaseFolders, dumpRules } from './declared.ts';

const wordpress = `Database=mysql MariaDB mariadbd
DatabaseFiles=mysql/db_files
Dump=mysql/dump.sql
DumpGroup=10004
DumpEnd=-- Dump completed
`;
const apps = new Map([
  ['static', parseDeclaration('Data=static\n')],
  ['wordpress', parseDeclaration(wordpress)],
]);

test('only apps that declare a database have its folder and its dump', () => {
  assert.deepEqual(databaseFolders(apps), [{ app: 'wordpress', folder: 'mysql/db_files' }]);
  assert.equal(dumpRules(apps, 'static'), undefined);
  assert.deepEqual(dumpRules(apps, 'wordpress'), {
    app: 'wordpress',
    database: 'mysql',
    file: 'mysql/dump.sql',
    group: 10004,
    end: '-- Dump completed',
  });
});
