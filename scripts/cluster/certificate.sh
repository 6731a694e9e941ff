# shellcheck shell=bash
# CAs and certificates, P-256, created by openssl. To be sourced, not run.

ca_days=3650
certificate_days=${FREEHOLD_CERTIFICATE_DAYS:-730}
# A certificate is renewed by the first run within this many days before it expires.
renew_days=180

# ensure_ca FOLDER NAME
ensure_ca() {
  local folder="$1/ca/$2"
  [ ! -s "$folder/ca.pem" ] || return 0
  mkdir -p "$folder"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "$ca_days" \
    -subj "/O=freehold/CN=freehold $2" -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' \
    -addext 'keyUsage=critical,keyCertSign,cRLSign' -keyout "$folder/ca.key" -out "$folder/ca.pem.new" 2>/dev/null \
    || fail "openssl cannot create a CA in $folder."
  mv "$folder/ca.pem.new" "$folder/ca.pem"
  say "Created the CA for $2, valid for ten years"
}

# is_valid CERTIFICATE KEY CA SAN: they match, and the certificate does not expire soon.
is_valid() {
  [ -s "$1" ] && [ -s "$2" ] || return 1
  openssl x509 -in "$1" -noout -checkend "$((renew_days * 86400))" >/dev/null || return 1
  openssl verify -CAfile "$3" "$1" >/dev/null 2>&1 || return 1
  [ -z "$4" ] || openssl x509 -in "$1" -noout -checkip "${4##*IP:}" | grep -q 'does match' || return 1
  [ "$(openssl x509 -in "$1" -noout -pubkey)" = "$(openssl pkey -in "$2" -pubout 2>/dev/null)" ]
}

# ensure_certificate CA_FOLDER CERTIFICATE KEY SUBJECT USAGE SAN
ensure_certificate() {
  local ca=$1 certificate=$2 key=$3 subject=$4 usage=$5 san=$6 work
  if [ -z "${renew:-}" ] && is_valid "$certificate" "$key" "$ca/ca.pem" "$san"; then return; fi
  mkdir -p "$(dirname "$certificate")"
  work=$(mktemp --directory --tmpdir="$(dirname "$certificate")" .new.XXXXXX)
  printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=%s\n%s\n' "$usage" "${san:+subjectAltName=$san}" \
    >"$work/extensions"
  { openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$subject" -keyout "$work/key" -out "$work/request" \
    && openssl x509 -req -in "$work/request" -CA "$ca/ca.pem" -CAkey "$ca/ca.key" \
      -set_serial "0x$(openssl rand -hex 16)" -days "$certificate_days" -extfile "$work/extensions" -out "$work/certificate"; } \
    >/dev/null 2>"$work/words" || { cat "$work/words" >&2; fail "openssl cannot create a certificate for $subject."; }
  mv "$work/key" "$key"
  mv "$work/certificate" "$certificate"
  rm -r "$work"
  made+=("$(basename "$certificate")")
}

# copy_file SOURCE TARGET: atomically
copy_file() {
  cp "$1" "$2.new"
  mv "$2.new" "$2"
}
