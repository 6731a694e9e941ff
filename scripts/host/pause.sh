#!/bin/sh
# Waits before a further start of a unit that ends again and again: longer each time, up to SECONDS. The first step of units
# with Restart=always. RestartSteps= does not replace this: before systemd 254 it is unknown, and its delay stays long after
# a few failures, even if the unit runs for months between two of them.
#
#   pause.sh UNIT SECONDS
set -eu

# A unit that has run for so long, in seconds, begins with the shortest delay again.
steady=120

# delay_after RESTARTS MOST: none, then 1, 2, 4, 8, …
delay_after() {
  seconds=0
  left=$1
  while [ "$left" -gt 1 ] && [ "$seconds" -lt "$2" ]; do
    seconds=$((seconds * 2))
    [ "$seconds" -gt 0 ] || seconds=1
    left=$((left - 1))
  done
  [ "$seconds" -le "$2" ] || seconds=$2
  echo "$seconds"
}

main() {
  notes=/run/freehold/restarts
  mkdir -p "$notes"
  # Without manual ones.
  restarts=$(systemctl show --property NRestarts --value "$1")
  read -r now _ </proc/uptime
  now=${now%.*}
  # When it was started last, and how many restarts were before the present series.
  read -r last before 2>/dev/null <"$notes/$1" || last=0 before=0
  if [ "$restarts" -lt "$before" ]; then before=0; fi
  if [ $((now - last)) -ge "$steady" ] && [ "$restarts" -gt 0 ]; then before=$((restarts - 1)); fi
  delay=$(delay_after $((restarts - before)) "$2")
  echo "$((now + delay)) $before" >"$notes/$1"
  [ "$delay" -gt 0 ] || return 0
  echo "$1 has ended $((restarts - before)) times in a row. It starts in $delay s."
  exec sleep "$delay"
}

main "$@"
