#!/bin/sh
# Starts Postfix as soon as postfix-config has written its first configuration, with postsrsd and the control socket
# beside it. When Postfix's master ends, this ends; the other two are restarted.
set -eu

data=/data/runtime/postfix
queue=/var/spool/postfix

wait_for_files() {
  for file in hostname destinations forwards certificates srs-secret; do
    [ -e "$data/$file" ] || echo "<5>waiting for postfix-config to write $data/$file"
    while [ ! -e "$data/$file" ]; do sleep 0.2; done
  done
}

# own MODE USER:GROUP FOLDER: without CAP_FOWNER, the mode must be set while the folder belongs to root.
own() {
  mkdir -p "$3" && chown 0:0 "$3" && chmod "$1" "$3" && chown "$2" "$3"
}

# The same folders as `postfix check` would create. Removes the sockets that a killed Postfix left.
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
    # The domain is read again: a reload may have changed it. Six characters of hash take 36^6 guesses.
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

# A mistake in main.cf.local must not prevent the start. The other settings there stay: without
# its relayhost, for example, mail would bounce.
skip_mistakes() {
  : >/run/settings.sound
  /usr/lib/freehold/configure.sh /run/settings.sound >/dev/null 2>&1 || return 1
  while read -r line || [ -n "$line" ]; do
    case "$line" in '' | '#'*) continue ;; esac
    { cat /run/settings.sound; echo "$line"; } >/run/settings.tried
    status=0
    why=$(/usr/lib/freehold/configure.sh /run/settings.tried 2>&1) || status=$?
    case "$status" in
      0 | 3) mv /run/settings.tried /run/settings.sound ;;
      *) echo "<3>Postfix starts without a line of $data/main.cf.local, until it is corrected: '$line': $why" ;;
    esac
  done <"$data/main.cf.local"
}

configure() {
  until why=$(/usr/lib/freehold/configure.sh 2>&1); do
    [ ! -e "$data/main.cf.local" ] || ! skip_mistakes || break
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
  # It ended on request.
  [ -z "${stopped:-}" ] || exit 0
  exit "${status:-0}"
}

main
