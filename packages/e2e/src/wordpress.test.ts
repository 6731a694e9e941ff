// A WordPress from nothing: written and read through the edge.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { openSession, type Session } from './browser-session.ts';
import { exec, journal, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';
import { makePng } from './make-png.ts';
import {
  logIn,
  loginOf,
  removeWordpress,
  startWordpress,
  unitsOf,
  untilAnswered,
} from './wordpress-sites.ts';

const site = 'blog.test';
const units = unitsOf(site);
let session: Session;
let begun: number;
let firstPageMs: number;
let planned = 0;

before(async () => {
  begun = performance.now();
  session = await startWordpress(site);
  firstPageMs = performance.now() - begun;
});
after(() => removeWordpress(site));

const inside = (script: string) => exec(['docker', 'exec', `wordpress_${site}`, 'sh', '-c', script]);
const address = async () =>
  shell(
    'docker inspect --format "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}" "wordpress_$1"',
    site,
  );

/** Has WordPress plan a job that is due, at the next visit. */
async function plan(code: string): Promise<void> {
  const folder = '/usr/share/wordpress/wp-content/mu-plugins';
  planned += 1;
  const job = `job-${planned}`;
  // A file of its own: PHP looks at one that it knows every two seconds only.
  await inside(`mkdir -p ${folder}; cat >${folder}/${job}.php <<'PHP'
<?php
add_action('${job}', function () { ${code} });
add_action('init', function () {
  if (!get_option('${job}')) { update_option('${job}', 1); wp_schedule_single_event(time() - 1, '${job}'); }
});
PHP`);
}

hostTest('a new site is there, and nobody meets an installer', units, async (context) => {
  await exec(['systemctl', 'is-active', `wordpress-cron@${site}.timer`]);
  const { status, text } = await session.fetch('/');
  assert.equal(status, 200);
  assert.match(text, new RegExp(`<title>${site}</title>`));
  for (const path of ['install.php', 'install.php?step=2', 'setup-config.php', 'upgrade.php', '/install.php'])
    assert.equal((await session.fetch(`/wp-admin/${path}`)).status, 404, path);
  context.diagnostic(`It was there after ${(firstPageMs / 1000).toFixed(1)} s`);
});

hostTest(
  'its administrator logs in as login.txt says, which only root reads and nothing logs',
  units,
  async () => {
    const file = `/data/domains/${site}/wordpress/login.txt`;
    assert.equal(await exec(['stat', '-c', '%u %a', file]), '0 600');
    const { user, password } = await loginOf(site);
    assert.notEqual(user, 'admin');
    assert.ok(password.length >= 24);
    const said = await exec(['journalctl', '--no-pager', '--output', 'cat']);
    assert.ok(said.includes(`are in ${file}`));
    assert.ok(!said.includes(password));
    await logIn(openSession(site), { user, password });
  },
);

hostTest('a post with a picture is written, and read by a visitor', units, async (context) => {
  const writer = await logIn(session);
  const picture = makePng(1200, 800);
  const { source_url: url = '' } = await writer.upload('stripes.png', picture);
  assert.match(url, new RegExp(`^https://${site}/wp-content/uploads/`));
  const { link } = await writer.post('With a picture', `<img src="${url}">`);
  const visitor = openSession(site);
  const { pathname, search } = new URL(link);
  const { status, text } = await visitor.fetch(pathname + search);
  assert.equal(status, 200);
  assert.ok(text.includes(url));
  assert.deepEqual((await visitor.fetch(new URL(url).pathname)).bytes, picture);
  const smaller = url.replace('.png', '-300x200.png');
  assert.equal((await visitor.fetch(new URL(smaller).pathname)).status, 200, 'it was made smaller too');
  const took: number[] = [];
  for (let load = 0; load < 3; load += 1) {
    const started = performance.now();
    assert.match((await visitor.fetch('/')).text, /With a picture/);
    took.push(Math.round(performance.now() - started));
  }
  context.diagnostic(`The page took ${took.join(', ')} ms.`);
});

hostTest(
  'www leads to the name without it, http to https, and no other name is answered for',
  units,
  async () => {
    const www = await openSession(`www.${site}`).fetch('/');
    assert.deepEqual([www.status, www.headers.location], [301, `https://${site}/`]);
    const status = 'curl -s -o /dev/null -w "%{http_code}" -H "Host: $1" "http://$2/"';
    for (const name of ['other.test', '172.30.0.1', `x.${site}`])
      assert.equal(await shell(status, name, await address()), '421', name);
    assert.equal(await shell(status, site, '127.0.0.1'), '301');
  },
);

hostTest('the address of a visitor is the one that the edge saw, whatever they claim', units, async () => {
  const code = '<?php header("X-Seen: " . $_SERVER["REMOTE_ADDR"] . " " . ($_SERVER["HTTPS"] ?? "off"));';
  await inside(`echo '${code}' >wp-content/mu.php`.replace('wp-content', '/usr/share/wordpress/wp-content'));
  const { headers } = await session.fetch('/wp-content/mu.php', {
    headers: { 'x-forwarded-for': '203.0.113.9' },
  });
  assert.match(String(headers['x-seen']), /^\d+\.\d+\.\d+\.\d+ on$/);
  assert.doesNotMatch(String(headers['x-seen']), /203\.0\.113\.9|172\.30\./);
  const fromInside = `php -r 'echo file_get_contents("http://127.0.0.1/wp-content/mu.php", false, stream_context_create(["http" => ["header" => "Host: ${site}\\r\\nX-Forwarded-For: 203.0.113.9\\r\\nX-Forwarded-Proto: https"]])); echo $http_response_header[3] ?? "", implode(" ", $http_response_header);'`;
  assert.match(await inside(fromInside), /X-Seen: 127\.0\.0\.1 off/);
});

hostTest('what was uploaded is never run, and core cannot be changed', units, async () => {
  const uploads = '/usr/share/wordpress/wp-content/uploads';
  await inside(
    `for name in a.php a.PHP a.phtml a.php.png; do echo '<?php echo 6 * 7;' >${uploads}/$name; done`,
  );
  await inside(`echo 'SetHandler application/x-httpd-php' >${uploads}/.htaccess`);
  for (const name of ['a.php', 'a.PHP', 'a.phtml', 'a.php.png']) {
    assert.equal((await session.fetch(`/wp-content/uploads/${name}`)).status, 403, name);
  }
  assert.equal((await session.fetch('/wp-content/uploads/.htaccess')).status, 404);
  const write = `docker exec wordpress_${site} sh -c 'echo >>/usr/share/wordpress/index.php'`;
  assert.match((await tryExec(['sh', '-c', write])).stderr, /Permission denied|Read-only file system/);
});

hostTest('background jobs are done by the timer, and not while a visitor waits', units, async () => {
  // Else it may come between the two visits.
  await exec(['systemctl', 'stop', `wordpress-cron@${site}.timer`]);
  await plan(`update_option('blogname', 'Later');`);
  const unchanged = new RegExp(`<title>${site}`);
  assert.match((await session.fetch('/')).text, unchanged);
  assert.match((await session.fetch('/')).text, unchanged, 'a visit alone does not run them');
  await exec(['systemctl', 'start', `wordpress-cron@${site}`]);
  assert.match((await session.fetch('/')).text, /<title>Later/);
  await exec(['systemctl', 'start', `wordpress-cron@${site}.timer`]);
});

hostTest('mail goes out through Postfix, and without one fails at once, with a line', units, async () => {
  const send = async () => {
    await plan(`wp_mail('you@example.invalid', 'Hello', 'Text');`);
    await session.fetch('/');
    await exec(['systemctl', 'start', `wordpress-cron@${site}`]);
  };
  const since = Date.now();
  await send();
  await waitFor('Postfix to tell of it', async () => {
    const said = await journal(['postfix'], since);
    const [, id] = new RegExp(`(\\w+): from=<wordpress@${site}>`).exec(said) ?? [];
    return id !== undefined && said.includes(`${id}: to=<you@example.invalid>`);
  });
  await exec(['systemctl', 'stop', 'postfix']);
  await send();
  await exec(['systemctl', 'start', 'postfix']);
  assert.match(
    await journal([`wordpress-cron@${site}`], since),
    /Mail to you@example\.invalid was not sent by 172\.30\.0\.1/,
  );
});

hostTest('a file of the limit comes in, and a larger one does not', units, async () => {
  const limit = 'FREEHOLD_WORDPRESS_UPLOAD_MB=2';
  await exec(['sh', '-c', `echo ${limit} >>/etc/freehold/host.env`]);
  try {
    await exec(['systemctl', 'restart', `wordpress@${site}`]);
    await untilAnswered(site);
    await inside(
      `echo '<?php echo $_FILES["f"]["size"] ?? "nothing", " ", $_FILES["f"]["error"] ?? "";' >/usr/share/wordpress/wp-content/take.php`,
    );
    const upload = async (size: number) => {
      const form = new FormData();
      form.set('f', new Blob([Buffer.alloc(size)]), 'f');
      const request = new Request('http://x/', { method: 'POST', body: form });
      const headers = { 'content-type': request.headers.get('content-type') ?? '' };
      const body = Buffer.from(await request.arrayBuffer());
      const { status, text } = await session.fetch('/wp-content/take.php', { headers, body });
      return `${status} ${text}`;
    };
    const megabytes = 2 * 1024 * 1024;
    assert.equal(await upload(megabytes), `200 ${megabytes} 0`);
    assert.equal(await upload(megabytes + 1), '200 0 1', 'UPLOAD_ERR_INI_SIZE');
    assert.match(await upload(2 * megabytes), /^200 nothing|^413 /);
  } finally {
    await exec(['sed', '-i', `/^${limit}$/d`, '/etc/freehold/host.env']);
    await exec(['systemctl', 'restart', `wordpress@${site}`]);
    await untilAnswered(site);
  }
});

hostTest('the tables follow a core that is newer than them, before a visitor comes', units, async () => {
  const ask = (query: string) =>
    exec(['docker', 'exec', `mysql_${site}`, 'mariadb', '-N', 'wordpress', '-e', query]);
  const version = "SELECT option_value FROM wp_options WHERE option_name = 'db_version'";
  const [before, since] = [await ask(version), Date.now()];
  await ask("UPDATE wp_options SET option_value = '57155' WHERE option_name = 'db_version'");
  assert.notEqual(await ask(version), before);
  await exec(['systemctl', 'restart', `wordpress@${site}`]);
  await untilAnswered(site);
  assert.equal(await ask(version), before);
  assert.match(await journal([`wordpress@${site}`], since), /Upgraded the tables for WordPress \d/);
});

/** Asks for pages with these lines at the top of the owner's .htaccess. */
async function withHtaccess(lines: string, ask: () => Promise<void>): Promise<void> {
  const file = '/usr/share/wordpress/.htaccess';
  const before = await inside(`cat ${file}`);
  const put = (text: string) =>
    exec(['docker', 'exec', '-i', `wordpress_${site}`, 'sh', '-c', `cat >${file}`], text);
  await put(`${lines}\n${before}\n`);
  try {
    await ask();
  } finally {
    await put(`${before}\n`);
  }
}

/** What HAProxy's check is answered. */
const check = async () =>
  shell(
    'curl -s -o /dev/null -w "%{http_code}" -A haproxy-check -H "Host: $1" "http://$2/"',
    site,
    await address(),
  );

const handlers = [
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
hostTest('no directive of another provider makes a page fail or shows the source of PHP', units, async () => {
  await inside("echo '<?php echo 6 * 7;' >/usr/share/wordpress/wp-content/sum.php");
  await inside(
    'for name in sum.phtml sum.PHP sum.php.bak; do cp /usr/share/wordpress/wp-content/sum.php "/usr/share/wordpress/wp-content/$name"; done',
  );
  for (const lines of handlers) {
    await withHtaccess(lines, async () => {
      assert.match((await session.fetch('/')).text, /<title>/, lines);
      assert.equal((await session.fetch('/wp-content/sum.php')).text, '42', lines);
      assert.equal(await check(), '200', lines);
    });
  }
  for (const name of ['sum.phtml', 'sum.PHP', 'sum.php.bak'])
    assert.equal((await session.fetch(`/wp-content/${name}`)).status, 403, name);
  await withHtaccess('php_flag engine off', async () => {
    const { status, text } = await session.fetch('/wp-content/sum.php');
    assert.equal(status, 403);
    assert.doesNotMatch(text, /6 \* 7/);
    assert.equal(await check(), '503');
  });
});

hostTest('PHP under any other name is run or refused, and never sent', units, async () => {
  const content = '/usr/share/wordpress/wp-content';
  const names = ['sum', 'sum.xml', 'sum.html', 'sum.php_old', 'sum.php.txt', 'link.txt'];
  await inside(
    `cd ${content} && for name in sum sum.xml sum.html sum.php_old sum.php.txt; do echo '<?php echo 6 * 7;' >"$name"; done
     echo '<b><?php echo 6 * 7; ?></b>' >page.html; php -r 'symlink("sum.php", "link.txt");'`,
  );
  for (const name of names) assert.equal((await session.fetch(`/wp-content/${name}`)).status, 403, name);
  for (const lines of [
    '<FilesMatch "^(sum|.*\\.(xml|html))$">\n  SetHandler application/x-lsphp81\n</FilesMatch>',
    '<FilesMatch "^(sum|.*\\.(xml|html))$">\n  ForceType application/x-httpd-php81\n</FilesMatch>',
    'SetHandler fcgid-script',
    'SetHandler "proxy:fcgi://127.0.0.1:9000"',
  ]) {
    await withHtaccess(lines, async () => {
      for (const name of ['sum', 'sum.xml', 'sum.html'])
        assert.equal((await session.fetch(`/wp-content/${name}`)).text, '42', `${name}: ${lines}`);
      assert.equal((await session.fetch('/wp-content/page.html')).text, '<b>42</b>\n', lines);
      const style = await session.fetch('/wp-content/themes/twentytwentyfive/style.css');
      assert.match(String(style.headers['content-type']), /^text\/css/, lines);
    });
  }
});

hostTest('in uploads a plugin can close folders by .htaccess, and decides nothing else', units, async () => {
  const uploads = '/usr/share/wordpress/wp-content/uploads';
  await inside(`mkdir -p ${uploads}/shop && echo secret >${uploads}/shop/book.txt`);
  const status = async (path: string) => (await session.fetch(`/wp-content/uploads/${path}`)).status;
  assert.equal(await status('shop/book.txt'), 200);
  for (const lines of ['deny from all', 'Require all denied', 'RewriteEngine On\nRewriteRule .* - [F]']) {
    await inside(`printf '${lines}\n' >${uploads}/shop/.htaccess`);
    assert.equal(await status('shop/book.txt'), 403, lines);
  }
  await inside(`cd ${uploads} && echo '<b><?php echo 6 * 7; ?></b>' >page.html && echo '<?php echo 6 * 7;' >b.php
    printf 'RewriteEngine On\nRewriteRule .* - [H=application/x-httpd-php]\nRequire all granted\n' >.htaccess`);
  for (const name of ['page.html', 'b.php']) assert.equal(await status(name), 403, name);
  await inside(`rm -r ${uploads}/.htaccess ${uploads}/shop`);
});

hostTest('when every page of the owner fails, so does the health check', units, async () => {
  await withHtaccess('php_value auto_prepend_file /home/owner/waf.php', async () => {
    assert.equal((await session.fetch('/')).status, 500);
    assert.equal(await check(), '500');
  });
});

const toHttps = 'RewriteRule ^(.*)$ https://%{HTTP_HOST}/$1 [R=301,L]';
const redirects = [
  'RewriteCond %{HTTPS} off',
  'RewriteCond %{HTTPS} !=on',
  'RewriteCond %{SERVER_PORT} 80',
  'RewriteCond %{SERVER_PORT} !^443$',
  'RewriteCond %{REQUEST_SCHEME} =http',
  'RewriteCond %{ENV:HTTPS} !on',
  'RewriteCond %{HTTP:X-Forwarded-Proto} !https',
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
hostTest(
  'a redirect to https in .htaccess does not lead to itself, however it finds out',
  units,
  async () => {
    const visitor = openSession(site);
    for (const lines of redirects) {
      await withHtaccess(lines, async () => {
        assert.equal((await visitor.fetch('/')).status, 200, lines);
        const plain =
          'curl -s -o /dev/null -w "%{http_code} %{redirect_url}" -H "X-Forwarded-Proto: http" -H "Host: $1" "http://$2/"';
        assert.equal(await shell(plain, site, await address()), `301 https://${site}/`, lines);
      });
    }
    const seen =
      '<?php echo $_SERVER["HTTPS"] ?? "off", " ", $_SERVER["SERVER_PORT"], " ", $_SERVER["REQUEST_SCHEME"];';
    await inside(`echo '${seen}' >/usr/share/wordpress/wp-content/seen.php`);
    assert.equal((await session.fetch('/wp-content/seen.php')).text, 'on 443 https');
  },
);

hostTest(
  'a redirect of every page to www., which WordPress takes back, ends at the page',
  units,
  async () => {
    const rule = (condition: string, target: string) =>
      `RewriteEngine On\nRewriteCond %{HTTP_HOST} ${condition} [NC]\nRewriteRule ^(.*)$ ${target}/$1 [R=301,L]`;
    const follow = async (name: string) => {
      let path = `https://${name}/`;
      for (let step = 1; step <= 4; step += 1) {
        const { host, pathname } = new URL(path);
        const { status, headers } = await openSession(host).fetch(pathname);
        if (status === 200) return path;
        path = String(headers.location);
      }
      return 'no page after four steps';
    };
    for (const lines of [
      rule('!^www\\.', 'https://www.%{HTTP_HOST}'),
      `<If "%{HTTP_HOST} != 'www.${site}'">\n  Redirect permanent / https://www.${site}/\n</If>`,
      rule('^www\\.(.*)$', 'https://%1'),
    ]) {
      await withHtaccess(lines, async () => {
        // As discovery's probe, which comes before any visitor.
        await shell('curl -s -o /dev/null -H "Host: $1" "http://$2/"', site, await address());
        for (const name of [site, `www.${site}`]) assert.equal(await follow(name), `https://${site}/`, lines);
      });
    }
  },
);

hostTest('a database that loses its WordPress is an error, and no installer', units, async () => {
  const rename = (from: string, to: string) =>
    exec(['docker', 'exec', `mysql_${site}`, 'mariadb', 'wordpress', '-e', `RENAME TABLE ${from} TO ${to}`]);
  await rename('wp_options', 'away_options');
  try {
    assert.equal(await check(), '503');
    const { status, headers } = await session.fetch('/');
    assert.ok(status >= 500, `${status}`);
    assert.equal(headers.location, undefined);
  } finally {
    await rename('away_options', 'wp_options');
  }
  await untilAnswered(site);
});
