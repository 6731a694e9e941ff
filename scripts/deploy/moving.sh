# shellcheck shell=bash disable=SC2154 # some variables are those of move-site.sh
# The steps of a site's move, each one call of a server. A part of move-site.sh.

at_from() { on "$from" "$on_host/host/move-from.sh" "$domain" "$@" </dev/null; }
at_to() { on "$to" "$on_host/host/move-to.sh" "$domain" "$@"; }

# While it runs, twice if the first time took long: so the last difference is small.
copy() {
  local begun=$EPOCHSECONDS
  say "Copying $domain to $to while it runs"
  at_from copy | at_to receive || fail "$domain was not copied; it goes on at $from as if nothing had been. Run this again."
  ((EPOCHSECONDS - begun < 20)) || at_from copy-again | at_to receive || fail "$domain was not copied; run this again."
  at_from mail | at_to take-mail || fail "The mail routes of $domain were not copied; it goes on at $from. Run this again."
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
  # shellcheck disable=SC2086 # two words
  at_to begin "$app" "$status" $known_by </dev/null || fail "$domain stays at $from; run this again."
  copy
  say "Stopping $domain at $from for the last difference"
  begun=${EPOCHREALTIME/[.,]/}
  trap undo INT TERM
  at_from copy-last "$pause" | at_to take-over || undo
  trap undo_if_kept INT TERM
  at_from give || undo_if_kept
  trap - INT TERM
  announce
  say "It is served by $to, $(((${EPOCHREALTIME/[.,]/} - begun) / 1000)) ms after its stop began"
  at_from leave
  finish
}

# It has been given up; whatever was cut off after that is done now.
complete() {
  announce
  at_from leave
  finish
}

finish() {
  local where
  where=$(at_to finish </dev/null)
  if [ "$where" = together ]; then
    say "$domain is at $to, and served by every member of the cluster."
  else
    say "$domain is at $to. Let DNS lead there; then: $0 $domain $from $to --forget"
  fi
}
