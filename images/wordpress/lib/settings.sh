# shellcheck shell=sh disable=SC2034,SC2154 # variables are shared with the entrypoint
# The settings, from the environment; those for Apache and PHP are derived here. To be sourced.

# shellcheck source-path=SCRIPTDIR source=../../gateway.sh
. /usr/lib/freehold/gateway.sh

refuse_domain() {
  found="'$DOMAIN'"
  case "$DOMAIN" in *[[:cntrl:]]*) found="a text of several lines" ;; esac
  refuse "DOMAIN must be a host name such as example.com, of lower-case letters, digits, hyphens and dots, but is $found"
}

check_domain() {
  [ "${#DOMAIN}" -le 253 ] || refuse_domain
  case "$DOMAIN" in
    '' | *[!a-z0-9.-]* | .* | *. | *..* | -* | *- | *.-* | *-.*) refuse_domain ;;
  esac
}

check_upload_limit() {
  case "$FREEHOLD_WORDPRESS_UPLOAD_MB" in
    '' | *[!0-9]* | 0* | ?????*)
      refuse "FREEHOLD_WORDPRESS_UPLOAD_MB must be a number of megabytes from 1 to 9999, but is" \
        "'$FREEHOLD_WORDPRESS_UPLOAD_MB'." ;;
  esac
}

read_settings() {
  DOMAIN=${DOMAIN:-}
  check_domain
  [ -n "${DB_PASS:-}" ] || refuse "DB_PASS is missing. It belongs in wordpress/.env of the domain's folder."
  check_upload_limit
  # The overhead of a form around a file.
  UPLOAD_BYTES=$((FREEHOLD_WORDPRESS_UPLOAD_MB * 1048576 + 65536))
  GATEWAY=$(find_gateway)
  GATEWAY=${GATEWAY:-127.0.0.1}
  export DOMAIN UPLOAD_BYTES GATEWAY FREEHOLD_WORDPRESS_UPLOAD_MB
}
