#!/usr/bin/env bash
# Moves a site from one server to another: 'freehold site move', whose help says more.
#
#   scripts/deploy/move-site.sh DOMAIN FROM TO [--pause SECONDS]
#   scripts/deploy/move-site.sh DOMAIN FROM TO --forget
set -euo pipefail

if [ -n "${FREEHOLD_MOVE_SITE:-}" ]; then
  echo "The command freehold of this machine is of an older version than its scripts. Run scripts/build-images.sh cli, or 'npm ci'." >&2
  exit 1
fi
FREEHOLD_MOVE_SITE=1 exec "$(dirname "${BASH_SOURCE[0]}")/../freehold" site move --yes "$@"
