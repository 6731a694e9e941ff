#!/usr/bin/env bash
# Removes a site from this host: 'freehold site remove'. It stops the site and removes it from etcd and HAProxy, so that its
# name answers 404. The data of the site's owner stays, unless --delete-data is given. The last lines list what is left and
# how to remove it. Run again, it completes an interrupted run.
#
#   scripts/remove-site.sh DOMAIN [--delete-data] [--dry-run]
#
#   --delete-data  also deletes /data/domains/DOMAIN, uploads in /data/import, copies of moves in /data/moved, and
#                  settings of the site's own units (APP@DOMAIN.service.d). Mail forwards stay, as they belong to the domain
#   --dry-run      prints what would be stopped and deleted, and changes nothing
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=command-lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/command-lib.sh"
become_command site remove --yes "$@"
