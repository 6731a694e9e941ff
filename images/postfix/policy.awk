# Postfix's policy protocol (SMTPD_POLICY_README): decides whether a site at this address may send as this sender. Each
# running site has a file with its domain's name that contains its address (unit-files/discovery@.service). It is read
# each time, so that a site may send as soon as it is up, and no longer once it is stopped. Anything that is missing is
# refused.
BEGIN {
  senders = "/run/senders/"
  # All names of sites, here and on other hosts of the cluster, running or not: NAME SITE.
  sites = "/data/runtime/haproxy/hosts.map"
  # The domains for which this host accepts mail.
  destinations = "/run/postfix/destinations"
}

# The address of a domain's site; empty if there is none.
function site(domain,   line, path) {
  # It comes from a stranger, and becomes a path.
  if (domain !~ /^[a-z0-9][a-z0-9.-]*$/) return ""
  line = ""
  path = senders domain
  getline line < path
  close(path)
  return line
}

# has FILE NAME [VALUE]: whether a line begins with these words; -1 if there is no such file.
function has(file, name, value,   line, word, status, found) {
  found = 0
  while ((status = (getline line < file)) > 0) {
    split(line, word, /[ \t]+/)
    if (word[1] == name && (value == "" || word[2] == value)) { found = 1; break }
  }
  close(file)
  return status < 0 ? -1 : found
}

# Whether a domain is used separately: a site elsewhere or one that is stopped, or a mail domain. Without the list of
# sites, only www. is known to be unused.
function is_taken(domain,   listed) {
  listed = has(sites, domain, domain)
  if (listed < 0) return domain !~ /^www\./
  return listed || has(destinations, domain, "") == 1
}

# The address of the site that a domain belongs to: its own, or that of the nearest domain above it.
function owner(domain,   address) {
  for (;;) {
    address = site(domain)
    if (address != "" || is_taken(domain)) return address
    if (!sub(/^[^.]+\./, "", domain) || domain !~ /\./) return ""
  }
}

# Notices have the empty sender: any site may send those.
function is_site(address,   command, line) {
  if (address !~ /^[0-9a-f.:]+$/) return 0
  line = ""
  command = "grep -rlxF " address " " senders " 2>/dev/null"
  command | getline line
  close(command)
  return line != ""
}

function allowed(address, sender,   domain) {
  if (sender == "") return is_site(address)
  domain = tolower(sender)
  # The last @ separates the domain; without one there is no domain.
  return sub(/^.*@/, "", domain) && address != "" && owner(domain) == address
}

/^[a-z_]+=/ {
  name = substr($0, 1, index($0, "=") - 1)
  value[name] = substr($0, index($0, "=") + 1)
}

/^$/ {
  if (allowed(value["client_address"], value["sender"])) action = "OK"
  else action = "550 5.7.1 A site may send only as its own domain and its subdomains; this host has no site at " value["client_address"] " that may send as <" value["sender"] ">"
  printf "action=%s\n\n", action
  fflush()
  split("", value)
}
