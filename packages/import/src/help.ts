export const help = `
import: makes sure that a site's data is there before the site starts.

Usage: import DOMAIN --app APP [--app APP ...] | import DOMAIN --required-by -

  --app APP         The site app to prepare: static.
  --required-by -   Finds the app among the names of units on standard input, separated by spaces,
                    as 'systemctl show --property=RequiredBy' prints them.
  -h, --help        This text.

Example:

  docker run --rm --network none --cap-drop ALL --cap-add CHOWN --cap-add DAC_OVERRIDE \\
    --cap-add FOWNER --volume /data:/data freehold/import example.com --app static

What it does, in this order:

  1. /data/domains/DOMAIN/static/www-content holds something: it is left alone.
  2. /data/import/DOMAIN holds something: it becomes /data/domains/DOMAIN, whole or not at all.
     Its content belongs to the site's user afterwards, and everybody may read it.
  3. Neither: a welcome page is created.

Nothing is ever overwritten: where a folder of a delivery is there already, it is named and nothing
moves. The one exception is a delivery of TLS/DOMAIN.pem alone: it replaces the certificate of the
site, if it is good. A site that has its data starts in spite of a delivery that cannot be used.

What is delivered must be whole when the site starts: upload it under another name, for instance
/data/import/DOMAIN.upload, and rename it at the end. Symbolic links stay links; devices, sockets
and pipes are refused.

The certificate, TLS/DOMAIN.pem (chain and key), is copied to where HAProxy reads it. A bad one is
named and left out; what HAProxy had before stays in use.

Settings (environment):
  FREEHOLD_DATA          the folder of all data (/data)
  FREEHOLD_SITE_UID      the user and group of the site's files (10002)
  FREEHOLD_HAPROXY_DIR   where HAProxy's files are (runtime/haproxy in FREEHOLD_DATA)

Exit codes: 0 done, 1 failed (the last line says why), 2 wrong arguments or settings.
`;
