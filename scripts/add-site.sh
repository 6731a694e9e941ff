#!/usr/bin/env bash
# Adds a site to this host, starts it, and waits until it is served. Run again, it does what is left to do.
#
#   scripts/add-site.sh DOMAIN [--app APP] [--from FOLDER]
#
#   --app APP      what the site is: static (the default) or another app that has a unit on this host
#   --from FOLDER  brings the site's data in: either its pages, or the tree that a site's folder in /data/domains has
#                  (static/www-content/, TLS/DOMAIN.pem). FOLDER itself stays as it is
#
# The same by hand: put the tree into /data/import/DOMAIN, then systemctl enable --now static@DOMAIN
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=host-lib.sh
source "$here/host-lib.sh"

check_app() {
  local other
  [[ " ${site_apps[*]} " == *" $1 "* && -f /etc/systemd/system/$1@.service ]] \
    || refuse "'$1' is no app that this host knows; see ls /etc/systemd/system/*@.service."
  for other in "${site_apps[@]}"; do
    if [ "$other" = "$1" ] || ! systemctl is-enabled --quiet "$other@$domain" 2>/dev/null; then continue; fi
    refuse "$domain is a $other site already: remove it first ($here/remove-site.sh $domain keeps its data)."
  done
}

check_from() {
  [ -n "$1" ] || return 0
  [ -d "$1" ] || refuse "There is no folder '$1' to bring data from."
  [ -n "$(ls -A "$1")" ] || refuse "The folder '$1' is empty."
  if [ "$app" = static ] && is_pages "$1" && [ -e "$1/TLS/$domain.pem" ]; then
    refuse "The folder '$1' has both pages and a key, which would be published with them: put the pages into" \
      "$1/static/www-content."
  fi
  [ ! -e "/data/import/$domain" ] || fail "/data/import/$domain waits to be imported already: start the site, or take that away."
  [ ! -e "/data/domains/$domain/$app" ] || fail "$domain has data in /data/domains/$domain/$app, and an import changes" \
    "nothing there. Change the files in place, or remove the site with --delete-data first."
}

# A tree has the folders that import knows; pages alone become one, and may well have a folder named static.
is_pages() { [ -e "$1/index.html" ] || [ -e "$1/index.htm" ] || ! { [ -d "$1/static/www-content" ] || [ -d "$1/TLS" ]; }; }

# Beside its place first, so that import never finds half of it.
bring_data() {
  local source=$1 target="/data/import/$domain" partial="/data/import/.$domain.$$" into
  into=$partial
  if [ "$app" = static ] && is_pages "$source"; then into=$partial/static/www-content; fi
  say "Copying $source to $target, from where the site's start imports it"
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$partial'" EXIT
  mkdir -p "$into"
  cp --recursive --preserve=mode,timestamps,links "$source/." "$into/" || fail "$source was not copied whole: nothing is imported."
  mv --no-target-directory "$partial" "$target"
}

# What import refused would keep the next run from bringing something better. Its source is as it was.
take_back_refused_data() {
  local delivery=/data/import/$domain
  [ -e "$delivery" ] && [ "$(unit_state "import@$domain")" = failed ] || return 0
  [[ $(systemctl show --property ExecMainStatus --value "import@$domain") == [12] ]] || return 0
  rm -rf "$delivery"
  say "$delivery is taken away again. Once the data is as import wants it, run this again." >&2
}

# A new site has no backend of its own name in its first seconds, and some front pages are 404: either will do.
is_served() { [[ $(edge_status "$domain") == [23]* || $(edge_check "$domain") == UP* ]]; }

start_site() {
  local unit=$app@$domain.service
  if [ "$(unit_state "$unit")" = active ] && systemctl is-enabled --quiet "$unit" && [ -z "$1" ]; then
    say "$unit runs already."
    systemctl start "$unit" # and so discovery@, should it be stopped
    return
  fi
  say "Starting $unit, now and at each start of the host"
  systemctl enable --quiet "$unit"
  systemctl restart "$unit" 2>/dev/null && return
  journalctl --no-pager --quiet --output cat --lines 10 --unit "import@$domain" --unit "$unit" >&2
  [ -z "$1" ] || take_back_refused_data
  fail "$unit did not start: above is what it and import@$domain said last."
}

wait_until_served() {
  wait_for 90 is_served && return
  journalctl --no-pager --quiet --output cat --lines 10 --unit "discovery@$domain" --unit haproxy-confd >&2
  fail "$domain is not served after 90 s: above is what discovery@$domain and haproxy-confd said last."
}

main() {
  local domain='' app=static from=''
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --app) need_value "$@"; app=$2; shift ;;
      --from) need_value "$@"; from=$2; shift ;;
      -*) refuse "'$1' is no option; see --help." ;;
      *) [ -z "$domain" ] || refuse "One domain at a time, but there is '$domain' and '$1'."; domain=$1 ;;
    esac
    shift
  done
  check_domain "$domain"
  need_root
  check_host
  check_app "$app"
  check_from "$from"
  [ -z "$from" ] || bring_data "$from"
  start_site "$from"
  wait_until_served
  if [ -f "$certificates/$domain.pem" ]; then say "Served: https://$domain/"; else say "Served: http://$domain/"; fi
}

main "$@"
