#!/usr/bin/env bash
# Sends the data of a site to a server, into /data/import, from where the site's next start brings it in: what is sent
# has a hidden name until it is whole. A lone TLS/DOMAIN.pem replaces the certificate of a site that is there.
#
#   scripts/deploy/import-site.sh SERVER DOMAIN PATH [--app APP]
#
#   SERVER     HOST or USER@HOST, as ssh takes it
#   PATH       a folder of pages, or a folder or archive (.tar, .tar.gz, .tar.zst) of the tree that a site's folder
#              in /data/domains has; docs/moving-in.md
#   --app APP  what it is to be, if not static: a folder without static/ or TLS/ is then taken as it is
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=../add-site/delivery.sh
source "$here/../add-site/delivery.sh"
# shellcheck source-path=SCRIPTDIR source=servers.sh
source "$here/servers.sh"

receive() { on "$server" "$on_host/host/receive-delivery.sh" "$domain" "$@"; }

# pack PREFIX: what is cut off on its way has no such end as .whole, and is thrown away there.
pack() {
  local code=0
  : >"$notes/.whole"
  tar --create --owner 0 --group 0 --numeric-owner --transform "s,^\.,$1,SH" --directory "$path" . \
    --transform "s,^$1/\.whole\$,./.whole," --directory "$notes" ./.whole || code=$?
  # What tar says with 1: files changed while it read them, as those of a site that is served may.
  [ "$code" = 1 ] || return "$code"
  : >"$notes/changed"
}

send_folder() {
  local prefix=.
  if [ "$app" = static ] && is_pages "$path"; then prefix=./static/www-content; fi
  pack "$prefix" | receive folder
  [ ! -e "$notes/changed" ] || say "Files changed while they were read, tar says above which: each was sent as it was just" \
    "then. If one of them may be no good so, take /data/import/$domain on $server away, and run this again." >&2
}

main() {
  local words=() app=static server domain path git=''
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
  if [ -f "$path" ]; then
    local kind size
    kind=$(archive_kind "$path") size=$(stat --format %s "$path")
    [ -n "$kind" ] || refuse "'$path' is neither a folder nor an archive that import knows: .tar, .tar.gz or .tar.zst."
    say "Sending $path to $server"
    receive "$kind" "$size" <"$path"
  else
    check_folder "$path"
    say "Sending $path to $server"
    send_folder
  fi
}

main "$@"
