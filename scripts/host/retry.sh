#!/usr/bin/env bash
# A further try of a unit that has failed, and what its journal says about it.
#
#   retry.sh UNIT               UNIT without .service, as in static@example.com: its turn has come (retry@UNIT.timer)
#   retry.sh --changed DOMAIN   something has changed that may help the units of DOMAIN that are down
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../apps-lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/apps-lib.sh"

# A unit that has run for so long, in seconds, is no longer tried again: a later failure begins again with the shortest delay.
steady=120
# How many units are tried at the same time.
turns=$(($(nproc) * 2))

property() { systemctl show --property "$1" --value "$2"; }
now() { local seconds _; read -r seconds _ </proc/uptime; echo "${seconds%.*}"; }
# since PROPERTY UNIT: for how many seconds.
since() { echo $(($(now) - $(property "$1" "$2") / 1000000)); }

# in_turn COMMAND …: waits for the others, but no longer than a minute: a first clone may take an hour.
in_turn() {
  local turn
  mkdir -p /run/freehold/turns
  for ((turn = 0; turn < turns; turn++)); do
    exec 8>"/run/freehold/turns/$turn"
    if flock --nonblock 8; then "$@" 8>&-; return; fi
  done
  flock --timeout 60 8 || true
  "$@" 8>&-
}

# Whatever stands below is watched only while the unit is down, as a try itself changes files there.
watch() { [ "$domain" = "$unit" ] || systemctl "$1" --no-block "retry-on-change@$domain.path"; }

# The seconds until the next try, from the delays in the timer.
next_delay() {
  local passed delay
  passed=$(since ActiveEnterTimestampMonotonic "retry@$unit.timer")
  while read -r delay; do
    if ((delay > passed)); then echo $((delay - passed)); return; fi
  done < <(sed -n 's/^OnActiveSec=\([0-9]*\)s$/\1/p' /etc/systemd/system/retry@.timer)
  sed -n 's/^OnUnitActiveSec=\([0-9]*\)s$/\1/p' /etc/systemd/system/retry@.timer
}

# The last line that a unit's own program or container has printed, without its priority.
last_words() {
  journalctl --quiet --no-pager --output cat --lines 1 "_SYSTEMD_UNIT=$1.service" + "OBJECT_SYSTEMD_UNIT=$1.service" "_COMM=dockerd" \
    2>/dev/null | tail -n 1 | cut -c 1-400
}

# What has failed: a unit that this one needs, or itself.
failed_unit() {
  local one
  for one in $(needed_units "$unit"); do
    if systemctl is-failed --quiet "$one"; then echo "${one%.service}"; return; fi
  done
  echo "$unit"
}

# note PRIORITY MESSAGE: in the journal of the unit, where systemctl status shows it.
note() {
  logger --journald <<<"SYSLOG_IDENTIFIER=retry
PRIORITY=$1
OBJECT_SYSTEMD_UNIT=$unit.service
MESSAGE=$2"
}

explain() {
  local failed delay changes=''
  failed=$(failed_unit)
  delay=$(next_delay)
  [ "$domain" = "$unit" ] || changes=', and soon after a change of its files or of /data/import'
  note 4 "It is down, because $failed has failed: $(last_words "$failed") It is retried at $(date --date "+$delay seconds" +%T)$changes."
}

# Whether the units that require this one, if there are any, are all down: each has tries of its own, which include this.
is_left_to_others() {
  local one dependents
  dependents=$(property RequiredBy "$unit.service")
  [ -n "$dependents" ] || return
  for one in $dependents; do
    [[ $one == *@"$domain".service ]] || return
    if systemctl is-active --quiet "$one"; then return 1; fi
  done
}

# Whether the domain is another app's, which runs or is to: this one would take the domain over once that is down.
is_another_apps() {
  local app
  { read -r app <"/data/runtime/import/$domain.prepared"; } 2>/dev/null || return
  [[ " ${site_apps[*]} " == *" ${unit%@*} "* && $app != "${unit%@*}" ]] || return
  systemctl is-enabled --quiet "$app@$domain" 2>/dev/null || systemctl is-active --quiet "$app@$domain"
}

# It has failed while it was to be stopped.
is_stopped() { rm "/run/freehold/stopped/$unit" 2>/dev/null; }

give_up() { systemctl stop --no-block "retry@$unit.timer"; }

# A program of the unit that a stop has cut off counts as failed.
forget_failure() {
  watch stop
  systemctl reset-failed "$unit.service" 2>/dev/null || true
  give_up
}

try_unit() {
  # It may have been stopped meanwhile.
  systemctl is-active --quiet "retry@$unit.timer" || return 0
  watch stop
  # A stop that is asked for at this moment goes before.
  if ! systemctl start --job-mode fail "$unit.service" 2>/dev/null; then explain; return; fi
  # A condition of the unit is not met, or it is a unit that exits.
  systemctl is-active --quiet "$unit.service" || give_up
}

take_turn() {
  case "$(property ActiveState "$unit.service")" in
    active)
      if (($(since ActiveEnterTimestampMonotonic "$unit.service") >= steady)); then
        give_up
        watch stop
      fi
      ;;
    activating | deactivating | reloading) ;;
    *)
      if is_stopped; then
        forget_failure
      elif is_left_to_others || is_another_apps; then
        give_up
      else
        in_turn try_unit
      fi
      ;;
  esac
}

# Only if it concerns this domain: /data/import is that of all.
has_changed() {
  [ -n "$(find /data/import/ "/data/domains/$domain" -maxdepth 2 -cmin -1 \
    \( -path "/data/domains/*" -o -iname "*$domain*" -o -path "*$domain*" \) -print -quit 2>/dev/null)" ]
}

# What is written together is taken together.
changed() {
  local timer timers
  sleep 2
  has_changed || return 0
  timers=$(systemctl list-units --plain --no-legend --state active "retry@*@$domain.timer" | awk '{ print $1 }')
  for timer in $timers; do
    # Its first try is soon. Of a unit that is being stopped, the timer waits for its own stop, which a restart must not cancel.
    systemctl restart --job-mode=fail "$timer" 2>/dev/null || true
  done
}

if [ "$1" = --changed ]; then
  domain=$2
  changed
else
  unit=$1
  domain=${unit#*@}
  take_turn
fi
