# shellcheck shell=sh disable=SC2154 # some variables are those of configure.sh
# The port at which sites hand in what they send. A part of configure.sh.

# whole_number NAME VALUE DEFAULT: a word that is none would end every smtpd for the sites at its start.
whole_number() {
  case "$2" in
    '' | *[!0-9]*) note "$1 is '$2', which is no whole number: $3 is used."; echo "$3" ;;
    *) echo "$2" ;;
  esac
}

# Where the sites' bridge is not there, its address cannot be listened at, and Postfix would not start at all.
add_sites() {
  [ -n "${FREEHOLD_SITES_ADDRESS:-}" ] || return 0
  if ! grep -qwF -- "$FREEHOLD_SITES_ADDRESS" /proc/net/fib_trie; then
    note "Sites cannot send mail: this host has no address $FREEHOLD_SITES_ADDRESS. Is the network freehold there? If it" \
      "has another gateway, FREEHOLD_SITES_ADDRESS in /etc/freehold/host.env has to name it."
    return 0
  fi
  messages=$(whole_number FREEHOLD_SITE_MESSAGES "${FREEHOLD_SITE_MESSAGES:-30}" 30)
  recipients=$(whole_number FREEHOLD_SITE_RECIPIENTS "${FREEHOLD_SITE_RECIPIENTS:-100}" 100)
  sed -e "s/SITES_ADDRESS/$FREEHOLD_SITES_ADDRESS/" -e "s/SITE_MESSAGES/$messages/" -e "s/SITE_RECIPIENTS/$recipients/" \
    "$shared/master-sites.cf" >>"$new/master.cf"
}
