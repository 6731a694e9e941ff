#!/usr/bin/env bash
# Makes a bare server able to take freehold's images: checks what scripts/setup.sh checks, installs its packages, starts
# Docker. A server that has been set up is left alone. Called by scripts/deploy/deploy.sh before it sends the images.
#
#   scripts/host/prepare.sh HOSTNAME
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/host-lib.sh"
for part in change checks sites-network packages docker; do
  # shellcheck source=/dev/null
  source "$here/setup/$part.sh"
done

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  check_name "${1:-}"
  need_root
  check_known_name "$1"
  if [ -f "$host_env" ] && docker_answers; then return; fi
  check_system
  check_snaps
  ensure_iproute
  check_ipv4
  check_sites_network
  check_ports 80 443 25 587
  install_packages
  start_docker
}

main "$@"
