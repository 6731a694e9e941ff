# shellcheck shell=bash disable=SC2154 # some variables are those of move-site.sh
# One run at a time moves a site, from whichever jump box: the hosts see to that. A part of move-site.sh.

# Both hosts let one run at a time move a site. Each hears of this one every few seconds, for as long as it lives.
hold() {
  local server=$1 script=$2
  while kill -0 $$ && echo; do sleep 3; done 2>/dev/null 6>&- \
    | on "$server" "$on_host/host/$script" "$domain" hold >"$notes/$script" 2>&1 6>&- &
  holding+=("$!")
}

is_held() { grep --quiet --line-regexp held "$notes/$1"; }

has_answered() { is_held "$1" || ! kill -0 "$2"; }

hold_both() {
  local end
  hold "$from" move-from.sh
  hold "$to" move-to.sh
  for end in 0:move-from.sh 1:move-to.sh; do
    wait_for 250 has_answered "${end#*:}" "${holding[${end%:*}]}" || true
    ! is_held "${end#*:}" || continue
    cat "$notes/${end#*:}" >&2
    fail "$domain is not moved. Nothing was changed."
  done
}

# A connection that was lost may come again, but another run may have begun meanwhile.
still_held() { kill -0 "${holding[0]}" 2>/dev/null && kill -0 "${holding[1]}" 2>/dev/null; }
