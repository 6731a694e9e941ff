#!/usr/bin/env bash
# Removes a site from a server: 'freehold site remove --on SERVER'. The site's data stays, unless --delete-data is given.
#
#   scripts/deploy/remove-site.sh SERVER DOMAIN [--delete-data] [--dry-run]
#
#   SERVER         HOST or USER@HOST, as for ssh
#   --delete-data  also deletes its data, uploads, copies of moves, and settings of its units
#   --dry-run      prints what would be stopped and deleted, and changes nothing
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=by-freehold.sh
source "$(dirname "${BASH_SOURCE[0]}")/by-freehold.sh"
[ $# -ge 2 ] || refuse "Missing arguments: SERVER DOMAIN. See '$0 --help'."
provide_any_command
by_freehold site remove --yes --on "$@"
