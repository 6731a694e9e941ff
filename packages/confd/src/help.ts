export const help = `
Usage: confd [--once | --dry-run]

Writes HAProxy's configuration from the etcd keys under /services/, and makes HAProxy load it without
losing a request. Runs until it is stopped, unless --once or --dry-run is given.

Options:
  --once      Updates the configuration once, makes HAProxy load it, and exits.
  --dry-run   Prints what would change as a unified diff, and changes nothing.
  -h, --help  Prints this help.

It writes haproxy.cfg, crt-list, https.map (names to redirect to https) and hosts.map, and reads
approved-certs/DOMAIN.pem (chain and key in one file) and default.pem (for names without their own
certificate), all in one folder. It copies valid certificates to served-certs, named for their content,
where HAProxy reads them. Invalid entries are skipped and logged once. If HAProxy refuses a site, that
site is quarantined and the others are served. While default.pem is broken, the last valid one stays in
use. Most changes, including those of certificates, are commands to the running HAProxy; the files
follow within a second.

Settings (environment):
  FREEHOLD_HOST             this host's name in etcd                    (the machine's name)
  FREEHOLD_HOST_IP          this host's address for the other hosts     (first address)
  FREEHOLD_ETCD             URLs of etcd, separated by commas           (http://127.0.0.1:2379)
  FREEHOLD_BOOT_ID          this boot's id; older addresses are ignored (the kernel's)
  FREEHOLD_HAPROXY_DIR      folder of the files                         (/data/runtime/haproxy)
  FREEHOLD_HAPROXY_SOCKETS  folder of master.sock and admin.sock        (/run/haproxy)
  FREEHOLD_PAGES_DIR        404.html and 503.http, as HAProxy sees them (/etc/haproxy/pages)
  FREEHOLD_ACME_WAKE_DIR    in a cluster: folder that wakes up acme     (/run/acme)
  FREEHOLD_HTTP_PORT        HAProxy's port for http                     (80)
  FREEHOLD_HTTPS_PORT       HAProxy's port for https                    (443)
  FREEHOLD_HOP_PORT         port for the HAProxys of other hosts        (unset: no cluster)
  FREEHOLD_SITES_NETWORK    network of this host's sites, such as 172.30.0.0/16 (unset: any)
  FREEHOLD_ETCD_CA, _CERT, _KEY  PEM files, for URLs with https          (unset)
  FREEHOLD_QUIET_MS         ms without a change that end a burst        (20)
  FREEHOLD_MAX_WAIT_MS      longest wait for the end of a burst, in ms  (300)
  FREEHOLD_RELOAD_INTERVAL_MS  ms between reloads of HAProxy, after three at once (30000)

Exit codes: 0 success, 1 failure (the last line states the reason), 2 invalid arguments or settings.

Example:
  docker run --rm --network host --env-file /etc/freehold/host.env \\
    --volume /data/runtime/haproxy:/data/runtime/haproxy freehold/confd --dry-run
`;
