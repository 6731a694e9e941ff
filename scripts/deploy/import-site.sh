#!/usr/bin/env bash
# Sends the data of a site to a server, into /data/import, from where the site's next start brings it in: what is sent
# has a hidden name until it is whole. A lone TLS/DOMAIN.pem replaces the certificate of a site that is there.
#
#   scripts/deploy/import-site.sh SERVER DOMAIN PATH [--app APP]
#
#   SERVER     HOST or USER@HOST, as ssh takes it
#   PATH       a folder of pages, or a folder or archive (.zip, .tar, .tar.gz, .tar.xz and the like) of the tree that a site's folder
#              in /data/domains has; docs/how-to/import-a-site.md
#   --app APP  what it is to be, if not static: a folder without static/ or TLS/ is then taken as it is
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=../add-site/check.sh
source "$here/../add-site/check.sh"
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
      -*) refuse "'$1' is no option; see --help." ;;
      *) words+=("$1") ;;
    esac
    shift
  done
  [ ${#words[@]} -eq 3 ] || refuse "Tell the server, the domain and the path; see --help."
  server=${words[0]} domain=${words[1]} path=${words[2]}
  check_server "$server"
  check_domain "$domain"
  check_source "$path"
  send_data import
}

main "$@"
