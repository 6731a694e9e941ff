#!/bin/sh
# Whether acme has something to do: exit code 0, else 1. Run by acme.service, in place of a program that would only look.
# Requests of new sites are taken over: acme removes them when it knows the sites (acme.path would start it again for ever).
set -u

home=/data/acme
# On a member of a cluster haproxy-confd puts a file here when the others have changed something.
woken=/run/freehold/acme

has_requests() { [ -n "$(find "$home/asked" "$home/requests" -type f -print -quit 2>/dev/null)" ]; }

# Half a day ahead at most: another time was written by a clock that was wrong.
is_time() {
  next=$(cat "$home/next" 2>/dev/null) || return 0
  case "$next" in '' | *[!0-9]*) return 0 ;; esac
  now=$(date +%s)
  [ "$next" -le "$now" ] || [ "$next" -gt $((now + 46800)) ]
}

# From then on it is due until a run has written when it is the next time.
# Whatever is in the folder goes: what stayed would have acme.path start this without a pause.
if [ -n "$(find "$woken" -mindepth 1 -print -quit 2>/dev/null)" ]; then
  rm -f "$home/next"
  find "$woken" -mindepth 1 -delete
fi
has_requests || is_time || exit 1
# What stays in requests/ would have acme.path start this without a pause. The run that begins now looks at all sites anyway.
mkdir -p "$home/asked" 2>/dev/null
find "$home/requests" -type f -exec mv -t "$home/asked" {} + || find "$home/requests" -type f -delete
exit 0
