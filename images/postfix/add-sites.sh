# shellcheck shell=sh disable=SC2154 # some variables are those of configure.sh
# The port at which sites submit their mail. Part of configure.sh.

# limit NAME VALUE DEFAULT: for Postfix, 0 would mean no limit, and an invalid or too large number would make every
# smtpd for the sites fail at its start.
limit() {
  case "$2" in
    [1-9] | [1-9]*[0-9]) case "$2" in *[!0-9]* | ????????*) ;; *) echo "$2"; return ;; esac ;;
  esac
  note "$1 is '$2', which is not a whole number from 1 to 9999999: $3 is used."
  echo "$3"
}

# The kernel's list contains each of this host's addresses, followed by a line with its type.
has_address() {
  awk -v wanted="$1" '$1 == "|--" { address = $2 } /host LOCAL/ && address == wanted { found = 1 } END { exit !found }' \
    /proc/net/fib_trie
}

# Without the sites' bridge, Postfix could not listen on its address and would not start at all.
add_sites() {
  [ -n "${FREEHOLD_SITES_ADDRESS:-}" ] || return 0
  if ! has_address "$FREEHOLD_SITES_ADDRESS"; then
    note "Sites cannot send mail: this host has no address $FREEHOLD_SITES_ADDRESS. Does the network freehold exist? If it" \
      "has another gateway, set FREEHOLD_SITES_ADDRESS in /etc/freehold/host.env to it."
    return 0
  fi
  messages=$(limit FREEHOLD_SITE_MESSAGES "${FREEHOLD_SITE_MESSAGES:-30}" 30)
  recipients=$(limit FREEHOLD_SITE_RECIPIENTS "${FREEHOLD_SITE_RECIPIENTS:-100}" 100)
  sed -e "s/SITES_ADDRESS/$FREEHOLD_SITES_ADDRESS/" -e "s/SITE_MESSAGES/$messages/" -e "s/SITE_RECIPIENTS/$recipients/" \
    "$shared/master-sites.cf" >>"$new/master.cf"
}
