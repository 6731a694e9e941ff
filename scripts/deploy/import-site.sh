#!/usr/bin/env bash
# Sends the data of a site to /data/import on a server, where the site's next start imports it. The upload has a hidden
# name until it is complete. A TLS/DOMAIN.pem alone replaces the certificate of an existing site.
#
#   scripts/deploy/import-site.sh SERVER DOMAIN PATH [--app APP]
#
#   SERVER     HOST or USER@HOST, as for ssh
#   PATH       a folder of pages, or a folder or archive (.zip, .tar, .tar.gz, .tar.xz and the like) of the tree that a site's folder
#              in /data/domains has; docs/how-to/import-a-site.md
#   --app APP  the app of the site, if not static. A folder without static/ or TLS/ is then sent as it is
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=servers.sh
source "$here/servers.sh"
# shellcheck source-path=SCRIPTDIR source=delivery.sh
source "$here/delivery.sh"

main() {
  local words=() app=static server domain path
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --app) need_value "$@"; app=$2; shift ;;
      -*) refuse "Unknown option '$1'. See '$0 --help'." ;;
      *) words+=("$1") ;;
    esac
    shift
  done
  [ ${#words[@]} -eq 3 ] || refuse "Missing arguments: SERVER DOMAIN PATH. See '$0 --help'."
  server=${words[0]} domain=${words[1]} path=${words[2]}
  check_server "$server"
  check_domain "$domain"
  check_source "$path"
  send_data import
}

main "$@"
