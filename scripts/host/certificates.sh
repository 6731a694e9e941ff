# shellcheck shell=bash disable=SC2154 # some variables are those of host-lib.sh
# What is to be known of certificates on a host. A part of check-certs.sh and receive-certificate.sh.

fingerprint_of() { openssl x509 -noout -fingerprint -sha256 -in "$1" 2>/dev/null | cut -d = -f 2; }

# What a visitor of the domain is shown.
shown_fingerprint() {
  openssl s_client -connect 127.0.0.1:443 -servername "$1" </dev/null 2>/dev/null \
    | openssl x509 -noout -fingerprint -sha256 2>/dev/null | cut -d = -f 2
}

days_left() {
  local end
  end=$(openssl x509 -noout -enddate -in "$1" 2>/dev/null) || return
  echo $((($(date --date "${end#notAfter=}" +%s) - EPOCHSECONDS) / 86400))
}

has_ended() { ! openssl x509 -noout -checkend 0 -in "$1" >/dev/null 2>&1; }

has_begun() {
  local begin
  begin=$(openssl x509 -noout -startdate -in "$1" 2>/dev/null) || return
  (($(date --date "${begin#notBefore=}" +%s) <= EPOCHSECONDS))
}

has_name() { [[ $(openssl x509 -noout -checkhost "$2" -in "$1" 2>/dev/null) == *'does match'* ]]; }

has_own_key() {
  [ "$(openssl x509 -noout -pubkey -in "$1" 2>/dev/null)" = "$(openssl pkey -pubout -in "$1" 2>/dev/null)" ]
}

# time_fault_of FILE DAYS: what is wrong with the time of a certificate, in words; nothing if nothing is.
time_fault_of() {
  local left
  left=$(days_left "$1") || { echo "is no certificate"; return; }
  if has_ended "$1"; then echo "has ended"
  elif ! has_begun "$1"; then echo "is not valid yet"
  elif ((left < $2)); then echo "ends in $left days"
  fi
}

# fault_of FILE DOMAIN DAYS: the same of a site's.
fault_of() {
  local time
  days_left "$1" >/dev/null || { echo "is no certificate"; return; }
  time=$(time_fault_of "$1" "$3")
  if ! has_own_key "$1"; then echo "has no key, or that of another certificate"
  elif ! has_name "$1" "$2"; then echo "is not for $2"
  elif [ -n "$time" ]; then echo "$time"
  elif ! has_name "$1" "www.$2"; then echo "is not for www.$2"
  fi
}
