ARG BASE=python:3.13-slim-bookworm

# The dependencies alone: they change less often than the code does, and so are a layer of their own.
FROM ${BASE} AS dependencies
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_ROOT_USER_ACTION=ignore PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
COPY requirements/run.txt requirements/
RUN python -m pip install --quiet --require-hashes --only-binary :all: --prefix /dependencies --requirement requirements/run.txt \
 && python -m compileall -q --invalidation-mode unchecked-hash /dependencies/lib

FROM dependencies AS package
COPY requirements/build.txt requirements/
RUN python -m pip install --quiet --require-hashes --only-binary :all: --requirement requirements/build.txt
COPY . .
RUN python -m pip install --quiet --no-deps --no-build-isolation --prefix /package . \
 && python -m compileall -q --invalidation-mode unchecked-hash /package/lib
# The base has no bytecode of the standard library, and a read-only container never keeps any: here is that of all that is loaded.
RUN cd /usr/local/lib \
 && PYTHONPATH=$(echo /dependencies/lib/python3*/site-packages /package/lib/python3*/site-packages | tr ' ' :) \
    python /src/.ci/standard_library.py > /src/used.txt \
 && python -m compileall -q --invalidation-mode unchecked-hash -i /src/used.txt \
 && mkdir /bytecode && find python3* -path '*/site-packages' -prune -o -name '*.pyc' -exec cp --parents {} /bytecode ';'

FROM ${BASE}
RUN groupadd --gid 10001 mockcliq \
 && useradd --uid 10001 --gid mockcliq --no-create-home --home-dir /data --shell /usr/sbin/nologin mockcliq \
 && install --directory --owner mockcliq --group root --mode 775 /data /data/tls \
 && install --directory /worlds
COPY --from=dependencies /dependencies /usr/local
COPY --from=package /bytecode /usr/local/lib
COPY --from=package /package /usr/local
ENV MOCKCLIQ_HOST=0.0.0.0 MOCKCLIQ_ACCESS_LOG=text MOCKCLIQ_TLS_DIRECTORY=/data/tls PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /data
EXPOSE 2547 2548 2549
STOPSIGNAL SIGTERM
# Without --start-interval, which Docker knows from 25 on and Debian 12's buildah does not.
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["mockcliq", "healthcheck"]
ENTRYPOINT ["mockcliq"]
CMD ["serve"]
# The version is that of mockcliq/version.py; what is built to be published says when and of which commit, too.
ARG BASE
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="MockCliq" \
      org.opencontainers.image.description="A local mock of Zoho Cliq's API. Not affiliated with Zoho." \
      org.opencontainers.image.authors="The MockCliq authors" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.source="https://github.com/OWNER/mockcliq" \
      org.opencontainers.image.url="https://github.com/OWNER/mockcliq" \
      org.opencontainers.image.documentation="https://github.com/OWNER/mockcliq/tree/main/docs" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.base.name="${BASE}"
