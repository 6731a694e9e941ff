import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SqlToken, scanSql } from './sql-scanner.ts';

async function* inPieces(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function scan(text: string, size = text.length): Promise<SqlToken[]> {
  const tokens: SqlToken[] = [];
  for await (const token of scanSql(inPieces(text, size))) tokens.push(token);
  return tokens;
}

const heads = (tokens: SqlToken[]) => tokens.flatMap((token) => (token.kind === 'start' ? [token.head] : []));
const comments = (tokens: SqlToken[]) =>
  tokens.flatMap((token) => (token.kind === 'between' && token.comment ? [token.comment] : []));

const dump = `/*M!999999\\- enable the sandbox mode */ 
-- MariaDB dump; it's 10.19
/*!40101 SET @OLD_A=@@A */;
INSERT INTO \`a;b\` VALUES ('it''s; \\'x\\'','\\\\'),("-- no; comment",'# nor; this
/* nor this; */
SET GLOBAL x = 1;
');
# USE other;
/* USE other; */ SELECT 1/*a;b*/+2 -- c;d
 , 3;
/*!50003 CREATE*/ /*!50017 DEFINER=\`r\`@\`h\`*/ /*!50003 VIEW v AS SELECT 1 */;
DELIMITER $$
CREATE PROCEDURE p() BEGIN SELECT 1; SELECT '$$'; END$$
delimiter ;
COMMIT;
-- Dump completed on today`;

test('Statements are separated correctly, whatever their texts and comments contain and wherever a piece ends.', async () => {
  const whole = await scan(dump);
  assert.deepEqual(
    heads(whole).map((head) => head.replace(/\s+/g, ' ').slice(0, 26)),
    [
      'SET @OLD_A=@@A',
      'INSERT INTO `a;b` VALUES (',
      'SELECT 1+2 , 3',
      'CREATE DEFINER=`r`@`h` VIE',
      'CREATE PROCEDURE p() BEGIN',
      'COMMIT',
    ],
  );
  const expected = comments(whole);
  assert.deepEqual(expected, ["-- MariaDB dump; it's 10.19", '# USE other;', '-- Dump completed on today']);
  for (const size of [1, 2, 3, 7, 64, 127, 128, 129, 200]) {
    const tokens = await scan(dump, size);
    assert.deepEqual(heads(tokens), heads(whole), `pieces of ${size} bytes`);
    assert.deepEqual(comments(tokens), expected, `pieces of ${size} bytes`);
  }
});

test('No byte is lost or added, even for a statement without an end.', async () => {
  for (const text of [dump, `${dump}\nINSERT INTO a VALUES ('${'x'.repeat(5000)}`, '', ';;', "'", '/*!1 a']) {
    for (const size of [1, 50, 1000]) {
      const tokens = await scan(text, size);
      assert.equal(Buffer.concat(tokens.map(({ bytes }) => bytes)).toString(), text);
    }
  }
  const cut = await scan("SELECT 1;\nINSERT INTO a VALUES ('b;");
  assert.deepEqual(
    cut.map(({ kind }) => kind),
    ['start', 'end', 'between', 'start'],
  );
});
