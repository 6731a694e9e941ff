# shellcheck shell=sh disable=SC2154 # some variables are those of configure.sh
# Certificates in Postfix's form. Part of configure.sh.

# Postfix requires the key before its chain, HAProxy accepts both orders: each file is rewritten, readable only for root.
lay_certificates() {
  mkdir -m 700 "$new/tls"
  awk -v folder="$new/tls" '
    function lay(name, path,   line, block, key, chain) {
      key = chain = block = ""
      while ((getline line < path) > 0) {
        if (line ~ /^-----BEGIN /) block = ""
        block = block line "\n"
        if (line ~ /^-----END .*PRIVATE KEY-----/) key = block
        if (line ~ /^-----END CERTIFICATE-----/) chain = chain block
      }
      close(path)
      if (key == "" || chain == "") return
      printf "%s%s", key, chain > (folder "/" name ".pem")
      close(folder "/" name ".pem")
      if (name != "default") print name, folder "/" name ".pem" > (folder "/sni")
    }
    !/^#/ && NF == 2 { lay($1, $2) }' "$data/certificates"
  [ -s "$new/tls/sni" ] || return 0
  check postmap -c "$new" -F "cdb:$new/tls/sni"
}

# The host's own certificate, or else the default one, is for clients that request no name, or one without a certificate.
certificate_settings() {
  for one in "$name" default; do
    [ -s "$new/tls/$one.pem" ] || continue
    echo smtpd_tls_security_level=may
    echo "smtpd_tls_chain_files=$run/tls/$one.pem"
    break
  done
  if [ -s "$new/tls/sni.cdb" ]; then echo "tls_server_sni_maps=cdb:$run/tls/sni"; fi
}
