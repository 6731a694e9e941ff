#!/usr/bin/env bash
# Makes a version that this host has the one in use: its images become the latest, /opt/freehold leads to its files,
# its setup.sh runs. If a program fails to start, or a site is not served any more, it rolls back to the previous version.
# Sites are served throughout.
#
#   scripts/host/switch-version.sh VERSION HOSTNAME
#
# A version is the folder /opt/freehold-VERSION and images freehold/NAME:VERSION. FREEHOLD_VERSION in host.env is the
# last one that came up. Called by scripts/deploy/deploy.sh; it runs to its end if that is interrupted. If the host
# itself loses power, it goes back to the version before at its next start.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=answers.sh
source "$here/answers.sh"
# shellcheck source-path=SCRIPTDIR source=health.sh
source "$here/health.sh"
# shellcheck source-path=SCRIPTDIR source=detached.sh
source "$here/detached.sh"
# shellcheck source-path=SCRIPTDIR source=unfinished.sh
source "$here/unfinished.sh"
# shellcheck source-path=SCRIPTDIR source=versions.sh
source "$here/versions.sh"

# comes_up VERSION: run again after an interruption, it does what is left. bash does not end this at its first failure.
comes_up() { tag_as_latest "$1" && lead_to "$1" && set_up "$1" && came_up "$1" && still_answer; }

# The control machine's files for this host make it a member of the cluster, or renew its certificates.
set_up() {
  local keys=/etc/freehold/deployed/cluster options=()
  [ ! -d "$keys" ] || options=(--cluster "$keys")
  "/opt/freehold-$1/scripts/setup.sh" "$name" "${options[@]}"
}

put_back() {
  if [ -z "$before" ] || [ "$before" = "$version" ] || ! is_here "$before"; then
    fail "Version $version failed to start, and there is no previous one to roll back to. The reason is above. Fix it, then deploy again."
  fi
  say "Rolling back to version $before" >&2
  comes_up "$before" || fail "Version $before did not start either; the reason is above."
  tag_databases "$before"
  end_switch
  fail "Version $version did not start. The host was rolled back to $before; sites were served throughout."
}

switch() {
  local version=$1 name=$2 before
  is_here "$version" || fail "This host has no version '$version'. It has: $(list_versions | tr '\n' ' ')"
  "$here/check-databases.sh" "$version" || exit 1
  before=$(version_before)
  [ -n "$before" ] || before=$(keep_by_hand) || fail "Cannot keep the current files and images as the version by-hand. Nothing was changed."
  note_answers
  [ "$before" = "$version" ] || begin_switch "$before"
  comes_up "$version" || put_back
  # After a loss of power from here on, the next start completes the switch instead of rolling back.
  [ "$before" = "$version" ] || begin_switch "$version"
  tag_databases "$version"
  remember "$version"
  end_switch
  forget_old "$version" "$before"
  if [ "$before" = "$version" ]; then say "Version $version was in use already."; else say "Version $version is in use."; fi
}

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -eq 2 ] || refuse "Missing arguments: VERSION and the name of this host. See '$0 --help'."
  need_root
  if [ -n "${FREEHOLD_SWITCHING:-}" ]; then switch "$@"; else detached bash "$here/switch-version.sh" "$@"; fi
}

main "$@"
