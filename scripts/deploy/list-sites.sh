#!/usr/bin/env bash
# Lists the sites of servers in one table: 'freehold site list --on SERVER,…'. Its columns are the server and those of
# scripts/list-sites.sh.
#
#   scripts/deploy/list-sites.sh SERVER…
#
#   SERVER   HOST or USER@HOST, as for ssh, or all: the servers in ~/.config/freehold/servers
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=by-freehold.sh
source "$(dirname "${BASH_SOURCE[0]}")/by-freehold.sh"
[ $# -gt 0 ] || refuse "Missing argument: SERVER, or all. See '$0 --help'."
provide_any_command
by_freehold site list --on "$(IFS=,; echo "$*")"
