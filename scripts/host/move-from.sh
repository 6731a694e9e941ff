#!/usr/bin/env bash
# The end of a site's move that it leaves. Called by 'freehold site move' of a control machine, step by step; the work is
# done by the command freehold of this host (packages/cli/src/move).
#
#   scripts/host/move-from.sh DOMAIN state           'site APP', 'given APP' (it has left, and cleaning up is not done),
#                                                    'arriving' (it is just being moved here), 'none'
#   scripts/host/move-from.sh DOMAIN hold [WHO]      'held': until standard input ends, or nothing comes for 30 s, no other
#                                                    run can move it, and nobody can deploy; then it is as if there had been
#                                                    no run, unless it was given up. WHO is for the message to others
#   scripts/host/move-from.sh DOMAIN describe        KILOBYTES STATUS DATABASE HOST BOOT
#   scripts/host/move-from.sh DOMAIN mail            its mail forwards, key and value in lines
#   scripts/host/move-from.sh DOMAIN copy            all of it to standard output, while it runs
#   scripts/host/move-from.sh DOMAIN copy-again      what has changed since, while it runs
#   scripts/host/move-from.sh DOMAIN copy-last SECS  stops it, then the same. It restarts automatically after SECS
#   scripts/host/move-from.sh DOMAIN resume          it stays here after all
#   scripts/host/move-from.sh DOMAIN give            from now on it is the other host's: it does not start here again
#   scripts/host/move-from.sh DOMAIN leave           its data is put aside
#   scripts/host/move-from.sh DOMAIN forget          its name answers 404 here, and its mail is not taken any more
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
exec "$(dirname "${BASH_SOURCE[0]}")/../freehold" move-step from "$@"
