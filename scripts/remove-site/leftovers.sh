# shellcheck shell=bash disable=SC2154 # some variables are those of remove-site.sh
# What is left on this host of a site that was removed, and how to remove it. A part of remove-site.sh.

# What moves to other servers have put aside here, in lines.
moved_data() {
  local digits='[0-9][0-9]' day time
  day=$digits$digits$digits$digits time=$digits$digits$digits
  compgen -G "/data/moved/$domain" || true
  compgen -G "/data/moved/$domain-$day-$time" || true
}

# The domain's mail forwards are in etcd, for all hosts that share it.
mail_forwards() { by_etcdctl get --prefix --keys-only "/mail/$domain/" | sed -n "s,^/mail/$domain/\(.*\)\$,\1@$domain,p"; }

# Files of Postfix on this host in which the operator has named the domain.
mail_files() {
  grep --files-with-matches --extended-regexp "(^|[^a-z0-9.-])${domain//./\\.}(\$|[^a-z0-9.-])" \
    /data/runtime/postfix/{forwards,destinations}.local 2>/dev/null
}

list_mail() {
  local forwards address file as=''
  # In a cluster, no host may change them.
  [ -z "$(setting FREEHOLD_ETCD_CERT)" ] || as=' --as FOLDER'
  forwards=$(mail_forwards) || { echo "its mail forwards, if any: etcd does not answer (scripts/mail.sh list)"; return; }
  while read -r address; do
    [ -z "$address" ] || echo "mail for $address is still forwarded: scripts/mail.sh$as remove '$address'"
  done <<<"$forwards"
  while read -r file; do
    [ -z "$file" ] || echo "$file mentions $domain: edit the file"
  done <<<"$(mail_files)"
}

# list_files COMMENT PATH …: those that exist.
list_files() {
  local path
  for path in "${@:2}"; do
    if [ -e "$path" ]; then echo "$path ($1): rm -r '$path'"; fi
  done
}

# In lines, each with the command that removes it.
leftovers() {
  local waiting moved settings path
  mapfile -t waiting < <(deliveries "$domain")
  mapfile -t moved < <(moved_data)
  mapfile -t settings < <(unit_settings "$domain")
  list_files "data; scripts/add-site.sh $domain adds the site again" "/data/domains/$domain"
  list_files "pending import" "${waiting[@]}"
  list_files "copy of a move" "${moved[@]}"
  list_files "settings of its unit" "${settings[@]}"
  for path in "${linked[@]}"; do [ ! -e "$path" ] || echo "$path: the target of a symbolic link that was deleted"; done
  [ ! -e "/data/moving/$domain" ] || echo "/data/moving/$domain (a move that is not finished): run the move again"
  if [ -z "$elsewhere" ]; then list_files "certificate of HAProxy" "$certificates/$domain.pem"; fi
  list_mail
}

report_leftovers() {
  local left
  left=$(leftovers)
  if [ -z "$left" ]; then
    say "$domain is removed. Nothing of it is left on this host."
    return
  fi
  say "$domain is removed. Left on this host:"
  printf '  %s\n' "${left//$'\n'/$'\n'  }"
}
