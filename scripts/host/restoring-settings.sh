# shellcheck shell=bash disable=SC2154 # some variables are those of restore.sh
# Restores the other parts of a backup: uploads waiting to be imported, mail forwards, settings of the host. A part of
# restore.sh.

# What waited to be imported waits again.
restore_deliveries() {
  local path name ending
  for path in "$tree"/import/*; do
    name=${path##*/}
    domain=${name,,} ending=$(archive_ending "$name")
    domain=${domain%"$ending"} domain=${domain#www.}
    if ! (check_domain "$domain") 2>/dev/null || ! is_wanted "$domain"; then continue; fi
    if [ -e "/data/domains/$domain" ] || [ -n "$(deliveries "$domain")" ]; then
      say "Not restored, because the site $domain exists on this host: its pending import, import/$name"
      continue
    fi
    mv --no-target-directory "$path" "/data/import/$name"
    say "Restored the pending import of $domain: /data/import/$name"
  done
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
      say "Not restored: mail for ${key##*/}@$domain is forwarded to $now on this host, not to $value as in the backup."
    fi
  done <"$tree/backup/mail"
  return "$code"
}

put_route() {
  if is_member; then
    say "The mail forward of ${key##*/}@$domain, to $value, belongs to the cluster: scripts/mail.sh --as (docs/how-to/run-a-cluster.md)." >&2
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
      say "/data/runtime/postfix/$name is as in the backup now."
    elif ! cmp --silent "$file" "/data/runtime/postfix/$name"; then
      say "Not restored: /data/runtime/postfix/$name exists on this host already and differs."
    fi
  done
  restore_secrets
  while IFS= read -r line || [ -n "$line" ]; do
    name=${line%%=*}
    [[ $name =~ ^FREEHOLD_[A-Z_]+$ && ! $name =~ ^FREEHOLD_(HOST|HOST_IP|ETCD.*|HOP_PORT|SITES_NETWORK|SITES_ADDRESS|VERSION)$ ]] || continue
    if grep -q "^$name=" "$host_env"; then continue; fi
    say "$host_env: $line, as in the backup. Programs read it at their next start."
    echo "$line" >>"$host_env"
  done <"$tree/backup/host.env"
}

# With the secret of before, bounces of what was sent then are still known; the new one comes first, and signs.
restore_secrets() {
  local from=$tree/backup/postfix to=/data/runtime/postfix certificate
  restore_account
  if [ -f "$from/relay-password" ] && [ ! -e "$to/relay-password" ]; then install --mode 600 "$from/relay-password" "$to/"; fi
  if [ -s "$from/srs-secret" ] && [ -s "$to/srs-secret" ] && ! grep -qxFf "$from/srs-secret" "$to/srs-secret"; then
    cat "$from/srs-secret" >>"$to/srs-secret"
    systemctl try-restart --job-mode=ignore-dependencies postfix
  fi
  certificate=$certificates/$(setting FREEHOLD_HOST).pem
  if [ -f "$tree/backup/${certificate##*/}" ] && [ ! -e "$certificate" ]; then
    install --mode 400 --owner 10001 --group 10001 "$tree/backup/${certificate##*/}" "$certificate"
  fi
}

# Of automatic certificates: the CA knows the host as the same one. setup.sh turns them on.
restore_account() {
  local from=$tree/backup/acme-account.pem to=/data/acme/account.pem
  [ -f "$from" ] || return 0
  if [ -e "$to" ]; then
    cmp --silent "$from" "$to" || say "Not restored: this host has its own account for certificates, $to"
    return
  fi
  install --directory --mode 700 /data/acme
  install --mode 600 "$from" "$to"
  say "The account for automatic certificates is as in the backup now. Run scripts/setup.sh again to turn them on."
}
