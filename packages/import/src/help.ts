import { allApps } from './all-apps.ts';
import { describeApps } from './describe-apps.ts';

export const help = `
import: makes sure that a site's data exists before the site starts.

Usage: import DOMAIN --app APP [--app APP ...] | DOMAIN --required-by FILE | DOMAIN --certificate

  --app APP         The site app to prepare: ${allApps.map(({ name }) => name).join(', ')}.
  --required-by FILE  Finds the app among the names of units in a file, or on standard input (-),
                    separated by white space.
  --certificate     Only passes the domain's certificate on to HAProxy.
  -h, --help        Prints this help.

Example:

  docker run --rm --network none --cap-drop ALL --cap-add CHOWN --cap-add DAC_OVERRIDE \\
    --cap-add FOWNER --volume /data:/data freehold/import example.com --app static

What it does, in this order:

  1. If the app's data exists in /data/domains/DOMAIN, it is kept as it is.
  2. Otherwise, an upload becomes /data/domains/DOMAIN atomically: a non-empty folder
     /data/import/DOMAIN, or an archive DOMAIN.tar, .tar.gz, .tgz, .tar.zst, .tar.xz, .tar.bz2 or .zip
     beside it. Its files then belong to the site's user. Upper case and www. make no difference in
     these names; DOMAIN with another ending is refused.
  3. Without either, the app's first state is created, or an error explains which file to write.

What each app needs:

${describeApps(allApps)}

Nothing is ever overwritten: if a folder of an upload exists already, it is reported and nothing
moves. The one exception is an upload of TLS/DOMAIN.pem alone: it replaces the certificate of the
site if it is valid. A site that has its data starts in spite of an invalid upload.

An upload must be complete when the site starts: use a hidden name for it, for instance
/data/import/.DOMAIN.upload, and rename it at the end. An archive contains the content of the
folder, the folder itself, or for a static site its pages, which may be in a folder such as
repo-main/ or public_html/. Files that macOS and Windows add (._*, .DS_Store, __MACOSX, Thumbs.db) are skipped.
Symbolic links stay links and must stay within the site. Devices, sockets, pipes, and paths or links
that lead elsewhere are refused, and the upload stays in place.

The certificate, TLS/DOMAIN.pem (chain and key), is copied to where HAProxy reads it. A bad one is
reported and skipped, and the previous one stays in use.

Settings (environment):
  FREEHOLD_DATA               the folder of all data (/data)
  FREEHOLD_SITE_UID           the user and group of the site's files (10002)
  FREEHOLD_HAPROXY_DIR        where HAProxy's files are (runtime/haproxy in FREEHOLD_DATA)
  FREEHOLD_IMPORT_MAX_GB      the maximum unpacked size of an archive (100)
  FREEHOLD_IMPORT_MAX_FILES   its maximum number of files and folders (2000000)
  FREEHOLD_IMPORT_MAX_RATIO   its maximum unpacked size relative to its own,
                              checked above 100 MB (200)
  FREEHOLD_DISK_RESERVE_MB    the disk space reserved for the host (5 % of the disk,
                              at most 1000)

Exit codes: 0 success, 1 failure (the last line states the reason), 2 invalid arguments or settings.
`;
