#!/usr/bin/env bash
# Adds a site to this host, starts it, and waits until it is served: 'freehold site add'. Run again, it completes an
# interrupted run.
#
#   scripts/add-site.sh DOMAIN [--app APP] [--from SOURCE]
#   scripts/add-site.sh DOMAIN --git 'URL [REF]' | --git - | --git-file FILE
#
#   --app APP          the app: static (the default), static-git or another app that has a unit on this host
#   --from SOURCE      imports the site's data: a folder or archive (.zip, .tar, .tar.gz, .tar.xz and the like) of its
#                      pages, or with the structure of a site's folder in /data/domains (static/www-content/,
#                      TLS/DOMAIN.pem). SOURCE itself is not changed
#   --take SOURCE      the same, but SOURCE is removed after the import. If the import fails, it stays
#   --git 'URL [REF]'  serves a git repository (--app static-git), at a branch, tag or commit; docs/how-to/publish-from-git.md.
#                      A URL with a password or token is refused here, as every user can see a command's arguments
#   --git -            reads 'URL [REF]' from standard input
#   --git-file FILE    reads 'URL [REF]' from a file
#   --dry-run          checks all of it, prints what would be done, and changes nothing
#
# The same manually: put the tree into /data/import/DOMAIN, then systemctl enable --now APP@DOMAIN
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=command-lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/command-lib.sh"
become_command site add "$@"
