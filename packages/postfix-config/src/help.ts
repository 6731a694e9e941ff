export const help = `
Usage: postfix-config [--once | --dry-run] | add ADDRESS TARGET… | remove ADDRESS | test ADDRESS [--json] | dns DOMAIN | list [--json]

Writes Postfix's files from what etcd holds under /mail/, and has Postfix take them over without a
restart. Runs until stopped, unless told otherwise. In an etcd key as in an ADDRESS, * in the place
of the name stands for all the rest of a domain: *@example.com.

Options:
  --once      look once, write, have Postfix take it over, end
  --dry-run   print what would change as a unified difference; change nothing
  -h, --help  this text

Commands:
  add         put a forward into etcd, in the place of the one that was there
  remove      take it out again
  test        what would happen to a message for ADDRESS, and why; changes and sends nothing; with --json, one
              {address, verdict, explanation, accepted, answer, skipped, records}, where verdict is forwarded,
              unknown-address, unknown-domain or rewritten (a sender as SRS rewrites it)
  dns         the records in DNS that a domain needs
  list        what is configured, what Postfix has, and what was left out and why; with --json, a list of
              {address, targets, postfix, source, problem}, where postfix is active, pending (it has not
              got it yet), unreachable (it does not answer), leftover (it alone has it) or skipped

It writes hostname, destinations, forwards, spellings and certificates, and once srs-secret, all in one
folder. Files of yours beside them are respected: forwards.local and destinations.local are merged in,
and count more than etcd; main.cf.local has lines NAME = VALUE for Postfix's main.cf. What is malformed,
a loop, or one target more than the limit is left out and said once.

Settings (environment):
  FREEHOLD_HOST             this host's name, and Postfix's             (the machine's name)
  FREEHOLD_HOST_IP          an address for the DNS records, beside those that connections come from
  FREEHOLD_ETCD             URLs of etcd, separated by commas           (http://127.0.0.1:2379)
  FREEHOLD_POSTMASTER       who gets the mail of postmaster@HOST        (nobody)
  FREEHOLD_FORWARD_TARGETS  the most addresses that one may lead to     (50)
  FREEHOLD_POSTFIX_DIR      folder of the files                         (/data/runtime/postfix)
  FREEHOLD_POSTFIX_SOCKETS  folder of Postfix's control.sock            (/run/postfix)
  FREEHOLD_HAPROXY_DIR      folder of default.pem and approved-certs    (/data/runtime/haproxy)
  FREEHOLD_SMTP             where \`test\` asks Postfix                   (127.0.0.1:25)
  FREEHOLD_QUIET_MS         a burst of changes ends after so many ms    (50)
  FREEHOLD_MAX_WAIT_MS      but is never waited for longer than this    (500)

Exit codes: 0 done, 1 failed, 2 wrong arguments or settings.

Example:
  docker run --rm --network host --env-file /etc/freehold/host.env \\
    --volume /data/runtime/postfix:/data/runtime/postfix freehold/postfix-config --dry-run
`;
