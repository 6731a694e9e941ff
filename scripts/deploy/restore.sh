#!/usr/bin/env bash
# Restores sites from a file of scripts/deploy/back-up.sh, to their former server, set up again by deploy.sh, or to another
# one. It overwrites nothing on the server, and reports what it skips. A site that now lives on another server is not
# restored: all servers in ~/.config/freehold/servers, and all hosts of the same cluster, are asked. Run again, it
# completes an interrupted run. These are 'freehold server restore' and, with DOMAIN, 'freehold site restore'.
#
#   scripts/deploy/restore.sh SERVER FILE [DOMAIN …] [--even-so] [--dry-run]
#   scripts/deploy/restore.sh FILE --list
#
#   SERVER    HOST or USER@HOST, as for ssh
#   DOMAIN …  only these sites, with their mail forwards. Without it, all sites and the host's settings
#   --even-so restores sites that live on other servers too, and asks none
#   --dry-run prints what would be restored, and changes nothing
#   --list    lists the sites in the file, each with its app
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=by-freehold.sh
source "$(dirname "${BASH_SOURCE[0]}")/by-freehold.sh"

provide_any_command
if [ "${2:-}" = --list ]; then by_freehold server restore --list "$1"; fi
words=0
for word in "$@"; do [[ $word == -* ]] || words=$((words + 1)); done
if [ "$words" -gt 2 ]; then by_freehold site restore "$@"; fi
by_freehold server restore "$@"
