#!/usr/bin/env bash
# Serves another commit of a git site, at once: the one before, or one that you name. It stays until the repository's
# branch moves on; what is pushed after that is published as always.
#
#   scripts/roll-back.sh DOMAIN [COMMIT]
#
#   COMMIT  a whole commit id; without it, what was served before the present one
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=host-lib.sh
source "$here/host-lib.sh"

# The commit behind a link in the site's folder, named by its worktree: COMMIT or COMMIT-2.
commit_of() { readlink "/data/runtime/domains/$domain/static-git/$1" 2>/dev/null | sed 's,.*/,,; s,-.*,,' || true; }

main() {
  local domain='' commit=''
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      -*) refuse "'$1' is no option; see --help." ;;
      *) if [ -z "$domain" ]; then domain=$1; elif [ -z "$commit" ]; then commit=$1; else refuse "'$1' is too much; see --help."; fi ;;
    esac
    shift
  done
  check_domain "$domain"
  need_root
  check_host
  [ -n "$(commit_of www-content)" ] || fail "$domain is no git site that was served here yet."
  commit=${commit:-$(commit_of previous)}
  [ -n "$commit" ] || fail "$domain has had one commit only so far; see --help on how to name another."
  by_gitpuller "$domain" --to "$commit" || fail "$domain still serves $(commit_of www-content)."
}

main "$@"
