import { allApps } from './all-apps.ts';
import { describeApps } from './describe-apps.ts';

export const help = `
import: makes sure that a site's data is there before the site starts.

Usage: import DOMAIN --app APP [--app APP ...] | DOMAIN --required-by FILE | DOMAIN --certificate

  --app APP         The site app to prepare: ${allApps.map(({ name }) => name).join(', ')}.
  --required-by FILE  Finds the app among the names of units in a file, or on standard input (-),
                    separated by white space.
  --certificate     Hands the domain's certificate over to HAProxy, and does nothing else.
  -h, --help        This text.

Example:

  docker run --rm --network none --cap-drop ALL --cap-add CHOWN --cap-add DAC_OVERRIDE \\
    --cap-add FOWNER --volume /data:/data freehold/import example.com --app static

What it does, in this order:

  1. What the app needs is there, in /data/domains/DOMAIN: it is left alone.
  2. /data/import/DOMAIN holds something, or there is an archive DOMAIN.tar, .tar.gz, .tgz, .tar.zst,
     .tar.xz, .tar.bz2 or .zip beside it: it becomes /data/domains/DOMAIN, completely or not at all.
     It belongs to the site's user afterwards. Upper case and www. make no difference in these names;
     DOMAIN with another ending is refused.
  3. Neither: the app's first state is created, or you are told what to write.

What each app needs:

${describeApps(allApps)}

Nothing is ever overwritten: where a folder of a delivery is there already, it is named and nothing
moves. The one exception is a delivery of TLS/DOMAIN.pem alone: it replaces the certificate of the
site, if it is good. A site that has its data starts in spite of a delivery that cannot be used.

An upload must be complete when the site starts: use a hidden name for it, for instance
/data/import/.DOMAIN.upload, and rename it at the end. An archive holds what the folder would, the
folder itself, or for a static site its pages, which may lie in a folder such as repo-main/ or
public_html/. Files that macOS and Windows add (._*, .DS_Store, __MACOSX, Thumbs.db) are skipped.
Symbolic links stay links and have to stay within the site; devices, sockets, pipes,
and in archives whatever would lie or lead elsewhere, are refused, and the delivery stays.

The certificate, TLS/DOMAIN.pem (chain and key), is copied to where HAProxy reads it. A bad one is
named and left out; what HAProxy had before stays in use.

Settings (environment):
  FREEHOLD_DATA               the folder of all data (/data)
  FREEHOLD_SITE_UID           the user and group of the site's files (10002)
  FREEHOLD_HAPROXY_DIR        where HAProxy's files are (runtime/haproxy in FREEHOLD_DATA)
  FREEHOLD_IMPORT_MAX_GB      how much may come out of an archive (100)
  FREEHOLD_IMPORT_MAX_FILES   how many files and folders (2000000)
  FREEHOLD_IMPORT_MAX_RATIO   how many times its own size, if that is over 100 MB (200)
  FREEHOLD_DISK_RESERVE_MB    disk that stays free for the host (5 % of it, at most 1000)

Exit codes: 0 done, 1 failed (the last line says why), 2 wrong arguments or settings.
`;
