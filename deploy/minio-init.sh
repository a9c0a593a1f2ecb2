#!/bin/sh
# Run by the client's image, again at each `docker compose up`: makes the archive's bucket and a user that may use it.
set -eu
mc alias set --quiet store http://minio:9000 root "$(cat /run/secrets/minio_root_password)"
mc mb --ignore-existing store/archive
mc admin user add store fleetloom "$(cat /run/secrets/archive_password)"
cat > /tmp/archive.json <<'POLICY'
{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": ["arn:aws:s3:::archive"] },
    { "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "Resource": ["arn:aws:s3:::archive/*"] }
  ]
}
POLICY
mc admin policy create store archive /tmp/archive.json
mc admin policy attach store archive --user fleetloom || mc admin user info store fleetloom | grep -q archive
