# shellcheck shell=bash disable=SC2154 # some variables are those of deploy.sh
# Only one control machine deploys to a server at a time; the server ensures that. A part of deploy.sh.

has_answered() { grep --quiet --line-regexp held "$notes/held-$1" || ! kill -0 "$2" 2>/dev/null; }

# hold SERVER: fails if somebody else deploys to it, or moves a site to or from it. It lasts until release, or the end of
# this run; a connection that is lost without a word counts for 30 s more.
hold() {
  local run=$BASHPID who
  who="$(id -un)@$(uname -n), since $(date +'%F %T %Z')"
  : >"$notes/holding-$1"
  while [ -e "$notes/holding-$1" ] && kill -0 "$run" && echo; do sleep 1; done 2>/dev/null \
    | on "$1" bash -c "$(cat "$repository/scripts/host/hold-for-deploy.sh")" hold-for-deploy "$who" >"$notes/held-$1" 2>&1 &
  wait_for 60 has_answered "$1" $! || true
  ! grep --quiet --line-regexp held "$notes/held-$1" || return 0
  cat "$notes/held-$1" >&2
  fail "Nothing was changed on $1."
}

# while_held COMMAND SERVER: the command, and its exit code.
while_held() {
  local code=0
  hold "$2" || return
  "$1" "$2" || code=$?
  rm "$notes/holding-$2"
  return "$code"
}
