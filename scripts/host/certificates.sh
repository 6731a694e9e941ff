# shellcheck shell=bash disable=SC2154 # some variables are those of host-lib.sh
# What is to be known of certificates on a host. A part of check-certs.sh.

# leaf_of FILE: the certificate to which the key in the file belongs, wherever it stands in the chain; else the first one.
leaf_of() {
  local key line certificate=''
  key=$(openssl pkey -pubout -in "$1" 2>/dev/null) || key=''
  while [ -n "$key" ] && IFS= read -r line; do
    line=${line%$'\r'}
    [ "$line" != '-----BEGIN CERTIFICATE-----' ] || certificate=''
    certificate+=$line$'\n'
    [ "$line" = '-----END CERTIFICATE-----' ] || continue
    [ "$(openssl x509 -noout -pubkey <<<"$certificate" 2>/dev/null)" != "$key" ] || { printf %s "$certificate"; return; }
  done <"$1"
  openssl x509 -in "$1" 2>/dev/null
}

# of_leaf FILE ARGUMENT …: what openssl x509 prints of it.
of_leaf() {
  local file=$1
  shift
  leaf_of "$file" | openssl x509 -noout "$@" 2>/dev/null
}

fingerprint_of() { of_leaf "$1" -fingerprint -sha256 | cut -d = -f 2; }

# What a visitor of the domain is shown.
shown_fingerprint() {
  openssl s_client -connect 127.0.0.1:443 -servername "$1" </dev/null 2>/dev/null \
    | openssl x509 -noout -fingerprint -sha256 2>/dev/null | cut -d = -f 2
}

days_left() {
  local end
  end=$(of_leaf "$1" -enddate) || return
  echo $((($(date --date "${end#notAfter=}" +%s) - EPOCHSECONDS) / 86400))
}

has_ended() { ! of_leaf "$1" -checkend 0 >/dev/null; }

has_begun() {
  local begin
  begin=$(of_leaf "$1" -startdate) || return
  (($(date --date "${begin#notBefore=}" +%s) <= EPOCHSECONDS))
}

has_name() { [[ $(of_leaf "$1" -checkhost "$2") == *'does match'* ]]; }

has_own_key() {
  [ "$(of_leaf "$1" -pubkey)" = "$(openssl pkey -pubout -in "$1" 2>/dev/null)" ]
}

# time_fault_of FILE DAYS: what is wrong with the time of a certificate, in words; nothing if nothing is.
time_fault_of() {
  local left
  left=$(days_left "$1") || { echo "is not a certificate"; return; }
  if has_ended "$1"; then echo "has ended"
  elif ! has_begun "$1"; then echo "is not valid yet"
  elif ((left < $2)); then echo "expires in $left days"
  fi
}

# fault_of FILE DOMAIN DAYS: the same of a site's.
fault_of() {
  local time
  days_left "$1" >/dev/null || { echo "is not a certificate"; return; }
  time=$(time_fault_of "$1" "$3")
  if ! has_own_key "$1"; then echo "has no key, or the key of another certificate"
  elif ! has_name "$1" "$2"; then echo "is not for $2"
  elif [ -n "$time" ]; then echo "$time"
  elif ! has_name "$1" "www.$2"; then echo "is not for www.$2"
  fi
}
