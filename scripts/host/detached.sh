# shellcheck shell=bash
# Commands that run to their end even if the connection is lost. A part of switch-version.sh and join-cluster.sh.

# detached COMMAND …: as a unit of its own, whose name is the lock too; what it says is passed on while somebody listens.
detached() {
  local log code=0
  log=$(mktemp --tmpdir=/run freehold-switch.XXXXXX)
  systemd-run --quiet --unit freehold-switch --collect --wait --property "StandardOutput=append:$log" \
    --setenv "FREEHOLD_STARTED=$FREEHOLD_STARTED" --setenv FREEHOLD_SWITCHING=1 "$@" 2>"$log.refused" &
  tail --follow --lines +1 --sleep-interval 0.2 --pid $! "$log" &
  wait %1 || code=$?
  wait
  if grep --quiet 'already' "$log.refused"; then
    rm -f "$log"*
    fail "Another deploy is switching this host's version. Run this again when it has ended."
  fi
  cat "$log.refused" >&2
  rm -f "$log"*
  return "$code"
}
