# shellcheck shell=bash disable=SC2154 # some variables are those of move-to.sh
# What a site has comes to its new host. A part of move-to.sh.

# Asked again before anything is put in place: the site may have been added here in the meantime.
check_vacant() {
  local path app
  for path in "/data/domains/$domain" "/data/runtime/domains/$domain" $(deliveries "$domain"); do
    [ ! -e "$path" ] || fail "There is $path on this host already, and a move changes nothing that is there: take it away first."
  done
  app=$(app_here)
  [ -z "$app" ] || fail "$app@$domain is a site of this host already, and a move changes nothing that is there: remove it first."
}

# What the other host says goes into sums and into paths here.
check() {
  local app=$1 kilobytes=$2 status=$3 database=$4 free own server
  [[ $app =~ ^[a-z-]+$ && $kilobytes =~ ^[0-9]{1,15}$ && $status =~ ^[0-9]{3}$ && $database =~ ^(-|[0-9]+(\.[0-9]+)*)$ ]] \
    || fail "What the other host says of $domain makes no sense: '$*'."
  [ -f "/etc/systemd/system/$app@.service" ] || fail "This host knows no app '$app': deploy the same version here first."
  check_vacant
  free=$(df --output=avail --block-size 1K /data | tail -n 1)
  ((free > kilobytes + kilobytes / 10)) || fail "$domain has $((kilobytes / 1024)) MB, but /data here has room for $((free / 1024)) MB only."
  read -r _ server _ <<<"$(declared Database "$app")"
  if [ "$database" = - ] || [ -z "$server" ]; then return; fi
  own=$(database_version "$app")
  dpkg --compare-versions "$own" ge "$database" \
    || fail "The database was written by $server $database, and here is $own, which does not read it: deploy a newer version here first."
}

# The site's owner decides what is in it, also while it is being copied. So tar cannot write anywhere else, wherever a
# link in it may lead.
receive() {
  (umask 077 && mkdir -p "$notes/tree")
  systemd-run --quiet --pipe --wait --collect --unit "$(transfer_unit)" --property ProtectSystem=strict \
    --property "ReadWritePaths=$notes/tree" --property PrivateNetwork=yes tar --extract \
    --listed-incremental /dev/null --numeric-owner --preserve-permissions --directory "$notes/tree" \
    || fail "The copy of $domain did not arrive whole."
  # Much is on disk before the pause then.
  sync --file-system "$notes"
}

# install_unit_settings FOLDER [LIST]: the site's own settings of its units, and nothing else that may lie beside them: if
# one is not, none is installed. The names of those that were not here go to the file LIST.
install_unit_settings() {
  local file files
  mapfile -d '' -t files < <(find "$1" -type f -name '*.conf' -printf '%P\0')
  for file in "${files[@]}"; do
    [[ $file =~ ^[a-z-]+@([a-z0-9.-]+)\.(service|timer|path|socket)\.d/[A-Za-z0-9._-]+\.conf$ && ${BASH_REMATCH[1]} = "$domain" ]] \
      || fail "'$file' is no setting of a unit of $domain, and is not taken from the other host."
  done
  for file in "${files[@]}"; do
    if [ ! -e "/etc/systemd/system/$file" ] || cmp --silent "$1/$file" "/etc/systemd/system/$file"; then continue; fi
    fail "There is another /etc/systemd/system/$file on this host already, and it stays. Nothing was installed."
  done
  for file in "${files[@]}"; do
    [ ! -e "/etc/systemd/system/$file" ] || continue
    [ -z "${2:-}" ] || printf '%s\n' "$file" >>"$2" || return
    install -D --mode 644 "$1/$file" "/etc/systemd/system/$file" || return
  done
}

# The folder that a move brings bears the move's id until the move is finished: nothing else may be discarded with it.
mark_file() { echo "$1/.freehold-move"; }
is_marked() { [ -s "$notes/id" ] && cmp --silent "$notes/id" "$(mark_file "/data/domains/$domain")"; }

put_in_place() {
  local sent=$notes/tree/moving/$domain/sent
  [ "$(list_tree "$notes/tree")" = "$(cat "$sent/listing")" ] || fail "The copy of $domain is not the same as what was copied."
  check_vacant
  mkdir -p /data/runtime/domains
  (umask 077 && cp "$notes/id" "$(mark_file "$notes/tree/domains/$domain")")
  mv --no-target-directory "$notes/tree/domains/$domain" "/data/domains/$domain"
  if [ -d "$notes/tree/runtime/domains/$domain" ]; then
    mv --no-target-directory "$notes/tree/runtime/domains/$domain" "/data/runtime/domains/$domain"
  fi
  [ -n "$(ls "$sent/units")" ] || return 0
  install_unit_settings "$sent/units" "$notes/installed"
  systemctl daemon-reload
}

# Hosts with one etcd have the same routes, and there is nothing to write. A member of a cluster may not write any.
take_mail() {
  local key value before
  while read -r key && read -r value; do
    [[ $key == "/mail/$domain/"* ]] || fail "'$key' is no mail route of $domain."
    before=$(by_etcdctl get --print-value-only -- "$key")
    [ "$before" != "$value" ] || continue
    ! is_member || fail "The mail route of ${key##*/}@$domain is not known in this host's cluster, and only the operator" \
      "can add it: scripts/mail.sh --as (docs/how-to/run-a-cluster.md)."
    printf '%s\n' "$key" "$before" "$value" >>"$notes/routes"
    by_etcdctl put -- "$key" "$value" >/dev/null
  done
}

# As they were before the move, but for those that somebody has changed in the meantime.
give_back_mail() {
  local key before value
  [ -e "$notes/routes" ] || return 0
  while read -r key && read -r before && read -r value; do
    [ "$(by_etcdctl get --print-value-only -- "$key")" = "$value" ] || continue
    if [ -n "$before" ]; then by_etcdctl put -- "$key" "$before"; else by_etcdctl del -- "$key"; fi >/dev/null
  done <"$notes/routes"
}
