#!/usr/bin/env bash
# Turns this bare server (Debian 12 or newer, Ubuntu 22.04 or newer) into a host for sites. Run again, it changes only
# differences, and keeps your changes in /etc/freehold/host.env and /etc/default/etcd.
#
#   scripts/setup.sh HOSTNAME [--operator MAIL] [--images FILE] [--cluster FOLDER] [--edge-only] [--print]
#
#   HOSTNAME       this host's name, unique among your hosts, e.g. h1.example.com
#   --operator MAIL  turns on automatic certificates, as from Let's Encrypt, and accepts the CA's terms: docs/how-to/get-certificates.md.
#                  The same as FREEHOLD_OPERATOR=MAIL in host.env
#   --images FILE  freehold's images, saved by scripts/build-images.sh --output FILE. By default, images that Docker has
#                  already are used, else freehold-images.tar or .tar.zst in or beside this folder, else they are built
#   --cluster FOLDER  makes this host a member of a cluster: the folder that scripts/cluster/issue.sh created for it
#                  (docs/how-to/make-a-cluster.md). It remains a member; given again, this installs renewed certificates and new members
#   --edge-only    sets up Docker, etcd and HAProxy only, and needs only the images of these and of static sites. Run again
#                  without it for mail and all other apps; on a host that has these already it changes nothing about them
#   --print        prints the commands that remain to be done here, each with its reason, and changes nothing. Root is not needed,
#                  but without it images and rules that are there may not be seen. Type them as root, or: bash -eu FILE.
#                  Not for --cluster
#
# Afterwards: freehold help, or scripts/add-site.sh, list-sites.sh and remove-site.sh, from this same folder.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for the steps
repository=$(dirname "$here")
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=host-lib.sh
source "$here/host-lib.sh"
for part in change checks sites-network packages files member-settings cluster etcd docker images programs command bridge units certificates mail elsewhere firewall steps; do
  # shellcheck source=/dev/null
  source "$here/setup/$part.sh"
done

# shellcheck disable=SC2154 # main's variables
start_printing() {
  [ -z "$cluster" ] || refuse "Cannot print the commands for --cluster, because they depend on the state of the other members." \
    "Set up this host without --cluster, then run setup.sh $name --cluster $cluster."
  # shellcheck source-path=SCRIPTDIR source=setup/print.sh
  source "$here/setup/print.sh"
}

main() {
  local name='' archive='' cluster='' operator='' edge_only=no printing=no wanted=("${images[@]}")
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --operator) need_value "$@"; operator=$2; shift ;;
      --images) need_value "$@"; archive=$2; shift ;;
      --cluster) need_value "$@"; cluster=$2; shift ;;
      --edge-only) edge_only=yes wanted=("${edge_images[@]}") ;;
      --print) printing=yes ;;
      -*) refuse "Unknown option '$1'. See 'setup.sh --help'." ;;
      *) [ -z "$name" ] || refuse "Unexpected argument '$1'. See 'setup.sh --help'."; name=$1 ;;
    esac
    shift
  done
  check_name "$name"
  check_archive "$archive"
  if [ "$printing" = yes ]; then start_printing; fi
  check_machine
  [ "$printing" = no ] || print_header
  prepare_machine
  install_freehold
  start_services
  [ "$printing" = no ] || return 0
  if [ "$edge_only" = yes ]; then
    say "$name serves static sites now. For mail and all other apps, run this again without --edge-only."
    return
  fi
  warn_of_firewall
  warn_of_short_name "$name"
  say "$name is a host now. Next: $here/add-site.sh example.com (and $here/list-sites.sh to list all sites)."
}

main "$@"
