#!/usr/bin/env bash
# Removes a site from this host: stops it and removes it from etcd and HAProxy, so that its name answers 404. The data of the
# site's owner stays, unless --delete-data is given. The last lines list what is left and how to remove it. Run again, it
# completes an interrupted run.
#
#   scripts/remove-site.sh DOMAIN [--delete-data]
#
#   --delete-data  also deletes /data/domains/DOMAIN, uploads in /data/import, copies of moves in /data/moved, and
#                  settings of the site's own units (APP@DOMAIN.service.d). Mail forwards stay, as they belong to the domain
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=host-lib.sh
source "$here/host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=remove-site/leftovers.sh
source "$here/remove-site/leftovers.sh"

# The database is in /data/runtime, which is deleted, so it is dumped to the owner's folder first.
# Nobody writes to it any more by then.
save_database() {
  local app
  app=$(database_of "$domain")
  [ -n "$app" ] || return 0
  "$here/dump-site.sh" "$domain" \
    || fail "$domain is stopped, but not removed, because its database would be lost. Fix the problem above and run this again" \
      "(systemctl enable --now $app@$domain starts the site again), or add --delete-data."
}

# The units of every app are asked, so that nothing is left of one that the domain had before.
stop_units() {
  local app unit
  for app in "${site_apps[@]}"; do
    unit=$app@$domain.service
    if [ "$(unit_state "$unit")" = inactive ] && ! systemctl is-enabled --quiet "$unit" 2>/dev/null; then continue; fi
    say "Stopping and disabling $unit"
    systemctl disable --quiet --now "$unit" || fail "$unit does not stop. See systemctl status $unit."
    systemctl reset-failed "$unit" 2>/dev/null || true
  done
  local around
  mapfile -t around < <(for app in "${site_apps[@]}"; do instances_of Units "$app" "$domain"; done)
  around+=("discovery@$domain" "import@$domain" "certificate@$domain.path" "certificate@$domain" "retry-on-change@$domain.path")
  around+=("dump@$domain.timer" "dump@$domain" "acme@$domain")
  systemctl disable --quiet "dump@$domain.timer" 2>/dev/null || true
  systemctl stop "${around[@]}"
  systemctl reset-failed "${around[@]}" 2>/dev/null || true
}

remove_containers() {
  docker ps --all --quiet --filter "label=freehold.site=$domain" | xargs --no-run-if-empty docker rm --force >/dev/null
  # Those of units that accompany it, as of a database.
  words_of Units | sed -n "s/@\.service\$/_$domain/p" | xargs docker rm --force >/dev/null 2>&1 || true
}

forget() {
  say "Removing $domain from etcd, and thereby from HAProxy"
  by_discovery withdraw "$domain" --forget \
    || fail "Cannot reach etcd, so the name answers 503 and not 404 yet. Run this again when etcd runs."
}

# Of a symbolic link only the link: it may lead anywhere.
delete() {
  local path
  for path in "$@"; do
    [ -e "$path" ] || [ -L "$path" ] || continue
    [ ! -L "$path" ] || linked+=("$(readlink --canonicalize-missing "$path")")
    say "Deleting $path"
    rm -rf "$path"
  done
}

# What is nobody's but the site's.
delete_data() {
  local waiting settings moved
  mapfile -t waiting < <(deliveries "$domain")
  mapfile -t settings < <(unit_settings "$domain")
  mapfile -t moved < <(moved_data)
  # Of an interrupted add-site.sh.
  waiting+=("/data/import/.add-$domain" "${archive_endings[@]/#//data/import/.add-$domain}")
  delete "/data/domains/$domain" "${waiting[@]}" "${moved[@]}" "/data/restoring/begun/$domain" "${settings[@]}"
  [ ${#settings[@]} -eq 0 ] || systemctl daemon-reload
}

# Its backend may stay in HAProxy, empty, until the next reload: what counts is that no name leads there.
is_unknown() { [ "$(edge_status "$domain")" = 404 ]; }

leave_edge() {
  delete "$certificates/$domain.pem"
  wait_for 15 is_unknown || say "HAProxy still knows $domain. See journalctl -u haproxy-confd." >&2
}

main() {
  local domain='' data=keep elsewhere linked=()
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --delete-data) data=delete ;;
      -*) refuse "Unknown option '$1'. See '$0 --help'." ;;
      *) [ -z "$domain" ] || refuse "Unexpected argument '$1': only one domain at a time. See '$0 --help'."; domain=$1 ;;
    esac
    shift
  done
  check_domain "$domain"
  need_root
  check_host
  stop_units
  [ "$data" = delete ] || save_database
  remove_containers
  forget
  delete "/data/runtime/domains/$domain" "/data/runtime/import/$domain.prepared" "/run/freehold/senders/$domain"
  rm -f "/run/freehold/"{containers,drain,import}"/$domain" "/data/acme/sites/$domain.json" "/data/acme/"{status,requests,asked}"/$domain"
  [ "$data" = keep ] || delete_data
  # Visitors of this host are still shown its certificate.
  elsewhere=$(other_hosts "$domain" | tr '\n' ' ')
  if [ -n "$elsewhere" ]; then say "$domain still runs at ${elsewhere% }, to which this host proxies its visitors."; else leave_edge; fi
  report_leftovers
}

main "$@"
