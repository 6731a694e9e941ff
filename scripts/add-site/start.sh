# shellcheck shell=bash disable=SC2154 # some variables are those of add-site.sh
# The start of a new site, up to its container. A part of add-site.sh.

# Whether the start has ended, or has failed and will be retried. It continues in the meantime.
is_decided() {
  local job
  job=$(systemctl show --property Job --value "$1")
  [ -z "${job#0}" ] || systemctl is-active --quiet "retry@${1%.service}.timer"
}

start_site() {
  local unit=$app@$domain.service
  if [ "$(unit_state "$unit")" = active ] && systemctl is-enabled --quiet "$unit" && [ -z "$1" ]; then
    say "$unit is running already."
    systemctl start --no-block "discovery@$domain" # should it be stopped
    return
  fi
  if [ -e /run/freehold/booting ]; then
    say "Waiting until the host has started"
    wait_for 300 test ! -e /run/freehold/booting
  fi
  say "Starting $unit, now and at each start of the host"
  systemctl enable --quiet "$unit"
  systemctl stop "retry@$app@$domain.timer"
  systemctl restart --no-block "$unit"
  until is_decided "$unit"; do sleep 0.1; done
  [ "$(unit_state "$unit")" != active ] || return 0
  local asked
  mapfile -t asked < <(needed_units "$unit")
  asked+=("$unit")
  journalctl --no-pager --quiet --output cat --lines 15 "${asked[@]/#/--unit=}" >&2
  systemctl disable --quiet --now "$unit"
  # A database may be cut off in the middle of a further try, which is no failure of it.
  systemctl stop "${asked[@]}"
  systemctl reset-failed "${asked[@]}" 2>/dev/null || true
  [ -z "$1" ] || put_back
  fail "$unit did not start and is disabled again. The last messages of ${asked[*]} are above."
}
