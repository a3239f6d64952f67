# Every program of Citas in one small image: the three services and the one-process `citas`, which it starts by itself:
#
#   docker build -t citas:0.1.0 .
#   docker run --rm -p 127.0.0.1:8080:8080 -v citas-data:/var/lib/citas citas:0.1.0
#
# docker-compose.yml starts the services from it.

FROM rust:1.95.0-bookworm AS build
WORKDIR /src
COPY . .
# The registry and what was compiled before are kept between builds, and are no part of the image. `citas` is built by
# itself, because it needs neither Postgres nor Kafka nor Redis.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --profile production --locked --package citas \
    && install -D --strip --target-directory=/programs target/production/citas \
    && cargo build --profile production --locked --package command-api --package projector --package query-api \
    && install -D --strip --target-directory=/programs \
        target/production/command-api target/production/projector target/production/query-api

FROM debian:12.11-slim
# Whom to trust when a server is spoken to over TLS.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /programs/citas /programs/command-api /programs/projector /programs/query-api /usr/local/bin/
RUN install --directory --owner=65532 --group=65532 --mode=0700 /var/lib/citas
# The licences of all that is in the programs.
COPY NOTICE LICENSE LICENSE-MIT LICENSE-APACHE /usr/share/doc/citas/
VOLUME /var/lib/citas
ENV CITAS_DATA=/var/lib/citas CITAS_LISTEN=0.0.0.0:8080 CITAS_BEHIND_PROXY=true
EXPOSE 8080
# Each of the services can ask whatever listens at CITAS_LISTEN how it is, `citas` too.
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s CMD ["query-api", "--check"]
USER 65532:65532
CMD ["citas"]
