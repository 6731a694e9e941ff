# shellcheck shell=bash
# Scripts here that are commands of 'freehold' become it. To be sourced, not run.

deploy_scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(dirname "$(dirname "$deploy_scripts")")
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$deploy_scripts/../lib.sh"

# by_freehold WORD …: a command of an older version would call the script again.
by_freehold() {
  if [ -n "${FREEHOLD_CALLED_BY:-}" ]; then
    echo "The command freehold of this machine is of an older version than its scripts. Run scripts/build-images.sh cli, or 'npm ci'." >&2
    exit 1
  fi
  FREEHOLD_CALLED_BY=$0 exec "$deploy_scripts/../freehold" "$@"
}

has_image() { docker image inspect "$1" >/dev/null 2>&1; }
has_sources() { [ -d "$checkout/node_modules/commander" ]; }
commit_of_checkout() { git -C "$checkout" rev-parse --quiet --short=10 --verify HEAD 2>/dev/null; }

# provide_own_command yes|no: the command of this commit, where it does not run from the sources: the latest image may be of
# the commit before. With no, nothing is built if there is an image.
provide_own_command() {
  local commit
  if has_sources; then return; fi
  ensure_docker
  if ! commit=$(commit_of_checkout); then
    [ "$1" = yes ] || return 0
    fail "$checkout is not a git checkout, so it has no version to deploy."
  fi
  if ! has_image "freehold/cli:$commit"; then
    if [ "$1" = no ] && has_image freehold/cli; then return; fi
    [ -z "$(git -C "$checkout" status --porcelain --untracked-files=no)" ] \
      || fail "$checkout has uncommitted changes, of which only a part would be deployed. Commit them first."
    "$deploy_scripts/../build-images.sh" --no-sizes cli
    docker tag freehold/cli:latest "freehold/cli:$commit"
  fi
  export FREEHOLD_CLI_IMAGE=freehold/cli:$commit
}

# provide_any_command: for commands that also have to work in an emergency. It installs no Docker, and builds the image only
# if there is no program at all.
provide_any_command() {
  local commit
  if has_sources; then return; fi
  if commit=$(commit_of_checkout) && has_image "freehold/cli:$commit"; then
    export FREEHOLD_CLI_IMAGE=freehold/cli:$commit
    return
  fi
  if has_image freehold/cli || [ -x /var/lib/freehold/programs/cli/usr/bin/node ] || ! docker_answers; then return; fi
  "$deploy_scripts/../build-images.sh" --no-sizes cli >&2
}
