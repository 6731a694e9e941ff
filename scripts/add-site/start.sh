# shellcheck shell=bash disable=SC2154 # some variables are those of add-site.sh
# The start of a new site, up to its container. A part of add-site.sh.

# A database that was refused is tried again and again, and the site's start waits for it: not so this.
database_fails() {
  [ "$app" = wordpress ] && [ "$(systemctl show --property NRestarts --value "mysql@$domain")" -ge 2 ]
}

# The start goes on while this is asked: it has come to an end, or will not.
is_decided() {
  local job
  job=$(systemctl show --property Job --value "$1")
  [ -z "${job#0}" ] || database_fails
}

start_site() {
  local unit=$app@$domain.service
  if [ "$(unit_state "$unit")" = active ] && systemctl is-enabled --quiet "$unit" && [ -z "$1" ]; then
    say "$unit runs already."
    systemctl start "$unit" # and so discovery@, should it be stopped
    return
  fi
  say "Starting $unit, now and at each start of the host"
  systemctl enable --quiet "$unit"
  systemctl reset-failed "mysql@$domain" 2>/dev/null || true
  systemctl restart --no-block "$unit"
  until is_decided "$unit"; do sleep 0.1; done
  [ "$(unit_state "$unit")" != active ] || return 0
  local asked=("import@$domain" "$unit")
  [ "$app" != wordpress ] || asked+=("mysql@$domain")
  journalctl --no-pager --quiet --output cat --lines 15 "${asked[@]/#/--unit=}" >&2
  systemctl disable --quiet --now "$unit"
  # Its database may be cut off in the middle of a further try, which is no failure of it.
  systemctl stop "${asked[@]}"
  systemctl reset-failed "${asked[@]}" 2>/dev/null || true
  [ -z "$1" ] || put_back
  fail "$unit did not start, and is off again: above is what ${asked[*]} said last."
}
