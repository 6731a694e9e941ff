#!/bin/sh
# Makes all that Postfix reads, in /run/postfix, out of the image's files and those that postfix-config has written.
# Nothing in force is touched unless all of it is sound; what is not is said on standard output, and the exit code is 1.
# It is 3 where all is as it was.
set -eu

data=/data/runtime/postfix
shared=/usr/share/freehold/postfix
run=/run/postfix

refuse() { echo "$*"; exit 1; }

# Postfix's tools say on standard error what they do not like, and go on.
check() {
  complaint=$("$@" 2>&1 >/dev/null | head -n 3 | tr '\n' ' ')
  [ -z "$complaint" ] || refuse "$complaint"
}

# Postfix does not trust a file of the last second, which may be half written, and waits until it is older, each time
# that it reads it. These are whole.
age() { touch -d 1970-01-02 "$@"; }

copy_files() {
  name=$(cat "$data/hostname")
  case "$name" in '' | *[!a-z0-9.-]*) refuse "$data/hostname holds no host name: '$name'" ;; esac
  cp "$data/destinations" "$data/forwards" "$new/"
  cp "$shared/main.cf" "$shared/master.cf" "$shared/srs-recipients" "$shared/notices-only" "$shared/odd-senders" "$new/"
  sed "s/HOSTNAME/$name/" "$shared/command-filter" >"$new/command-filter"
  echo 'cdb /usr/lib/postfix/postfix-cdb.so dict_cdb_open mkmap_cdb_open' >"$new/dynamicmaps.cf"
  age "$new"/*
  check postmap -c "$new" -q "postmaster@$name" "texthash:$new/forwards"
}

# Postfix wants the key before its chain, HAProxy takes both orders: each file is laid down anew, for root only.
lay_certificates() {
  mkdir -m 700 "$new/tls"
  awk -v folder="$new/tls" '
    function lay(name, path,   line, block, key, chain) {
      key = chain = block = ""
      while ((getline line < path) > 0) {
        if (line ~ /^-----BEGIN /) block = ""
        block = block line "\n"
        if (line ~ /^-----END .*PRIVATE KEY-----/) key = block
        if (line ~ /^-----END CERTIFICATE-----/) chain = chain block
      }
      close(path)
      if (key == "" || chain == "") return
      printf "%s%s", key, chain > (folder "/" name ".pem")
      close(folder "/" name ".pem")
      if (name != "default") print name, folder "/" name ".pem" > (folder "/sni")
    }
    !/^#/ && NF == 2 { lay($1, $2) }' "$data/certificates"
  [ -s "$new/tls/sni" ] || return 0
  check postmap -c "$new" -F "cdb:$new/tls/sni"
}

# The host's own certificate, or else the default one, is for whoever asks for no name, or for one without its own.
certificate_settings() {
  for one in "$name" default; do
    [ -s "$new/tls/$one.pem" ] || continue
    echo smtpd_tls_security_level=may
    echo "smtpd_tls_chain_files=$run/tls/$one.pem"
    break
  done
  if [ -s "$new/tls/sni.cdb" ]; then echo "tls_server_sni_maps=cdb:$run/tls/sni"; fi
}

# Where the sites' bridge is not there, its address cannot be listened at, and Postfix would not start at all.
add_sites() {
  [ -n "${FREEHOLD_SITES_ADDRESS:-}" ] || return 0
  grep -qw -- "$FREEHOLD_SITES_ADDRESS" /proc/net/fib_trie || return 0
  sed -e "s/SITES_ADDRESS/$FREEHOLD_SITES_ADDRESS/" -e "s/SITE_MESSAGES/${FREEHOLD_SITE_MESSAGES:-30}/" \
    -e "s/SITE_RECIPIENTS/${FREEHOLD_SITE_RECIPIENTS:-100}/" "$shared/master-sites.cf" >>"$new/master.cf"
}

add_settings() {
  { echo "myhostname=$name"; certificate_settings; cat "$data/main.cf.local" 2>/dev/null || true; } >"$new/settings"
  set --
  while read -r line || [ -n "$line" ]; do
    case "$line" in '' | '#'*) ;; *) set -- "$@" "$line" ;; esac
  done <"$new/settings"
  postconf -c "$new" -e "$@"
}

# One rename of a symbolic link: a daemon that starts just now finds all of the old or all of the new.
put_in_place() {
  old=$(readlink "$run" || true)
  ln -s "$new" "$run.link"
  mv -T "$run.link" "$run"
  [ -z "$old" ] || rm -rf "$old"
}

main() {
  new=$run.a
  [ "$(readlink "$run" || true)" != "$new" ] || new=$run.b
  rm -rf "$new" "$run.link" && mkdir -m 755 "$new"
  copy_files
  lay_certificates
  add_sites
  add_settings
  age "$new"/*
  check postconf -c "$new" -n
  if diff -rq "$run/" "$new/" >/dev/null 2>&1; then
    rm -rf "$new"
    exit 3
  fi
  put_in_place
}

main
