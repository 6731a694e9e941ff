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
  own 700 10026:0 "$queue/kept-senders"
  rm -f "$queue"/private/* "$queue"/public/* "$queue"/pid/master.pid
}

keep_postsrsd() {
  while :; do
    # The domain is read anew: a reload may have changed it. Six characters of hash are 36^6 guesses.
    name=$(postconf -h myhostname)
    /usr/sbin/postsrsd -4 -s "$data/srs-secret" -d "$name" -n 6 -N 6 -u postsrsd &
    echo $! >/run/postsrsd.pid
    echo "$name" >/run/postsrsd.name
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

# A mistake in main.cf.local is not to keep mail from being taken after a restart. What else is set there stays: without
# its relayhost mail would come back to its senders.
leave_out_mistakes() {
  : >/run/settings.sound
  /usr/lib/freehold/configure.sh /run/settings.sound >/dev/null 2>&1 || return 1
  while read -r line || [ -n "$line" ]; do
    case "$line" in '' | '#'*) continue ;; esac
    { cat /run/settings.sound; echo "$line"; } >/run/settings.tried
    status=0
    why=$(/usr/lib/freehold/configure.sh /run/settings.tried 2>&1) || status=$?
    case "$status" in
      0 | 3) mv /run/settings.tried /run/settings.sound ;;
      *) echo "<3>Postfix starts without a line of $data/main.cf.local, until it is mended: '$line': $why" ;;
    esac
  done <"$data/main.cf.local"
}

configure() {
  until why=$(/usr/lib/freehold/configure.sh 2>&1); do
    [ ! -e "$data/main.cf.local" ] || ! leave_out_mistakes || break
    echo "<3>Postfix cannot start on the files in $data: $why"
    sleep 2
  done
  cat /run/postfix/notes 2>/dev/null || true
  # It reads all of it when it starts.
  rm -f /run/reload.due
}

main() {
  trap 'exit 0' TERM INT
  wait_for_files
  configure
  make_queue
  keep_postsrsd &
  keep_control &
  /usr/lib/postfix/sbin/master -s &
  master=$!
  trap 'stopped=yes; kill $master' TERM INT
  while kill -0 $master 2>/dev/null; do wait $master || status=$?; done
  # It was asked to end, and has.
  [ -z "${stopped:-}" ] || exit 0
  exit "${status:-0}"
}

main
