#!/bin/sh
# Answers one request of postfix-config on the control socket (see run.sh), or one that is an argument; then it fails
# where the answer is no `accepted`.
#   reload    takes the files over, if they are sound: `accepted`, or `refused: WHY`. Where only main.cf.local is not, what
#             it had before counts on, and forwards do not wait for it to be mended: `accepted but for main.cf.local: WHY`.
#             Deliveries that are under way go on, and a connection keeps what it began with.
#   forwards  the table that is in force
set -eu

# The id of Postfix's master, for as long as it runs.
master() {
  pid=$(tr -d ' ' </var/spool/postfix/pid/master.pid 2>/dev/null) && kill -0 "$pid" 2>/dev/null && echo "$pid"
}

# One at a time: postfix-config and `systemctl reload` may ask together. The lock of one that was killed does not count.
take_turn() {
  until ln -s $$ /run/reload.lock 2>/dev/null; do
    kill -0 "$(readlink /run/reload.lock)" 2>/dev/null || rm -f /run/reload.lock
    sleep 0.1
  done
  trap 'rm -f /run/reload.lock' EXIT
}

# configure [FILE]: whether what Postfix is to read is in place. If not, `why` says why.
configure() {
  status=0
  why=$(/usr/lib/freehold/configure.sh "$@" 2>&1) || status=$?
  [ "$status" -eq 0 ] || [ "$status" -eq 3 ]
}

reload() {
  answer=accepted
  if ! configure; then
    refusal=$(echo "$why" | tr '\n' ' ')
    if [ ! -e /run/postfix.settings ] || ! configure /run/postfix.settings; then echo "refused: $refusal"; return; fi
    answer="accepted but for main.cf.local: $refusal"
  fi
  # Where nothing has changed: whoever changed it before may have been killed before he told Postfix.
  if [ "$status" -eq 3 ] && [ ! -e /run/reload.due ]; then echo "$answer"; return; fi
  # run.sh starts it again, with the new name.
  [ "$(postconf -h myhostname)" = "$(cat /run/postsrsd.name)" ] || kill "$(cat /run/postsrsd.pid)" || true
  if ! pid=$(master) || ! kill -HUP "$pid"; then echo "Postfix has ended"; return; fi
  rm -f /run/reload.due
  echo "$answer"
}

answer() {
  case "$1" in
    reload) take_turn; reload ;;
    forwards) cat /run/postfix/forwards ;;
    *) echo "refused: there is no request '$1'" ;;
  esac
}

if [ $# -gt 0 ]; then
  said=$(answer "$1")
  echo "$said"
  [ "$said" = accepted ]
else
  read -r request || exit 0
  answer "$request"
fi
