# Postfix's policy protocol (SMTPD_POLICY_README): says whether a site at this address may send as this sender. Each
# running site has a file with its domain's name that holds its address (unit-files/discovery@.service). It is read anew
# each time, so that a site that has just come up may send at once, and a stopped one not. Anything that is not there is
# refused.
BEGIN { senders = "/run/senders/" }

# The address of a domain's site; nothing where there is none.
function site(domain,   line, path) {
  # It comes from a stranger, and becomes a path.
  if (domain !~ /^[a-z0-9][a-z0-9.-]*$/) return ""
  line = ""
  path = senders domain
  getline line < path
  close(path)
  return line
}

# www.DOMAIN is DOMAIN's, unless it is a site by itself.
function allowed(address, domain,   owner) {
  owner = site(domain)
  if (owner == "" && sub(/^www\./, "", domain)) owner = site(domain)
  return owner != "" && owner == address
}

/^[a-z_]+=/ {
  name = substr($0, 1, index($0, "=") - 1)
  value[name] = substr($0, index($0, "=") + 1)
}

/^$/ {
  domain = tolower(value["sender"])
  # Of several @ the last one counts; without one there is no domain.
  if (!sub(/^.*@/, "", domain)) domain = ""
  if (allowed(value["client_address"], domain)) action = "OK"
  else action = "550 5.7.1 A site may send as its own domain only; this host knows no site at " value["client_address"] " that is <" domain ">"
  printf "action=%s\n\n", action
  fflush()
  split("", value)
}
