# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# What makes a machine a host, in order. Each step compares and changes what differs. Part of setup.sh.

check_machine() {
  need_root
  check_system
  check_known_name "$name"
  check_snaps
  ensure_iproute
  check_ipv4
  check_sites_network
  check_ports 80 443 25 587
  check_cluster "$cluster" "$name"
  check_operator "$operator" "$cluster"
}

prepare_machine() {
  step "Docker and etcd from the distribution, and the commands that units call." install_packages
  step "Below /data/domains, each site has one folder that is moved and backed up as one. What is in /data/runtime can be recreated." make_folders
  step "The settings of this host, which every unit reads." write_host_env "$name"
  install_keys "$cluster"
  write_cluster_env "$cluster"
  step "The mail address for the CA. It turns on automatic certificates." write_operator "$operator"
  step "The edge needs a certificate for https on names without their own. Browsers warn, as intended." make_default_certificate "$name"
  step "HAProxy and Postfix run without root and without capabilities, so the kernel must open ports from 80 on to them." allow_ports
  step "systemd takes one inotify instance or two for each site, of which the kernel allows root only 128." allow_path_units
  step "In a cluster, sites must not reach its ports." install_barrier "$cluster"
  allow_late_address "$cluster"
  step "etcd stores the addresses of sites. It listens on loopback only, so that no site reaches it." configure_etcd "$cluster"
  step "Docker runs the sites." start_docker
  step "In this network, containers cannot reach one another." make_network
  step "haproxy-confd and Postfix use the sites' network, if it is not the default one." note_sites_network
}

install_freehold() {
  step "The images: from Docker, an archive, or built here." provide_images "$archive" "${wanted[@]}"
  step "systemd accepts only users with an entry on the host, even by number." make_users
  step "Programs that run once start faster from their image's unpacked root filesystem than in a container." unpack_programs
  step "The command freehold, its manual page and its completion." install_command
  step "The units, and the scripts that they run." install_units
}

# start_services: all but what needs the images of mail and certificates if edge_only is yes
start_services() {
  step "Any program on the machine could read the cloud's user data, which often contain secrets: sites must not." keep_from_metadata
  step "Sites send mail through Postfix only, which limits it." keep_from_mail_servers
  step "HAProxy answers visitors; haproxy-confd, which starts with it, configures it from etcd." start_edge
  [ "$edge_only" = no ] || return 0
  step "Postfix forwards the sites' mail; postfix-config, which starts with it, configures it from etcd." start_mail
  step "acme obtains and renews certificates, if there is an operator." start_certificates
  step "This checks that sites cannot reach one another, etcd, or the machine's metadata." check_isolation
}
