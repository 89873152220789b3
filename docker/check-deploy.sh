#!/bin/sh
# Django's deployment check under the settings of .env.example, with throw-away keys: check-deploy.sh PYTHON
set -eu

python=$1
root=$(dirname "$0")/..
key() { "$python" -c 'import secrets; print(secrets.token_urlsafe(48))'; }

set -a
eval "$(grep -v '<' "$root/docker/.env.example" | grep -v '^#')"
SECRET_KEY=$(key) FIELD_KEYS=$(key) BLIND_INDEX_KEY=$(key)
ALLOWED_HOSTS=localhost CSRF_TRUSTED_ORIGINS=https://localhost
set +a
exec "$python" "$root/manage.py" check --deploy --fail-level WARNING
