#!/usr/bin/env bash
# Moves a site from one server to another: 'freehold site move', whose help says more.
#
#   scripts/deploy/move-site.sh DOMAIN FROM TO [--pause SECONDS]
#   scripts/deploy/move-site.sh DOMAIN FROM TO --forget
#
#   --pause SECONDS  the site starts again at FROM if it is not at TO this long after it was stopped (120)
#   --forget         later, when DNS leads to TO: FROM forgets the site
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
if [ -n "${from_move_site:-}" ]; then
  echo "The command freehold of this machine is of an older version than its scripts. Run scripts/build-images.sh cli, or 'npm ci'." >&2
  exit 1
fi
from_move_site=1 exec "$(dirname "${BASH_SOURCE[0]}")/../freehold" site move --yes "$@"
