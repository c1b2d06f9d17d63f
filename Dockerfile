ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_ROOT_USER_ACTION=ignore \
    PIP_CONSTRAINT=/src/constraints.txt PIP_BUILD_CONSTRAINT=/src/constraints.txt
WORKDIR /src
# The dependencies first: they change less often than the code does.
COPY constraints.txt pyproject.toml ./
RUN python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")' > dependencies.txt \
 && python -m pip install --quiet --only-binary :all: --prefix /install --requirement dependencies.txt
COPY . .
RUN python -m pip install --quiet --prefix /install --no-deps . \
 && python -m compileall -q --invalidation-mode unchecked-hash /install/lib

FROM ${BASE}
ARG BASE
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="MockCliq" \
      org.opencontainers.image.description="A local mock of Zoho Cliq's Chats API. Not affiliated with Zoho." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${BASE}"
RUN groupadd --gid 10001 mockcliq \
 && useradd --uid 10001 --gid mockcliq --no-create-home --home-dir /data --shell /usr/sbin/nologin mockcliq \
 && install --directory --owner mockcliq --group mockcliq /data \
 && install --directory /worlds
COPY --from=build /install /usr/local
# The base has no bytecode of the standard library, and a read-only container never keeps any. Serving once makes what is used.
RUN mockcliq serve & mockcliq wait && mockcliq healthcheck && mockcliq reset && kill $! && wait $!
ENV MOCKCLIQ_ACCESS_LOG=text
ENV MOCKCLIQ_HOST=0.0.0.0 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /data
EXPOSE 2547
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --start-interval=1s --retries=3 CMD ["mockcliq", "healthcheck"]
ENTRYPOINT ["mockcliq"]
CMD ["serve"]
