// What owners bring along in .htaccess from other providers, of which no line may break a page or show the source of PHP.
import assert from 'node:assert/strict';
import { openSession } from './browser-session.ts';
import { exec, shell } from './host.ts';
import { hostTest } from './host-test.ts';
import { unitsOf } from './wordpress-sites.ts';

/** Runs a script in a site's container, as its own user. */
export const inside = (site: string, script: string) =>
  exec(['docker', 'exec', `wordpress_${site}`, 'sh', '-c', script]);

/** The address of a site's container. */
export const addressOf = (site: string) =>
  shell(
    'docker inspect --format "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}" "wordpress_$1"',
    site,
  );

/** Asks for pages of a site with these lines at the top of the owner's .htaccess. */
export async function withHtaccess(site: string, lines: string, ask: () => Promise<void>): Promise<void> {
  const file = `/data/domains/${site}/wordpress/.htaccess`;
  const before = await exec(['cat', file]);
  const put = (text: string) => exec(['sh', '-c', 'cat >"$0"', file], text);
  await put(`${lines}\n${before}\n`);
  try {
    await ask();
  } finally {
    await put(`${before}\n`);
  }
}

/** What HAProxy's check is answered by the container at this address. */
export const check = (site: string, address: string) =>
  shell('curl -s -o /dev/null -w "%{http_code}" -A haproxy-check -H "Host: $1" "http://$2/"', site, address);

/** What providers have their customers write to select a version of PHP, or how it runs; the most common ones first. */
export const handlers = [
  '<FilesMatch "\\.(php4|php5|php)$">\n  SetHandler application/x-lsphp81\n</FilesMatch>',
  'AddHandler application/x-httpd-ea-php81 .php .php8 .phtml',
  'AddType application/x-httpd-php-source .php\nRemoveHandler .php\nForceType text/plain',
  'AddHandler php-fastcgi .php\nAction php-fastcgi /fcgi-bin/php5.fcgi',
  '<If "true">\n  SetHandler default-handler\n</If>',
  'suPHP_ConfigPath /home/owner/public_html\nlsapi_phprc /home/owner\nSSLRequireSSL',
  'AddHandler fcgid-script .php\nFcgidWrapper /home/owner/php.fcgi .php',
  '<FilesMatch "\\.php$">\n  SetHandler "proxy:unix:/run/php-fpm.sock|fcgi://localhost"\n</FilesMatch>',
  '<FilesMatch "\\.php$">\n  SetHandler redirect-handler\n</FilesMatch>',
  'RewriteEngine On\nRewriteRule \\.php$ - [H=redirect-handler,T=text/plain]',
  'Options None',
  'php_value open_basedir /home/owner\nphp_value session.save_path /home/owner/tmp',
];

const toHttps = 'RewriteRule ^(.*)$ https://%{HTTP_HOST}/$1 [R=301,L]';
/** The ways in which redirects to https find out whether a visitor came by http; the most common ones first. */
export const redirects = [
  'RewriteCond %{HTTPS} off',
  'RewriteCond %{SERVER_PORT} 80',
  'RewriteCond %{HTTP:X-Forwarded-Proto} !https',
  'RewriteCond %{HTTPS} !=on',
  'RewriteCond %{SERVER_PORT} !^443$',
  'RewriteCond %{REQUEST_SCHEME} =http',
  'RewriteCond %{ENV:HTTPS} !on',
  'RewriteCond %{HTTP:X-Forwarded-SSL} !on',
  'RewriteCond %{HTTP:X-Forwarded-Port} !443',
  'RewriteCond %{HTTP:X-Forwarded-Scheme} !https',
  'RewriteCond %{HTTP:Front-End-Https} !on',
  'RewriteCond %{HTTP:X-Proto} !SSL',
  'RewriteCond %{HTTP:CloudFront-Forwarded-Proto} !https',
  'RewriteCond %{HTTP:CF-Visitor} !"scheme":"https"',
  'RewriteCond %{HTTP:Forwarded} !proto=https',
  'RewriteCond %{SSL:HTTPS} !=on',
  'RewriteCond %{SSL:SSL_PROTOCOL} ^$',
].map((condition) => `RewriteEngine On\n${condition}\n${toHttps}`);

/** A test that pages are the same with each of these lines. */
export function testHandlers(site: string, some: readonly string[]): void {
  hostTest(
    'no directive of another provider makes a page fail or shows the source of PHP',
    unitsOf(site),
    async () => {
      const session = openSession(site);
      const address = await addressOf(site);
      await inside(site, "echo '<?php echo 6 * 7;' >/usr/share/wordpress/wp-content/sum.php");
      await inside(
        site,
        'for name in sum.phtml sum.PHP sum.php.bak; do cp /usr/share/wordpress/wp-content/sum.php "/usr/share/wordpress/wp-content/$name"; done',
      );
      for (const lines of some) {
        await withHtaccess(site, lines, async () => {
          assert.match((await session.fetch('/')).text, /<title>/, lines);
          assert.equal((await session.fetch('/wp-content/sum.php')).text, '42', lines);
          assert.equal(await check(site, address), '200', lines);
        });
      }
      for (const name of ['sum.phtml', 'sum.PHP', 'sum.php.bak'])
        assert.equal((await session.fetch(`/wp-content/${name}`)).status, 403, name);
      await withHtaccess(site, 'php_flag engine off', async () => {
        const { status, text } = await session.fetch('/wp-content/sum.php');
        assert.equal(status, 403);
        assert.doesNotMatch(text, /6 \* 7/);
        assert.equal(await check(site, address), '503');
      });
    },
  );
}

/** A test that a redirect of each of these kinds ends at the page. */
export function testRedirects(site: string, some: readonly string[]): void {
  hostTest(
    'a redirect to https in .htaccess does not lead to itself, however it finds out',
    unitsOf(site),
    async () => {
      const visitor = openSession(site);
      const address = await addressOf(site);
      for (const lines of some) {
        await withHtaccess(site, lines, async () => {
          assert.equal((await visitor.fetch('/')).status, 200, lines);
          const plain =
            'curl -s -o /dev/null -w "%{http_code} %{redirect_url}" -H "X-Forwarded-Proto: http" -H "Host: $1" "http://$2/"';
          assert.equal(await shell(plain, site, address), `301 https://${site}/`, lines);
        });
      }
      const seen =
        '<?php echo $_SERVER["HTTPS"] ?? "off", " ", $_SERVER["SERVER_PORT"], " ", $_SERVER["REQUEST_SCHEME"];';
      await inside(site, `echo '${seen}' >/usr/share/wordpress/wp-content/seen.php`);
      assert.equal((await visitor.fetch('/wp-content/seen.php')).text, 'on 443 https');
    },
  );
}
