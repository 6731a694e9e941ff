// For tests: symbolic links that may be in an upload, whether a folder or an archive.

/** Path, target, and why it is refused. */
export const badLinks: readonly (readonly [path: string, target: string, reason: RegExp])[] = [
  ['static/www-content/link', '/etc/passwd', /is a symbolic link with an absolute target, which leads out/],
  ['static/www-content/link', '//etc', /absolute target/],
  ['static/www-content/link', '../../..', /is a symbolic link that leads out/],
  ['static/www-content/link', '../../../other.test/TLS/other.test.pem', /is a symbolic link that leads out/],
  ['static/www-content/link', './../.././../x', /is a symbolic link that leads out/],
  ['static/www-content/deep/link', '../../../../x', /is a symbolic link that leads out/],
  ['static/www-content/link', 'sub/../../../x', /with ".." in the middle of its target/],
  ['static/www-content/link', 'sub/..', /with ".." in the middle of its target/],
  ['mysql', 'static', /is a symbolic link instead of a folder/],
  ['mysql', '/etc', /is a symbolic link(?: instead of a folder| with an absolute target)/],
];

/** Path and target of links that are imported unchanged. */
export const goodLinks: readonly (readonly [path: string, target: string])[] = [
  ['static/www-content/to-file', 'index.html'],
  ['static/www-content/up', '../..'],
  ['static/www-content/deep/up', '../../../TLS/example.com.pem'],
  ['static/www-content/nowhere', './a//b/.'],
  ['static/www-content/self', 'self'],
  ['notes/long', '../'.repeat(1) + 'n/'.repeat(900)],
];
