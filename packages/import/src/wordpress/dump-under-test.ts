/** The tables that every WordPress has, with one row in the options table. */
export function tablesOf(prefix: string): string {
  const tables = ['options', 'posts', 'users'].map((name) => `CREATE TABLE \`${prefix}${name}\` (a int);\n`);
  return `${tables.join('')}INSERT INTO \`${prefix}options\` VALUES (1,'siteurl','https://example.com');\n`;
}
