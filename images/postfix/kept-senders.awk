# Postfix's protocol for tables over TCP (tcp_table(5)): senders that cannot be rewritten by SRS into an address that every
# server accepts are stored in a file, and replaced by an alias of 48 characters: SRS0=kept=DAY=TOKEN@HOST. Those are
#   - senders whose rewritten address would have more than 64 characters before the @ (RFC 5321, section 4.5.3.1.1), such as
#     those of mailing lists and bulk senders,
#   - those whose name needs quotes, and those with letters beyond ASCII, which fewer servers accept (SMTPUTF8).
# All others are not in this table, and postsrsd, which comes after it, rewrites them.
#   -v way=out    returns the alias of a sender
#   -v way=back   returns the sender of an alias, for three weeks
# A key contains %XX for anything but printable ASCII. It comes from a stranger, so it is never part of a command or a path.
BEGIN {
  folder = "/var/spool/postfix/kept-senders/"
  valid_days = 21
  # The maximum number of senders per day. Mail from further ones must wait.
  if (!most_bytes) most_bytes = 64 * 1024 * 1024
}

function today() { return int(systime() / 86400) }

# The length of SRS's result for the part before the @; a hash has six characters, a day two.
function rewritten_length(name, domain) {
  if (name ~ /^[Ss][Rr][Ss]1[-=+]/) return length(name) - (index(substr(name, 6), "=") - 1) + length("hhhhhh")
  if (name ~ /^[Ss][Rr][Ss]0[-=+]/) return length("SRS1=hhhhhh==") + length(domain) + length(name) - length("SRS0")
  return length("SRS0=hhhhhh=dd==") + length(domain) + length(name)
}

function is_awkward(key,   name, domain) {
  if (key ~ /%[89A-Fa-f]/ || key ~ /^"/) return 1
  name = domain = key
  sub(/@[^@]*$/, "", name)
  sub(/^.*@/, "", domain)
  return rewritten_length(name, domain) > 64
}

function bytes_in(file,   line, field, command) {
  line = ""
  command = "ls -ln " file " 2>/dev/null"
  command | getline line
  close(command)
  split(line, field)
  return field[5] + 0
}

function drop_expired(day,   files, old) {
  files = ""
  for (old = day - valid_days - 60; old < day - valid_days; old++) files = files " " folder old
  system("rm -f" files)
}

# On disk before Postfix accepts the message; empty if it could not be written. A full disk truncates only this line.
function keep(key,   file, token, bytes, command) {
  file = folder today()
  bytes = bytes_in(file)
  if (bytes == 0) drop_expired(today())
  if (bytes > most_bytes) return ""
  getline token < "/proc/sys/kernel/random/uuid"
  close("/proc/sys/kernel/random/uuid")
  gsub(/-/, "", token)
  command = "cat >>" file " && sync -d " file
  printf "\n%s %s\n", token, key | command
  return close(command) == 0 ? "SRS0=kept=" today() "=" token "@" host : ""
}

function find_kept(key,   part, file, line, found) {
  if (tolower(key) !~ /^srs0[-=+]kept=[0-9]+=[0-9a-f]+@/) return ""
  split(tolower(key), part, /[-=+@]/)
  if (tolower(substr(key, index(key, "@") + 1)) != host || length(part[4]) != 32) return ""
  if (part[3] > today() || part[3] < today() - valid_days) return ""
  file = folder (part[3] + 0)
  found = ""
  while ((getline line < file) > 0) if (index(line, part[4] " ") == 1) found = substr(line, 34)
  close(file)
  return found
}

function answer(key,   result) {
  if (way == "back") {
    result = find_kept(key)
    return result == "" ? "500 not kept here" : "200 " result
  }
  if (key !~ /@/ || tolower(substr(key, length(key) - length(host))) == "@" host || !is_awkward(key)) return "500 for SRS"
  result = keep(key)
  return result == "" ? "400 the sender could not be kept" : "200 " result
}

{
  if ($1 == "get") print answer(substr($0, 5))
  else print "400 only get is known"
  fflush()
}
