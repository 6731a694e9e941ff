#!/usr/bin/env bash
# Restores sites from a backup on standard input: their data (by import), their units' settings and their mail forwards; without
# DOMAIN also the operator's settings. It overwrites nothing, and reports what it skips. Run again after an interruption, it does
# the rest. Called by 'freehold server restore' of a control machine; what 'freehold server back-up' writes is its input.
#
#   scripts/host/restore.sh [--elsewhere DOMAIN=SERVER …] [--even-so] [DOMAIN …] <FILE
#
#   --elsewhere DOMAIN=SERVER  the control machine found the site on another server: it is not restored
#   --even-so                  also restores sites that other hosts with the same etcd have
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=own-program.sh
source "$(dirname "${BASH_SOURCE[0]}")/own-program.sh"
become_own_program restore-backup "$@"
