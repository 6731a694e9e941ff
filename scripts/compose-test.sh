#!/usr/bin/env bash
# Runs docker-compose.test.yml, the chain from discovery to HAProxy without systemd, and removes it afterwards. If this
# machine has no `docker compose`, it uses the one in freehold/test-tools.
#
#   scripts/compose-test.sh          needs the images of scripts/build-images.sh
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(dirname "$here")
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"

compose() {
  local command=(docker compose)
  if ! docker compose version >/dev/null 2>&1; then
    command=(docker run --rm --pull never --network none --volume /var/run/docker.sock:/var/run/docker.sock
      --volume "$repository:$repository:ro" --workdir "$repository" freehold/test-tools docker compose)
  fi
  "${command[@]}" --ansi never --file "$repository/docker-compose.test.yml" "$@"
}

remove() { compose down --volumes --timeout 2 >/dev/null 2>&1; }

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  ensure_docker
  remove
  trap remove EXIT
  say "Running docker-compose.test.yml"
  if compose up --abort-on-container-exit --exit-code-from test; then
    say "The chain works: discovery, etcd, confd, HAProxy, the site."
  else
    compose logs --no-log-prefix discovery confd haproxy || true
    fail "The chain is broken; the logs of discovery, confd and HAProxy are above."
  fi
}

main "$@"
