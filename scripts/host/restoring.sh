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
    || fail "The backup arrived incomplete, or /data has no room for it. Nothing was changed."
  is_backup || fail "The input is not a complete backup from scripts/deploy/back-up.sh. Nothing was changed."
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
    [[ $target/ == /data/* ]] || fail "Cannot restore to $folder: it is a symbolic link to $target, outside of /data, where" \
      "import cannot write. Mount the volume at $folder instead of the link. Nothing was changed."
  done
}

# lives_elsewhere DOMAIN: another host of the same etcd has the site, or may have it. There it would start with old data
# and share the visitors of the one that is in use.
lives_elsewhere() {
  local hosts
  [ "$even_so" = no ] || return 1
  if ! hosts=$(other_hosts "$1" | tr '\n' ' '); then
    say "Cannot restore $1: etcd does not answer, so the site may live on another host. Run this again" \
      "when etcd runs." >&2
    return
  fi
  [ -n "$hosts" ] || return 1
  elsewhere[$1]=${hosts% }
  report_elsewhere "$1"
}

report_elsewhere() {
  say "$1 is not restored: it lives on ${elsewhere[$1]}. To get it on this host, move it with scripts/deploy/move-site.sh. To return" \
    "to this backup, remove it there first (scripts/remove-site.sh $1). If that host is gone for good, or both hosts should serve" \
    "it: --even-so." >&2
}

# Others are restored though this fails; bash does not end a function at its first failure then.
restore_site() {
  if ! (check_domain "$domain") 2>/dev/null; then say "The backup contains a site with an invalid name: '$domain'." >&2; return 1; fi
  if [ ! -e "$restoring/begun/$domain" ]; then
    if [ -e "/data/domains/$domain" ] || [ -n "$(deliveries "$domain")$(app_here)" ]; then
      say "$domain exists on this host already and was not changed."
      return
    fi
    ! lives_elsewhere "$domain" || return
    is_folder "$tree/domains/$domain" || { say "The backup contains no data of $domain." >&2; return 1; }
    : >"$restoring/begun/$domain"
  fi
  if grep -qxF "$domain" "$tree/backup/undumped"; then
    say "The database of $domain is older than the backup, because it could not be dumped at that time."
  fi
  put_settings && put_data && start_again && rm "$restoring/begun/$domain"
}

# They are executed as root's own, so they are logged.
put_settings() {
  local from=$tree/backup/units/$domain
  [ -d "$from" ] || return 0
  if [ -n "$(unit_settings "$domain")" ]; then say "Settings of the units of $domain exist on this host already and were not changed."; return; fi
  say "Settings of the units of $domain: $(cd "$from" && find . -type f -printf '%P ')"
  (install_unit_settings "$from") && systemctl daemon-reload
}

put_data() {
  if [ -e "/data/domains/$domain" ] || [ -n "$(deliveries "$domain")" ]; then return; fi
  mv --no-target-directory "$tree/domains/$domain" "/data/import/$domain"
}

start_again() {
  if [ "$app" = - ]; then
    say "$domain was stopped when the backup was made, so it is not started. Its start imports its data from /data/import/$domain."
    return
  fi
  "$here/../add-site.sh" "$domain" --app "$app" </dev/null || return
  if grep -qxF "$domain" "$tree/backup/dumped"; then systemctl enable --quiet --now "dump@$domain.timer"; fi
}
