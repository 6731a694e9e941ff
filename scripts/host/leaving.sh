# shellcheck shell=bash disable=SC2154 # some variables are those of move-from.sh
# A site that was stopped for its move stays after all, or is given up. A part of move-from.sh.

leaving_app() { grep . "$notes/leaving" 2>/dev/null || app_here; }

# Also for a copy that was not finished: then it runs, and only what was made ready for its stop is taken back.
resume() {
  [ ! -e "$notes/given" ] || fail "$domain has left this host: it does not start here again."
  systemctl start "$(leaving_app)@$domain"
  systemctl stop "$(move_back_unit).timer" 2>/dev/null || true
  stop_quickly no
  drop_notes
  say "$domain goes on here."
}

# After a run that was cut off. A site that is paused starts by its timer.
tidy() {
  # Those of a site that comes here are not of this end's.
  [ ! -e "$notes/app" ] || return 0
  [ -e "$notes" ] && [ ! -e "$notes/given" ] || return 0
  [ "$(unit_state "$(move_back_unit).timer")" = inactive ] || return 0
  stop_quickly no
  drop_notes
}

# Whether it runs, or is about to: after a restart of the host, it waits for Docker's start and for its turn.
has_started() {
  local job
  job=$(systemctl show --property Job --value "$1@$domain")
  [ "$(unit_state "$1@$domain")" != inactive ] || [ -n "${job#0}" ] || has_turn "$1@$domain"
}

has_turn() {
  systemctl is-enabled --quiet "$1" 2>/dev/null || return
  [ -e /run/freehold/booting ] || systemctl is-active --quiet start-sites
}

# From the file 'given' on, the site is the other host's, whatever becomes of the rest here. Not even a restart of this
# host brings it back.
give() {
  local app
  [ ! -e "$notes/given" ] || return 0
  app=$(leaving_app)
  systemctl stop "$(move_back_unit).timer" 2>/dev/null || true
  if [ "$(unit_state "$(move_back_unit)")" != inactive ] || has_started "$app"; then
    fail "$domain took longer to move than it was to be paused, and has started here again: it stays. Run the move" \
      "again with a longer --pause."
  fi
  echo "$app" >"$notes/given.new"
  sync "$notes/given.new"
  mv "$notes/given.new" "$notes/given"
  systemctl disable --quiet --no-reload "$app@$domain"
  # The other host may announce it now: this one may not forget that, not even when it loses power.
  sync "$notes" /etc/systemd/system/multi-user.target.wants
}

put_aside() {
  local kept=/data/moved/$domain
  [ ! -e "$kept" ] || kept=$kept-$(date +%Y%m%d-%H%M%S)
  (umask 077 && mkdir -p "$kept")
  if [ -d "/data/domains/$domain" ]; then mv "/data/domains/$domain" "$kept/domains"; fi
  if [ -d "/data/runtime/domains/$domain" ]; then mv "/data/runtime/domains/$domain" "$kept/runtime"; fi
  say "What $domain had here is kept in $kept until you delete it."
}

# Where the other host has the same etcd, there is nothing to wait for: this host's visitors get there too.
leave() {
  local app others
  app=$(cat "$notes/given") || fail "$domain has not been given up here."
  systemctl disable --quiet "$app@$domain" "dump@$domain.timer" 2>/dev/null || true
  systemctl stop "$app@$domain" "certificate@$domain.path" "dump@$domain.timer" 2>/dev/null || true
  instances_of Units "$app" "$domain" | xargs --no-run-if-empty systemctl stop 2>/dev/null || true
  if [ -d "/data/domains/$domain" ] || [ -d "/data/runtime/domains/$domain" ]; then put_aside; fi
  stop_quickly no
  others=$(other_hosts "$domain") || fail "etcd does not answer here: run this again, and what is left to do is done."
  [ -z "$others" ] || by_discovery withdraw "$domain" --forget
  drop_notes
}

# Mail routes are those of all who share an etcd.
forget() {
  local elsewhere
  [ "$(state)" = none ] || fail "$domain is a site of this host, or is just leaving it: move it first."
  by_discovery withdraw "$domain" --forget
  elsewhere=$(other_hosts "$domain" | tr '\n' ' ')
  if [ -n "$elsewhere" ]; then say "$domain is at ${elsewhere% }: it is served here too, and its mail is taken."; return; fi
  rm -f "$certificates/$domain.pem"
  if is_member; then
    say "$domain answers 404 here. Its mail is taken until the operator removes its routes (docs/how-to/run-a-cluster.md)."
  else
    by_etcdctl del --prefix "/mail/$domain/" >/dev/null
    say "$domain answers 404 here, and its mail is not taken here any more."
  fi
}
