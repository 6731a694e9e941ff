#!/usr/bin/env bash
# Makes the container that it runs in a git server like those that people have: the same bare repository, site.git, by
# ssh (user git, one key) and by smart HTTP over https, with a certificate from a CA of its own.
#   bash git-remote.sh ADDRESS FOLDER …
# The repository holds what is in the folders.
set -euo pipefail

address=$1
shift
mkdir -p /srv/git /srv/work /run/sshd /etc/remote
cd /etc/remote

make_repository() {
  git config --system init.defaultBranch main
  git config --system user.name 'A tester'
  git config --system user.email tester@remote.test
  git config --system safe.directory '*'
  git init -q --bare /srv/git/site.git
  git -C /srv/git/site.git config uploadpack.allowAnySHA1InWant true
  git clone -q /srv/git/site.git /srv/work/site 2>/dev/null
  local folder
  for folder; do cp -r "$folder" /srv/work/site/; done
}

make_certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=CA of the tests' \
    -keyout ca.key -out ca.pem 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$address" -keyout tls.key -out tls.csr 2>/dev/null
  openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -days 30 -out tls.pem \
    -extfile <(echo "subjectAltName=IP:$address") 2>/dev/null
}

serve_https() {
  cat >/etc/nginx/nginx.conf <<'CONF'
user root;
events {}
http {
  server {
    listen 443 ssl;
    ssl_certificate /etc/remote/tls.pem;
    ssl_certificate_key /etc/remote/tls.key;
    client_max_body_size 0;
    auth_basic git;
    auth_basic_user_file /etc/remote/users;
    location / {
      include fastcgi_params;
      fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
      fastcgi_param GIT_PROJECT_ROOT /srv/git;
      fastcgi_param GIT_HTTP_EXPORT_ALL "";
      fastcgi_param PATH_INFO $uri;
      fastcgi_param GIT_PROTOCOL $http_git_protocol;
      fastcgi_pass unix:/run/fcgiwrap.sock;
    }
  }
}
CONF
  printf 'reader:%s\n' "$(openssl passwd -6 'pass@word')" >users
  fcgiwrap -s unix:/run/fcgiwrap.sock >/dev/null 2>&1 </dev/null &
  nginx
}

serve_ssh() {
  useradd --home-dir /srv/git --shell /usr/bin/git-shell git
  usermod --password '*' git
  ssh-keygen -q -t ed25519 -N '' -f client_key
  install -d -o git -m 700 /srv/git/.ssh
  install -o git -m 600 client_key.pub /srv/git/.ssh/authorized_keys
  /usr/sbin/sshd
}

make_repository "$@"
make_certificate
serve_https
serve_ssh
