#!/usr/bin/env bash
# Runs a command on servers, on all at once, as root: 'freehold server run'. Each line of what it says has its server
# before it.
#
#   scripts/deploy/run.sh SERVER… -- COMMAND …
#
#   SERVER   HOST or USER@HOST, as for ssh, or all: the servers in ~/.config/freehold/servers
#   COMMAND  a program and its arguments; for pipes and the like: bash -c '…'
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=by-freehold.sh
source "$(dirname "${BASH_SOURCE[0]}")/by-freehold.sh"
provide_any_command
by_freehold server run "$@"
