#!/usr/bin/env bash
# The end of a site's move that it comes to. Called by 'freehold site move' of a control machine, step by step; the work is
# done by the command freehold of this host (packages/cli/src/move).
#
#   scripts/host/move-to.sh DOMAIN state                         'site APP', 'none', 'unfinished', 'leaving' (it is
#                                                                moved away), or 'ready HOST': it has come from there and
#                                                                has answered here, and is to be announced
#   scripts/host/move-to.sh DOMAIN hold [WHO]                    'held': until standard input ends, or nothing comes for
#                                                                30 s, no other run can move it, and nobody can deploy;
#                                                                then it is discarded unless it is ready
#   scripts/host/move-to.sh DOMAIN check APP KB STATUS DB        whether it can come here; changes nothing
#   scripts/host/move-to.sh DOMAIN begin APP STATUS HOST BOOT    makes ready for it; HOST is where it is
#   scripts/host/move-to.sh DOMAIN receive                       its copy, or what has changed, from standard input
#   scripts/host/move-to.sh DOMAIN take-mail                     its mail forwards, from standard input
#   scripts/host/move-to.sh DOMAIN take-over                     the last difference; then it starts, and has to answer
#   scripts/host/move-to.sh DOMAIN announce                      it is served, now at the latest
#   scripts/host/move-to.sh DOMAIN discard                       nothing of it stays here
#   scripts/host/move-to.sh DOMAIN finish                        it is this host's. 'together' if HOST has the same etcd,
#                                                                else 'apart'
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
exec "$(dirname "${BASH_SOURCE[0]}")/../freehold" move-step to "$@"
