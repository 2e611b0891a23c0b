# One image for web, worker, sender, beat and migrations; docker-compose.yml says which is which.

FROM python:3.13-slim AS packages
WORKDIR /app
COPY requirements.lock .
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary=:all: -r requirements.lock

FROM python:3.13-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libmagic1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /app switchboard
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=inbox.settings
COPY --from=packages /app/.venv .venv
COPY . .
# Static files need no secret, but settings insist on one; this one ends with the command.
RUN SECRET_KEY=only-for-collectstatic python manage.py collectstatic --noinput --verbosity 0 \
    && install -d -o switchboard media
USER switchboard
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "docker/healthcheck.py"]
# The forwarded headers are believed: publish the port to a TLS proxy only, never to the world.
CMD ["python", "-m", "inbox.lib.web_server", "-b", "0.0.0.0", "-p", "8000", "--proxy-headers", "-v", "0", "inbox.asgi:application"]
