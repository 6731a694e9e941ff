#!/usr/bin/env bash
# Sends the data of a site to /data/import on a server, where the site's next start imports it. The upload has a hidden
# name until it is complete. A TLS/DOMAIN.pem alone replaces the certificate of an existing site. This is
# 'freehold server import'.
#
#   scripts/deploy/import-site.sh SERVER DOMAIN PATH [--app APP] [--dry-run]
#
#   SERVER     HOST or USER@HOST, as for ssh
#   PATH       a folder of pages, or a folder or archive (.zip, .tar, .tar.gz, .tar.xz and the like) of the tree that a site's folder
#              in /data/domains has; docs/how-to/import-a-site.md
#   --app APP  the app of the site, if not static. A folder without static/ or TLS/ is then sent as it is
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=by-freehold.sh
source "$(dirname "${BASH_SOURCE[0]}")/by-freehold.sh"

provide_any_command
by_freehold server import "$@"
