#!/usr/bin/env bash
# Serves another commit of a git site, at once: 'freehold site roll-back'. It is the previous one, or COMMIT. The site stays at
# it until somebody pushes a new commit, which is published as always.
#
#   scripts/roll-back.sh DOMAIN [COMMIT]
#
#   COMMIT  a complete commit id; without it, the commit that was served before the current one
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=command-lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/command-lib.sh"
become_command site roll-back "$@"
