#!/bin/sh
# Starts Postfix as soon as postfix-config has written the first configuration, with postsrsd and the control socket
# beside it. When Postfix's master ends, this ends; the other two are started again.
set -eu

data=/data/runtime/postfix
queue=/var/spool/postfix

wait_for_files() {
  for file in hostname destinations forwards certificates srs-secret; do
    [ -e "$data/$file" ] || echo "<5>waiting for postfix-config to write $data/$file"
    while [ ! -e "$data/$file" ]; do sleep 0.2; done
  done
}

# own MODE USER:GROUP FOLDER: there is no FOWNER here, so a mode is given while the folder is root's.
own() {
  mkdir -p "$3" && chown 0:0 "$3" && chmod "$1" "$3" && chown "$2" "$3"
}

# As `postfix check` would make it. What a killed Postfix left of its sockets goes.
make_queue() {
  own 755 0:0 "$queue"
  own 755 0:0 "$queue/pid"
  own 700 10025:0 /run/postfix-state
  for folder in active bounce corrupt defer deferred flush hold incoming private saved trace; do
    own 700 10025:0 "$queue/$folder"
  done
  own 1730 10025:10027 "$queue/maildrop"
  own 710 10025:10027 "$queue/public"
  rm -f "$queue"/private/* "$queue"/public/* "$queue"/pid/master.pid
}

keep_postsrsd() {
  while :; do
    # The domain is read anew: a reload may have changed it. Six characters of hash are 36^6 guesses.
    /usr/sbin/postsrsd -4 -s "$data/srs-secret" -d "$(postconf -h myhostname)" -n 6 -N 6 -u postsrsd &
    echo $! >/run/postsrsd.pid
    wait $! || true
    sleep 0.2
  done
}

keep_control() {
  while :; do
    rm -f /run/control/control.sock
    socat -t 30 UNIX-LISTEN:/run/control/control.sock,fork,mode=666 EXEC:/usr/lib/freehold/control.sh || true
    sleep 0.2
  done
}

main() {
  trap 'exit 0' TERM INT
  wait_for_files
  until why=$(/usr/lib/freehold/configure.sh 2>&1); do
    echo "<3>Postfix cannot start on the files in $data: $why"
    sleep 2
  done
  make_queue
  keep_postsrsd &
  keep_control &
  /usr/lib/postfix/sbin/master -s &
  master=$!
  trap 'kill $master' TERM INT
  while kill -0 $master 2>/dev/null; do wait $master || status=$?; done
  exit "${status:-0}"
}

main
