# shellcheck shell=bash disable=SC2154 # some variables are those of move-site.sh
# The steps of a site's move, each one call of a server. A part of move-site.sh.

at_from() { on "$from" "$on_host/host/move-from.sh" "$domain" "$@" </dev/null; }
at_to() { on "$to" "$on_host/host/move-to.sh" "$domain" "$@"; }

# Before its pause: nothing stays of what was made ready for the move.
abandon() {
  trap - INT TERM
  say "$1" >&2
  at_from resume >/dev/null || say "$from was not reached: a useless note stays there until this is run again." >&2
  at_to discard </dev/null || say "$to keeps a useless copy: run this again." >&2
  fail "$domain was not moved; it goes on at $from as if nothing had been. Why is said above."
}

# While it runs, twice if the first time took long: so the last difference is small.
copy() {
  local begun=$EPOCHSECONDS
  say "Copying $domain to $to while it runs"
  at_from copy | at_to receive || abandon "$domain was not copied."
  ((EPOCHSECONDS - begun < 20)) || at_from copy-again | at_to receive || abandon "$domain was not copied."
  at_from mail | at_to take-mail || abandon "The mail routes of $domain were not copied."
}

undo() {
  trap - INT TERM
  say "The move failed: $domain goes on at $from" >&2
  at_from resume || say "$from was not reached: the site starts there by itself, $pause s after it was stopped." >&2
  at_to discard </dev/null || say "$to keeps a useless copy: run this again." >&2
  fail "$domain was not moved; why is said above."
}

# Nobody knows whether it has been given up, if that was cut off. So what is at its new place stays until it is known.
undo_if_kept() {
  trap - INT TERM
  if [ "$(at_from state)" = "site $app" ] && at_from resume; then
    at_to discard </dev/null || say "$to keeps a useless copy: run this again." >&2
    fail "$domain was not moved, and goes on at $from; why is said above."
  fi
  fail "It is not known whether $domain is at $from or at $to: run this again, which finds out and goes on from there."
}

# From here on it is theirs; whatever is cut off now, the next run does.
announce() { at_to announce </dev/null || fail "$domain is at $to now, but the move is not finished: run this again."; }

move() {
  local app=$1 described kilobytes status mariadb known_by begun
  described=$(at_from describe) || fail "Nothing was changed."
  read -r kilobytes status mariadb known_by <<<"$described"
  at_to check "$app" "$kilobytes" "$status" "$mariadb" </dev/null || fail "$domain stays at $from; why is said above."
  trap 'abandon "Interrupted."' INT TERM
  # shellcheck disable=SC2086 # two words
  at_to begin "$app" "$status" $known_by </dev/null || abandon "$to could not be made ready."
  copy
  still_held || abandon "The connection was lost."
  say "Stopping $domain at $from for the last difference"
  begun=${EPOCHREALTIME/[.,]/}
  trap undo INT TERM
  at_from copy-last "$pause" | at_to take-over || undo
  still_held || undo
  trap undo_if_kept INT TERM
  at_from give || undo_if_kept
  trap - INT TERM
  announce
  say "It is served by $to, $(((${EPOCHREALTIME/[.,]/} - begun) / 1000)) ms after its stop began"
  leave
  finish
}

# It has been given up; whatever was cut off after that is done now.
complete() {
  announce
  leave
  finish
}

leave() { at_from leave || fail "$domain is served by $to, but $from is not done with it: run this again."; }

finish() {
  local where
  where=$(at_to finish </dev/null) || fail "$domain is at $to, but the move is not finished there: run this again."
  if [ "$where" = together ]; then
    say "$domain is at $to, and served by every member of the cluster."
  else
    say "$domain is at $to. Let DNS lead there; then: $0 $domain $from $to --forget"
  fi
}
