#!/usr/bin/env bash
# All tests in one command, on any Linux machine with Debian's or Ubuntu's tools: installs what is missing, builds
# everything, and runs the tests from the smallest to those on a whole throw-away host. Stops at the first stage that
# fails, and says how to run that one alone.
#
#   scripts/test.sh [--quick] [--keep]
#
#   --quick  without Docker: lint, types, build, unit and integration tests. Needs HAProxy 3.0 or newer, or the image
#            freehold/haproxy
#   --keep   leaves the throw-away host of the last tests up, the container freehold-e2e, to look around in
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
cd "$here/.."

export TURBO_TELEMETRY_DISABLED=1

# stage TITLE COMMAND …
stage() {
  local title=$1 begun=$EPOCHSECONDS
  shift
  printf '\n'
  say "--- $title"
  "$@" </dev/null || fail "This failed after $((EPOCHSECONDS - begun)) s: $title. To run it alone: $*"
}

install_tools() {
  ensure_command npm npm
  ensure_command etcd etcd-server
  ensure_command etcdctl etcd-client
  ensure_command ssh openssh-client
  ensure_command /usr/sbin/sshd openssh-server
  local tool
  for tool in bzip2 curl git openssl shellcheck strace swaks zip zstd; do ensure_command "$tool" "$tool"; done
  ensure_command xz xz-utils
  ensure_command bsdtar libarchive-tools
  # Ubuntu has it as a snap only: there, the tests that look at pages with it are skipped, and say so.
  if grep -q '^ID=debian' /etc/os-release; then ensure_command chromium chromium fonts-dejavu-core; fi
}

# There is one throw-away host, so one run of this at a time. What an earlier one that was cut off has left is removed.
prepare_host() {
  local left
  exec 9>/tmp/freehold-e2e.lock
  flock --nonblock 9 || { say "Another run has the throw-away host: waiting for it to end"; flock 9; }
  left=$(docker ps --all --quiet --filter 'name=^/freehold-e2e')
  # shellcheck disable=SC2086 # a list of ids
  [ -z "$left" ] || docker rm --force --volumes $left >/dev/null
  left=$(docker network ls --quiet --filter 'name=^freehold-e2e')
  # shellcheck disable=SC2086 # a list of ids
  [ -z "$left" ] || docker network rm $left >/dev/null
}

has_haproxy() {
  haproxy -v 2>/dev/null | grep -Eq 'version ([3-9]|[1-9][0-9])\.' && return
  docker image inspect freehold/haproxy >/dev/null 2>&1
}

test_code() {
  stage "What npm installs" npm ci --no-audit --no-fund
  # npm 9, as Debian has it, leaves commands out that lie in optional packages, as Node's own does here.
  [ -e node_modules/.bin/node ] || stage "Commands of what npm has installed" npm rebuild --ignore-scripts
  stage "Lint" npm run lint
  stage "Types" npm run check-types
  stage "Build" npm run build
  stage "Shell scripts" shellcheck --external-sources .ci/run scripts/*.sh scripts/*/*.sh images/*.sh images/*/*.sh packages/e2e/src/*.sh
}

main() {
  local quick=no
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --quick) quick=yes ;;
      --keep) export FREEHOLD_E2E_KEEP=1 ;;
      *) refuse "'$1' is no option; see --help." ;;
    esac
    shift
  done
  install_tools
  test_code
  if [ "$quick" = yes ]; then
    has_haproxy || fail "Here is neither HAProxy 3.0 nor the image freehold/haproxy: scripts/build-images.sh haproxy makes it."
    stage "Unit and integration tests" npm test
    say "All of the quick tests pass."
    return
  fi
  ensure_docker
  stage "Images" scripts/build-images.sh
  stage "Unit and integration tests" npm test
  stage "The chain by compose" scripts/compose-test.sh
  prepare_host
  stage "A whole host" npm run e2e --workspace packages/e2e
  say "All tests pass."
}

main "$@"
