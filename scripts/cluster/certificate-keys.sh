# shellcheck shell=bash
# The keys with which members encrypt the sites' certificates in etcd (packages/acme/src/cluster/keyring.ts). To be sourced
# after lib.sh, not run.
#
# FOLDER/certificate-keys has a line for each: the seconds since 1970 at which it was made, and 32 bytes in hexadecimal. The
# first one is in use; those below open what has not been encrypted with it yet.

# How many are kept.
kept_keys=5

# ensure_certificate_keys FOLDER: makes the first one.
ensure_certificate_keys() { [ -s "$1/certificate-keys" ] || add_certificate_key "$1"; }

# add_certificate_key FOLDER: from now on another one is in use, which a member that was removed does not get.
add_certificate_key() {
  local file=$1/certificate-keys before now=$EPOCHSECONDS key
  before=$(head -n 1 "$file" 2>/dev/null | cut -d ' ' -f 1) || before=''
  # Always a later time than the one before, as members go by it.
  if [ -n "$before" ] && ((now <= before)); then now=$((before + 1)); fi
  key=$(openssl rand -hex 32) || fail "openssl cannot create a key for $file."
  { echo "$now $key"; head -n $((kept_keys - 1)) "$file" 2>/dev/null || true; } >"$file.new"
  chmod 600 "$file.new"
  mv "$file.new" "$file"
  say "Created a key for certificates in etcd"
}
