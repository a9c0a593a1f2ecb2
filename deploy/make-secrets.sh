#!/bin/sh
# Makes the secrets that docker-compose.yml mounts, once: what is there stays. Needs openssl.
# The folder is for its owner only; the files in it are readable, because containers run as users of their own.
set -eu
cd "$(dirname "$0")/.."
umask 077
mkdir -p secrets
cd secrets

# Letters and digits only: some end up in URLs and configuration files.
password() { openssl rand -base64 48 | tr -dc 'A-Za-z0-9' | cut -c1-40; }
# make NAME: keeps what is there, else takes the standard input.
make() { if [ -s "$1" ]; then cat > /dev/null; else cat > "$1.tmp"; mv "$1.tmp" "$1"; fi; }

for name in admin-password jwt-secret credential-secret grafana-password mqtt-password mqtt-hook-secret mongo-root-password mongo-password \
  redis-password minio-root-password archive-password emqx-cookie emqx-dashboard-password; do
  password | make "$name"
done
openssl rand -base64 756 | make mongo-key

printf 'mongodb://fleetloom:%s@mongo-1:27017,mongo-2:27017,mongo-3:27017/fleetloom?replicaSet=rs0&authSource=admin\n' \
  "$(cat mongo-password)" | make mongo-url
printf 'redis://:%s@redis:6379\n' "$(cat redis-password)" | make redis-url
printf 'requirepass %s\n' "$(cat redis-password)" | make redis-auth.conf
printf '[default]\naws_access_key_id = fleetloom\naws_secret_access_key = %s\n' "$(cat archive-password)" | make aws-credentials
sed -e "s/@HOOK_SECRET@/$(cat mqtt-hook-secret)/" -e "s/@COOKIE@/$(cat emqx-cookie)/" \
  -e "s/@DASHBOARD_PASSWORD@/$(cat emqx-dashboard-password)/" ../deploy/emqx.conf | make emqx.conf

chmod 0444 ./*
echo "secrets/ is complete. The administrator's password is in secrets/admin-password, Grafana's in secrets/grafana-password."
