export const help = `
Usage: confd [--once | --dry-run]

Writes HAProxy's configuration from what etcd holds under /services/, and has HAProxy take it over
without losing a request. Runs until stopped, unless told otherwise.

Options:
  --once      look once, write, have HAProxy take it over, end
  --dry-run   print what would change as a unified difference; change nothing
  -h, --help  this text

It writes haproxy.cfg, crt-list, https.map (names to redirect to https) and hosts.map, and reads
approved-certs/DOMAIN.pem (chain and key in one file) and default.pem (for names without a
certificate of their own), all in one folder. HAProxy reads its copies of the valid ones, in
served-certs, named for their content. Invalid entries are skipped and logged once; when HAProxy
refuses a site, that site is quarantined, and the others are served. While default.pem is broken,
the last valid one stays in use. Most changes, those of certificates too, are commands to the
running HAProxy; the files follow within a second.

Settings (environment):
  FREEHOLD_HOST             this host's name in etcd                    (the machine's name)
  FREEHOLD_HOST_IP          where the other hosts reach this one        (first address)
  FREEHOLD_ETCD             URLs of etcd, separated by commas           (http://127.0.0.1:2379)
  FREEHOLD_BOOT_ID          this boot's id; older addresses are void    (the kernel's)
  FREEHOLD_HAPROXY_DIR      folder of the files                         (/data/runtime/haproxy)
  FREEHOLD_HAPROXY_SOCKETS  folder of master.sock and admin.sock        (/run/haproxy)
  FREEHOLD_PAGES_DIR        404.html and 503.http, as HAProxy sees them (/etc/haproxy/pages)
  FREEHOLD_ACME_WAKE_DIR    in a cluster: where acme is told of changes (/run/acme)
  FREEHOLD_HTTP_PORT        where HAProxy listens for http              (80)
  FREEHOLD_HTTPS_PORT       where HAProxy listens for https             (443)
  FREEHOLD_HOP_PORT         where HAProxys of other hosts reach this one (unset: alone)
  FREEHOLD_SITES_NETWORK    where this host's own sites can be, as in 172.30.0.0/16 (unset: anywhere)
  FREEHOLD_ETCD_CA, _CERT, _KEY  PEM files, for URLs with https          (unset)
  FREEHOLD_QUIET_MS         a burst of changes ends after so many ms    (20)
  FREEHOLD_MAX_WAIT_MS      but is never waited for longer than this    (300)
  FREEHOLD_RELOAD_INTERVAL_MS  after three reloads of HAProxy at once, one in so many ms (30000)

Exit codes: 0 done, 1 failed, 2 wrong arguments or settings.

Example:
  docker run --rm --network host --env-file /etc/freehold/host.env \\
    --volume /data/runtime/haproxy:/data/runtime/haproxy freehold/confd --dry-run
`;
