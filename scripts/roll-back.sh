#!/usr/bin/env bash
# Serves another commit of a git site, at once: the previous one, or COMMIT. The site stays at it until somebody pushes a new
# commit, which is published as always.
#
#   scripts/roll-back.sh DOMAIN [COMMIT]
#
#   COMMIT  a complete commit id; without it, the commit that was served before the current one
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
      -*) refuse "Unknown option '$1'. See '$0 --help'." ;;
      *) if [ -z "$domain" ]; then domain=$1; elif [ -z "$commit" ]; then commit=$1; else refuse "Unexpected argument '$1'. See '$0 --help'."; fi ;;
    esac
    shift
  done
  check_domain "$domain"
  need_root
  check_host
  [ -n "$(commit_of www-content)" ] || fail "$domain is not a git site that this host has served."
  commit=${commit:-$(commit_of previous)}
  [ -n "$commit" ] || fail "$domain has had only one commit so far. To choose another one, see '$0 --help'."
  by_gitpuller "$domain" --to "$commit" || fail "$domain still serves $(commit_of www-content)."
}

main "$@"
