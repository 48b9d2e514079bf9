# One image for all services; the command says which. Nothing runs as root inside.
ARG PYTHON_IMAGE=python:3.13-slim
FROM ${PYTHON_IMAGE}

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN python3 -m venv /opt/answerbeat
ENV PATH=/opt/answerbeat/bin:$PATH
WORKDIR /src

# The libraries are a layer of their own: they change seldom.
COPY requirements.lock ./
RUN pip install --disable-pip-version-check --no-cache-dir --quiet --require-hashes -r requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY protos protos
COPY answerbeat answerbeat
COPY scheduler_svc scheduler_svc
COPY worker_svc worker_svc
COPY admin_gateway admin_gateway
COPY engine_emulator engine_emulator
RUN python protos/generate.py \
 && pip install --disable-pip-version-check --no-cache-dir --quiet --no-deps --no-build-isolation . \
 && useradd --system --uid 10001 --no-create-home answerbeat

# Away from /src, so that what was installed is what runs.
WORKDIR /
USER answerbeat
ENTRYPOINT ["answerbeat"]
