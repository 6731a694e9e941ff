export const help = `
acme: obtains and renews certificates from an ACME CA, such as Let's Encrypt (RFC 8555, http-01).

Usage: acme DOMAIN | acme --all | acme --check DOMAIN

  DOMAIN            Obtains the certificate of one site, or renews it if it is due, now.
  --all             Does everything that is due: renewals, new sites, unfinished orders. Records when
                    the next work is due.
  --check DOMAIN    Rehearses the whole process with the CA's staging directory. Changes nothing.
  -h, --help        Prints this help.

Example:

  systemctl start acme@example.com
  docker run --rm --network host --user 0:10001 --cap-drop ALL --env-file /etc/freehold/host.env \\
    --volume /data/acme:/data/acme --volume /data/domains:/data/domains \\
    --volume /data/runtime/haproxy:/data/runtime/haproxy:ro \\
    --volume /data/runtime/haproxy/acme:/data/runtime/haproxy/acme \\
    --volume /data/runtime/haproxy/approved-certs:/data/runtime/haproxy/approved-certs \\
    --volume /etc/freehold:/etc/freehold:ro --volume /run/freehold/haproxy:/run/haproxy freehold/acme --check example.com

acme orders a certificate only if that would succeed: CAA records allow it, and every address of the
name returns this host's answer on port 80. www.DOMAIN is included if it points to this host too.

In /data/domains/DOMAIN/TLS:

  DOMAIN.pem        chain and key. Replaced only if it came from acme
  acme.json         the fingerprints of acme's certificates
  manual            if it exists, acme leaves the site alone

In /data/acme:

  account.pem       the key of the account with the CA; part of backups
  host.json         accounts, and the orders of the last week
  sites, status     unfinished orders, and a sentence about each site
  next              when the next work is due, in seconds since 1970

On a member of a cluster, account, orders and certificates are in etcd, encrypted by a key that only
members have. One member at a time orders for all; every member installs all certificates.

Settings (environment):
  FREEHOLD_OPERATOR         mail address for the CA; unset, acme does nothing
  FREEHOLD_ACME             off: acme does nothing (on)
  FREEHOLD_ACME_DIRECTORY   the CA's directory (Let's Encrypt)
  FREEHOLD_ACME_STAGING     the staging directory (that of Let's Encrypt)
  FREEHOLD_ACME_CA          a PEM file of a root to trust for the directory's own TLS (none)
  FREEHOLD_ACME_PROFILE     the profile of certificates to order, such as shortlived (the CA's default)
  FREEHOLD_ACME_EAB_FILE    a file with one line, key identifier and HMAC key, for CAs that bind
                            accounts (none)
  FREEHOLD_ACME_RESOLVERS   DNS resolvers, as in 192.0.2.53:53,[2001:db8::53]:53 (the system's, 1.1.1.1
                            and 9.9.9.9)
  FREEHOLD_HOST_IP          this host's address, for advice about DNS
  FREEHOLD_DATA             the folder of all data (/data)
  FREEHOLD_HAPROXY_DIR, FREEHOLD_HAPROXY_SOCKETS   HAProxy's files and sockets
                            (/data/runtime/haproxy, /run/haproxy)
  FREEHOLD_HOST, FREEHOLD_ETCD, _CA, _CERT, _KEY   this host as a member of a cluster
  FREEHOLD_CLUSTER_KEYS     the members' keys for certificates (/etc/freehold/certificate-keys)
  FREEHOLD_ACME_HTTP_PORT   for tests: the port of challenges instead of 80

Exit codes: 0 success, 1 failure (the last line states the reason), 2 invalid arguments or settings.
`;
