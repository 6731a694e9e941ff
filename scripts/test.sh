#!/usr/bin/env bash
# Runs all tests with one command, on Debian or Ubuntu: installs missing packages, builds everything, and runs the tests from
# the smallest to those on whole throw-away hosts. Every stage and every file runs, even after failures. At the end it prints
# the seconds of each test file and lists all failures.
#
#   scripts/test.sh [--all] [--quick] [--keep] [--changed[=REVISION]] [--release RELEASE] [PATTERN …]
#
#   --all      also runs the long drills (files *.drill.ts; CONTRIBUTING.md lists them)
#   --quick    without Docker: lint, types, build, unit and integration tests. Needs HAProxy 3.0 or newer, or the image
#              freehold/haproxy
#   --keep     leaves the throw-away hosts running (containers freehold-e2e…), for inspection
#   --changed  runs only the tests that a change since REVISION (HEAD unless given) can affect, and lists the others
#   --release  runs only tests on hosts, on hosts with another release of Debian, such as bookworm
#   PATTERN    runs only the test files, drills among them, whose path contains one of the patterns
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
cd "$here/.."

export TURBO_TELEMETRY_DISABLED=1

# The commands that the tests need, each with the package that has it where that is named otherwise.
tools=(
  npm etcd=etcd-server etcdctl=etcd-client ssh=openssh-client /usr/sbin/sshd=openssh-server bzip2 curl git openssl shellcheck
  strace swaks zip zstd xz=xz-utils pebble bsdtar=libarchive-tools
)

install_tools() {
  local tool missing=()
  # Ubuntu has it as a snap only: there, the tests that look at pages with it are skipped and report that.
  if grep -q '^ID=debian' /etc/os-release; then tools+=(chromium); fi
  for tool in "${tools[@]}"; do command -v "${tool%=*}" >/dev/null || missing+=("${tool#*=}"); done
  case " ${missing[*]} " in *' chromium '*) missing+=(fonts-dejavu-core) ;; esac
  if [ "${#missing[@]}" -gt 0 ]; then quietly "Installing ${missing[*]}" apt_install "${missing[@]}"; fi
}

# npm 9, the version in Debian, omits commands of optional packages, such as Node's here.
install_npm_packages() {
  quietly "Installing npm packages" npm ci --no-audit --no-fund
  [ -e node_modules/.bin/node ] || quietly "Linking the commands of npm packages" npm rebuild --ignore-scripts
}

# Only those of the tests: their names begin with freehold-e2e.
remove_hosts() {
  local left
  left=$(docker ps --all --quiet --filter 'name=^/freehold-e2e')
  # shellcheck disable=SC2086 # a list of ids
  [ -z "$left" ] || docker rm --force --volumes $left >/dev/null
  left=$(docker network ls --quiet --filter 'name=^freehold-e2e')
  # shellcheck disable=SC2086 # a list of ids
  [ -z "$left" ] || docker network rm $left >/dev/null
  left=$(docker volume ls --quiet --filter 'name=^freehold-e2e')
  # shellcheck disable=SC2086 # a list of names
  [ -z "$left" ] || docker volume rm $left >/dev/null
}

# The throw-away hosts have fixed names, so only one run at a time. An interrupted run may have left some.
prepare_docker() {
  ensure_docker
  exec 9>/tmp/freehold-e2e.lock
  flock --nonblock 9 || { say "Another run uses the throw-away hosts: waiting until it ends"; flock 9; }
  remove_hosts
}

has_haproxy() {
  haproxy -v 2>/dev/null | grep -Eq 'version ([3-9]|[1-9][0-9])\.' && return
  docker image inspect freehold/haproxy >/dev/null 2>&1
}

main() {
  local argument quick=no keep=no options=() status=0
  for argument; do
    case "$argument" in
      --help) print_help "$0"; return ;;
      --keep) keep=yes; continue ;;
      --quick) quick=yes ;;
    esac
    options+=("$argument")
  done
  install_tools
  install_npm_packages
  if [ "$quick" = no ]; then
    prepare_docker
  elif ! has_haproxy; then
    fail "The tests need HAProxy 3.0 or the image freehold/haproxy, but this machine has neither. To build the image: scripts/build-images.sh haproxy"
  fi
  [ "$keep" = no ] || export FREEHOLD_E2E_KEEP=1
  node_modules/.bin/node packages/testing/src/run/main.ts "${options[@]}" || status=$?
  if [ "$quick" = no ] && [ "$keep" = no ]; then remove_hosts; fi
  return "$status"
}

main "$@"
