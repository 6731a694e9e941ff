# Postfix's policy protocol (SMTPD_POLICY_README): says whether a site at this address may send as this sender. The file
# `senders` is read anew each time, so that a site that has just come up may send at once, and a stopped one not.
# Lines in it: ADDRESS DOMAIN. Anything that is not there is refused.
BEGIN { senders = "/data/runtime/postfix/senders" }

function allowed(address, domain,   line, part, found) {
  found = 0
  while ((getline line < senders) > 0) {
    split(line, part, " ")
    if (part[1] == address && part[2] == domain) found = 1
  }
  close(senders)
  return found
}

/^[a-z_]+=/ {
  name = substr($0, 1, index($0, "=") - 1)
  value[name] = substr($0, index($0, "=") + 1)
}

/^$/ {
  domain = tolower(value["sender"])
  # Of several @ the last one counts; without one there is no domain.
  if (!sub(/^.*@/, "", domain)) domain = ""
  sub(/^www\./, "", domain)
  if (allowed(value["client_address"], domain)) action = "OK"
  else action = "550 5.7.1 A site may send as its own domain only; this host knows no site at " value["client_address"] " that is <" domain ">"
  printf "action=%s\n\n", action
  fflush()
  split("", value)
}
