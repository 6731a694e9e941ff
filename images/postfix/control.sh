#!/bin/sh
# Answers one request of postfix-config on the control socket (see run.sh), or one given as an argument; in that case it fails
# unless the answer is `accepted`.
#   reload    loads the files, if they are valid: `accepted`, or `refused: WHY`. If only main.cf.local is invalid, its
#             previous content stays in use, and the forwards are loaded: `accepted but for main.cf.local: WHY`.
#             Deliveries in progress continue, and a connection keeps the configuration with which it began.
#   forwards  prints the current table
set -eu

# The process id of Postfix's master, while it runs.
master() {
  pid=$(tr -d ' ' </var/spool/postfix/pid/master.pid 2>/dev/null) && kill -0 "$pid" 2>/dev/null && echo "$pid"
}

# One at a time: postfix-config and `systemctl reload` may call at once. The lock of a killed process is ignored.
take_turn() {
  until ln -s $$ /run/reload.lock 2>/dev/null; do
    kill -0 "$(readlink /run/reload.lock)" 2>/dev/null || rm -f /run/reload.lock
    sleep 0.1
  done
  trap 'rm -f /run/reload.lock' EXIT
}

# configure [FILE]: whether Postfix's files are in place. If not, `why` contains the reason.
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
  # Nothing has changed now, but a run that changed it before may have been killed before it notified Postfix.
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
    *) echo "refused: unknown request '$1'" ;;
  esac
}

if [ $# -gt 0 ]; then
  reply=$(answer "$1")
  echo "$reply"
  [ "$reply" = accepted ]
else
  read -r request || exit 0
  answer "$request"
fi
