#!/bin/sh
# Answers one request of postfix-config on the control socket (see run.sh): `reload` takes the files over, if they are
# sound, and says `accepted` or `refused: WHY`. Deliveries that are under way go on; a connection keeps what it began with.
set -eu

read -r request || exit 0
case "$request" in
  reload)
    before=$(postconf -h myhostname)
    if ! why=$(/usr/lib/freehold/configure.sh 2>&1); then
      echo "refused: $why" | tr '\n' ' '
      echo
      exit 0
    fi
    # run.sh starts it again, with the new name.
    [ "$(postconf -h myhostname)" = "$before" ] || kill "$(cat /run/postsrsd.pid)"
    if kill -HUP "$(tr -d ' ' </var/spool/postfix/pid/master.pid)" 2>/dev/null; then echo accepted; else echo absent; fi
    ;;
  *) echo "refused: there is no request '$request'" ;;
esac
