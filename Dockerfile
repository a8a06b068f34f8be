# The image of the web server, of the migrations and of the reminders.

FROM python:3.12-slim-bookworm AS builder
RUN python -m venv --without-pip /opt/venv
COPY requirements.txt /tmp/requirements.txt
RUN python -m pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check \
    --require-hashes -r /tmp/requirements.txt

FROM python:3.12-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    BACKDEP_DEBUG=off
RUN /usr/local/bin/python -m pip uninstall --yes --root-user-action=ignore pip \
    && groupadd --gid 10001 backdep \
    && useradd --uid 10001 --gid backdep --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin backdep
WORKDIR /app
COPY --from=builder /opt/venv /opt/venv
COPY manage.py CHANGELOG.md ./
COPY static ./static
COPY templates ./templates
COPY backdep_site ./backdep_site
COPY guidance ./guidance
COPY patients ./patients
# the worked patients examine every edition
COPY tests/cases ./tests/cases
# The key, the host and the database are for this one command: the settings refuse to start without them.
RUN BACKDEP_SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(60))')" \
    BACKDEP_ALLOWED_HOSTS=localhost \
    DATABASE_URL=sqlite:////tmp/unused.sqlite3 \
    python manage.py collectstatic --no-input \
    && python -m compileall -q backdep_site guidance patients
# Everything above belongs to root: the process can read its code and not change it.
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["python", "-c", "\
import os, urllib.request; \
host = os.environ['BACKDEP_ALLOWED_HOSTS'].split(',')[0].strip().lstrip('.').replace('*', 'localhost'); \
request = urllib.request.Request('http://127.0.0.1:8000/healthz', headers={'Host': host}); \
urllib.request.urlopen(request, timeout=4)"]
# The access log leaves out query strings and referrers: a search may hold a patient's name.
CMD ["gunicorn", "backdep_site.wsgi", \
     "--bind", "0.0.0.0:8000", \
     "--workers", "2", \
     "--threads", "4", \
     "--worker-tmp-dir", "/dev/shm", \
     "--no-control-socket", \
     "--access-logfile", "-", \
     "--access-logformat", "%(h)s %(t)s \"%(m)s %(U)s\" %(s)s %(b)s %(M)sms"]
