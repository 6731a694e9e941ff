# shellcheck shell=bash disable=SC2154 # some variables are those of restore.sh
# Finds the sites of a backup that live on another server of the operator's list. A part of restore.sh.

# In lines: the server's name as a host, then each of its sites. One that was moved away, or removed, leaves a name without
# data, or data without a name.
ask_sites() {
  # shellcheck disable=SC2016 # the server's shell expands it
  on "$1" bash -o pipefail -c 'sed -n "s/^FREEHOLD_HOST=/host /p" /etc/freehold/host.env 2>/dev/null || true
    [ ! -x "$1/list-sites.sh" ] || "$1/list-sites.sh" | while read -r domain _; do
      [ ! -d "/data/domains/$domain" ] || echo "site $domain"
    done' ask "$on_host" >"$notes/sites-of-$1"
}

name_in() { sed -n 's/^host //p' "$notes/sites-of-$1"; }

asked_domains() { if [ ${#words[@]} -gt 2 ]; then printf '%s\n' "${words[@]:2}"; else sites_in "$file" | cut -d ' ' -f 2; fi; }

# find_elsewhere: adds an option to `options` for each site that lives on another server. A server that does not answer
# may have any of them.
find_elsewhere() {
  local servers other own domain
  [ -r "$servers_file" ] || return 0
  name_servers all "$server"
  on_each ask_sites >"$notes/asked" 2>&1 \
    || { cat "$notes/asked" >&2; fail "Cannot restore to $server: some servers did not answer, so it is unknown which sites" \
      "they have. If such a server is gone, delete its line from $servers_file, or restore anyway with --even-so." \
      "Nothing was changed."; }
  own=$(name_in "$server")
  for other in "${servers[@]}"; do
    [ "$(name_in "$other")" != "$own" ] || continue
    while read -r domain; do
      if grep --quiet --line-regexp --fixed-strings "site $domain" "$notes/sites-of-$other"; then
        options+=(--elsewhere "$domain=$(name_in "$other")")
      fi
    done < <(asked_domains)
  done
}
