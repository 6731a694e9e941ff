# shellcheck shell=bash disable=SC2154 # some variables are those of restore.sh
# What a backup holds comes back to this host. A part of restore.sh.
#
# /data/restoring/tree is the backup unpacked; /data/restoring/begun has an entry for each site whose restoring has begun and
# is not done: what is there of it is not somebody else's.

restoring=/data/restoring
tree=$restoring/tree

# A backup may come from a host that was taken over. So tar cannot write anywhere else, and links lead nowhere.
unpack() {
  rm -rf "$tree"
  (umask 077 && mkdir "$tree")
  systemd-run --quiet --pipe --wait --collect --property ProtectSystem=strict --property "ReadWritePaths=$tree" \
    --property PrivateNetwork=yes tar --extract --gzip --numeric-owner --preserve-permissions --directory "$tree" \
    || fail "The backup did not arrive whole, or there is no room for it in /data. Nothing was changed."
  is_backup || fail "What came is no whole backup of scripts/deploy/back-up.sh. Nothing was changed."
}

is_backup() {
  local file
  for file in .whole backup/sites backup/mail backup/dumped backup/undumped backup/host.env; do [ -f "$tree/$file" ] || return; done
  [ -z "$(find "$tree/backup" ! -type f ! -type d)" ] || return
  is_folder "$tree/domains" && is_folder "$tree/import"
}

is_folder() { [ -d "$1" ] && [ ! -L "$1" ]; }

# Of a site that lives elsewhere, nothing is restored: neither its data, nor its uploads, nor its mail forwards.
is_wanted() { [ -z "${elsewhere[$1]:-}" ] && is_named "$1"; }
is_named() { [ ${#wanted[@]} -eq 0 ] || [[ " ${wanted[*]} " == *" $1 "* ]]; }

# import sees /data and nothing else.
check_folders() {
  local folder target
  for folder in /data/domains /data/import; do
    target=$(readlink --canonicalize-missing "$folder")
    [[ $target/ == /data/* ]] || fail "Cannot restore to $folder: it is a symbolic link out of /data, to $target, where" \
      "import cannot write. Mount the volume at $folder instead of the link. Nothing was changed."
  done
}

# lives_elsewhere DOMAIN: another host of the same etcd has the site, or may have it. There it would start with old data
# and share the visitors of the one that is in use.
lives_elsewhere() {
  local hosts
  [ "$even_so" = no ] || return 1
  if ! hosts=$(other_hosts "$1" | tr '\n' ' '); then
    say "Cannot restore $1: etcd does not answer, so it is not known whether the site lives on another host. Run this again" \
      "when etcd runs." >&2
    return
  fi
  [ -n "$hosts" ] || return 1
  elsewhere[$1]=${hosts% }
  report_elsewhere "$1"
}

report_elsewhere() {
  say "$1 is not restored: it lives on ${elsewhere[$1]}. To have it here, move it with scripts/deploy/move-site.sh. To go back" \
    "to this backup, remove it there first (scripts/remove-site.sh $1). If that host is gone for good, or both are to serve" \
    "it: --even-so." >&2
}

# Others are restored though this fails; bash does not end a function at its first failure then.
restore_site() {
  if ! (check_domain "$domain") 2>/dev/null; then say "The backup names a site that no host can have: '$domain'." >&2; return 1; fi
  if [ ! -e "$restoring/begun/$domain" ]; then
    if [ -e "/data/domains/$domain" ] || [ -n "$(deliveries "$domain")$(app_here)" ]; then
      say "$domain is here already, and stays as it is."
      return
    fi
    ! lives_elsewhere "$domain" || return
    is_folder "$tree/domains/$domain" || { say "The backup has no data of $domain." >&2; return 1; }
    : >"$restoring/begun/$domain"
  fi
  if grep -qxF "$domain" "$tree/backup/undumped"; then
    say "The database of $domain is older than the backup: it could not be dumped then."
  fi
  put_settings && put_data && start_again && rm "$restoring/begun/$domain"
}

# They are executed as root's own, so they are logged.
put_settings() {
  local from=$tree/backup/units/$domain
  [ -d "$from" ] || return 0
  if [ -n "$(unit_settings "$domain")" ]; then say "Settings of $domain's units are here, and stay."; return; fi
  say "Settings of $domain's units: $(cd "$from" && find . -type f -printf '%P ')"
  (install_unit_settings "$from") && systemctl daemon-reload
}

put_data() {
  if [ -e "/data/domains/$domain" ] || [ -n "$(deliveries "$domain")" ]; then return; fi
  mv --no-target-directory "$tree/domains/$domain" "/data/import/$domain"
}

start_again() {
  if [ "$app" = - ]; then
    say "$domain was off, and is not started: its data waits in /data/import/$domain for its start."
    return
  fi
  "$here/../add-site.sh" "$domain" --app "$app" </dev/null || return
  if grep -qxF "$domain" "$tree/backup/dumped"; then systemctl enable --quiet --now "dump@$domain.timer"; fi
}
