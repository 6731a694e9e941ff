#!/bin/sh
# Has discovery.service announce or withdraw a site, and prints what it says. Run by discovery@.service.
#
#   call-discovery.sh announce|withdraw DOMAIN
set -u

address="http://discovery/$1/$2?drain=${FREEHOLD_DRAIN_SECONDS:-}"
input=/dev/null
[ "$1" = withdraw ] || input=/run/freehold/containers/$2
# Error messages of curl would only say that the call has failed, as the last line before does.
call() { curl --silent --no-buffer --unix-socket /run/freehold/discovery.sock --data-binary "@$input" "$address"; }
call
code=$?
# 52, 56: it ended just then, as nothing had been asked for a minute. The next call starts it.
case $code in 52 | 56) call; code=$? ;; esac
# 18: the answer was cut off, which is how a call fails.
case $code in
  0 | 18) ;;
  *) echo "<3>$2: discovery.service did not answer (curl's exit code is $code). See journalctl -u discovery." ;;
esac
# Where setup.sh --operator has turned certificates on, acme.path sees that this site has none yet.
requests=/data/acme/requests
if [ "$1 $code" = 'announce 0' ] && [ -d "$requests" ] && [ ! -e "/data/domains/$2/TLS/$2.pem" ]; then
  # Not by a redirection alone: one that fails, as on a full disk, ends dash, and the site would be withdrawn again.
  touch "$requests/$2" 2>/dev/null || echo "<4>$2: Cannot ask for its certificate in $requests. acme.timer obtains it later."
fi
exit "$code"
