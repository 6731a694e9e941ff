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
  for file in .whole backup/sites backup/mail backup/dumped backup/host.env; do [ -f "$tree/$file" ] || return; done
  [ -z "$(find "$tree/backup" ! -type f ! -type d)" ] || return
  is_folder "$tree/domains"
}

is_folder() { [ -d "$1" ] && [ ! -L "$1" ]; }

is_wanted() { [ ${#wanted[@]} -eq 0 ] || [[ " ${wanted[*]} " == *" $1 "* ]]; }

# Others are restored though this fails; bash does not end a function at its first failure then.
restore_site() {
  if ! (check_domain "$domain") 2>/dev/null; then say "The backup names a site that no host can have: '$domain'." >&2; return 1; fi
  if [ ! -e "$restoring/begun/$domain" ]; then
    if [ -e "/data/domains/$domain" ] || [ -n "$(deliveries "$domain")$(app_here)" ]; then
      say "$domain is here already, and stays as it is."
      return
    fi
    is_folder "$tree/domains/$domain" || { say "The backup has no data of $domain." >&2; return 1; }
    : >"$restoring/begun/$domain"
  fi
  put_settings && put_data && start_again && rm "$restoring/begun/$domain"
}

put_settings() {
  [ -d "$tree/backup/units/$domain" ] || return 0
  (install_unit_settings "$tree/backup/units/$domain") && systemctl daemon-reload
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

# Key and value in lines, of the domains that are wanted.
restore_mail() {
  local key value domain now code=0
  while read -r key && read -r value; do
    domain=${key#/mail/}
    domain=${domain%%/*}
    if [[ $key != /mail/*/* ]] || ! is_wanted "$domain"; then continue; fi
    now=$(by_etcdctl get --print-value-only -- "$key") || return
    if [ -z "$now" ]; then
      put_route || code=1
    elif [ "$now" != "$value" ]; then
      say "Mail for ${key##*/}@$domain goes to $now here, and not to $value as in the backup: it stays so."
    fi
  done <"$tree/backup/mail"
  return "$code"
}

put_route() {
  if is_member; then
    say "The mail route of ${key##*/}@$domain, to $value, is the cluster's: scripts/mail.sh --as (docs/cluster.md)." >&2
    return 1
  fi
  by_etcdctl put -- "$key" "$value" >/dev/null
}

# What an operator has set for the whole host; a file or a setting that is here stays.
restore_settings() {
  local file name line
  for file in "$tree"/backup/postfix/*.local; do
    name=${file##*/}
    [[ -f $file && $name =~ ^(forwards|destinations|main\.cf)\.local$ ]] || continue
    if [ ! -e "/data/runtime/postfix/$name" ]; then
      install --mode 644 "$file" "/data/runtime/postfix/$name"
    elif ! cmp --silent "$file" "/data/runtime/postfix/$name"; then
      say "/data/runtime/postfix/$name is another one here, and stays."
    fi
  done
  while IFS= read -r line; do
    name=${line%%=*}
    [[ $name =~ ^FREEHOLD_[A-Z_]+$ && ! $name =~ ^FREEHOLD_(HOST|HOST_IP|ETCD.*|HOP_PORT|SITES_NETWORK|VERSION)$ ]] || continue
    if grep -q "^$name=" "$host_env"; then continue; fi
    say "$host_env: $line, as in the backup. It counts from the next start of what reads it."
    echo "$line" >>"$host_env"
  done <"$tree/backup/host.env"
}
