#!/bin/sh
# dispatch web|worker|beat|migrate|asterisk-bridge, or any other command.
set -eu

case "${1:-web}" in
  web)
    exec gunicorn config.wsgi:application --config config/gunicorn.py \
      --bind 0.0.0.0:8000 \
      --workers "${WEB_WORKERS:-4}" --threads "${WEB_THREADS:-2}" \
      --timeout 60 --max-requests 200000 --max-requests-jitter 20000 \
      --worker-tmp-dir /dev/shm
    ;;
  worker)
    exec celery -A config worker --concurrency "${WORKER_PROCESSES:-2}" --loglevel "${LOG_LEVEL:-INFO}"
    ;;
  beat)
    exec celery -A config beat --pidfile= --loglevel "${LOG_LEVEL:-INFO}"
    ;;
  asterisk-bridge)
    : "${ASTERISK_SECRET:?set it in docker/.env}" # the command reads it itself: arguments are seen by everybody
    exec python manage.py asterisk_bridge --host "${ASTERISK_HOST:?}" --user "${ASTERISK_USER:?}" \
      --hooks-url "${ASTERISK_HOOKS_URL:?}" --incoming "${ASTERISK_INCOMING:-from-trunk}"
    ;;
  migrate)
    exec python manage.py migrate --noinput
    ;;
  *)
    exec "$@"
    ;;
esac
