export const help = `
Usage: postfix-config [--once | --dry-run] | add ADDRESS TARGET… | remove ADDRESS | test ADDRESS [--json] | dns DOMAIN | list [--json]

Writes Postfix's files from the etcd keys under /mail/, and makes Postfix load them without a
restart. Runs until stopped, unless an option or command is given. In an etcd key and in an ADDRESS,
* instead of the name stands for the rest of a domain: *@example.com.

Options:
  --once      write the files once, make Postfix load them, and exit
  --dry-run   print the changes as a unified diff; change nothing
  -h, --help  print this help

Commands:
  add         write a forward to etcd, replacing an existing one
  remove      remove a forward from etcd
  test        explain what would happen to a message for ADDRESS; changes and sends nothing; with --json,
              one {address, verdict, explanation, accepted, answer, skipped, records}, where verdict is
              forwarded, unknown-address, unknown-domain or rewritten (a sender rewritten by SRS)
  dns         print the DNS records that a domain needs
  list        print the configured forwards, their state in Postfix, and skipped entries with reasons; with
              --json, a list of {address, targets, postfix, source, problem}, where postfix is active,
              pending (Postfix does not have it yet), unreachable (Postfix does not answer), leftover
              (only Postfix has it) or skipped

It writes hostname, destinations, forwards, spellings and certificates, and once srs-secret, all in one
folder. It also reads your own files there: forwards.local and destinations.local are merged in and take
precedence over etcd; main.cf.local contains lines NAME = VALUE for Postfix's main.cf. Invalid entries,
loops and forwards with too many targets are skipped and logged once.

Settings (environment):
  FREEHOLD_HOST             this host's name, also in Postfix           (the machine's name)
  FREEHOLD_HOST_IP          an address for the DNS records, besides the sources of outgoing connections
  FREEHOLD_ETCD             URLs of etcd, separated by commas           (http://127.0.0.1:2379)
  FREEHOLD_POSTMASTER       the target for mail to postmaster@HOST      (none)
  FREEHOLD_FORWARD_TARGETS  the maximum number of targets of an address (50)
  FREEHOLD_POSTFIX_DIR      folder for the files                        (/data/runtime/postfix)
  FREEHOLD_POSTFIX_SOCKETS  folder of Postfix's control.sock            (/run/postfix)
  FREEHOLD_HAPROXY_DIR      folder of default.pem and approved-certs    (/data/runtime/haproxy)
  FREEHOLD_SMTP             Postfix's address for \`test\`                (127.0.0.1:25)
  FREEHOLD_QUIET_MS         ms without changes after which a burst ends (50)
  FREEHOLD_MAX_WAIT_MS      maximum ms to wait for the end of a burst   (500)

Exit codes: 0 success, 1 failure, 2 invalid arguments or settings.

Example:
  docker run --rm --network host --env-file /etc/freehold/host.env \\
    --volume /data/runtime/postfix:/data/runtime/postfix freehold/postfix-config --dry-run
`;
