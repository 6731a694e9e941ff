# shellcheck shell=sh disable=SC2154 # some variables are those of configure.sh
# The port at which sites hand in what they send. A part of configure.sh.

# limit NAME VALUE DEFAULT: 0 would be no limit to Postfix, and what is no number, or too great a one, would end every
# smtpd for the sites at its start.
limit() {
  case "$2" in
    [1-9] | [1-9]*[0-9]) case "$2" in *[!0-9]* | ????????*) ;; *) echo "$2"; return ;; esac ;;
  esac
  note "$1 is '$2', which is no whole number from 1 to 9999999: $3 is used."
  echo "$3"
}

# The kernel's list has each of this host's addresses, with what it is in the line after it.
has_address() {
  awk -v wanted="$1" '$1 == "|--" { address = $2 } /host LOCAL/ && address == wanted { found = 1 } END { exit !found }' \
    /proc/net/fib_trie
}

# Where the sites' bridge is not there, its address cannot be listened at, and Postfix would not start at all.
add_sites() {
  [ -n "${FREEHOLD_SITES_ADDRESS:-}" ] || return 0
  if ! has_address "$FREEHOLD_SITES_ADDRESS"; then
    note "Sites cannot send mail: this host has no address $FREEHOLD_SITES_ADDRESS. Is the network freehold there? If it" \
      "has another gateway, FREEHOLD_SITES_ADDRESS in /etc/freehold/host.env has to name it."
    return 0
  fi
  messages=$(limit FREEHOLD_SITE_MESSAGES "${FREEHOLD_SITE_MESSAGES:-30}" 30)
  recipients=$(limit FREEHOLD_SITE_RECIPIENTS "${FREEHOLD_SITE_RECIPIENTS:-100}" 100)
  sed -e "s/SITES_ADDRESS/$FREEHOLD_SITES_ADDRESS/" -e "s/SITE_MESSAGES/$messages/" -e "s/SITE_RECIPIENTS/$recipients/" \
    "$shared/master-sites.cf" >>"$new/master.cf"
}
