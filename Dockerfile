# frogmint's container action: the static binary, its two links, a CA bundle, and nothing else. It is what `uses: ./` and a
# branch are built from; the commit of a release names an image that .ci/release-build made of the released binaries.

# The builder is an argument so that a machine without a registry can name an image of its own.
ARG BUILDER=golang:1.26.8-alpine
FROM ${BUILDER} AS build

WORKDIR /src
COPY go.mod go.sum ./
COPY action ./action
COPY internal ./internal
COPY cmd/frogmint ./cmd/frogmint
RUN CGO_ENABLED=0 GOFLAGS="$(cat cmd/frogmint/build.flags)" go build -buildvcs=false -o /image/frogmint -ldflags "-s -w -funcalign=8" ./cmd/frogmint

# The links are made here because scratch has no ln. They are symbolic because the classic builder copies a hard link
# as a second file. Go reads a CA bundle in /etc/ssl/certs twice, as a file and as a part of the folder; this one once.
RUN ln -s frogmint /image/frogmint-main \
 && ln -s frogmint /image/frogmint-post \
 && mkdir -p /image/etc/ssl \
 && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/cert.pem

FROM scratch

LABEL org.opencontainers.image.title="frogmint" \
      org.opencontainers.image.description="Mints a JFrog access token for one CI job and revokes it when the job ends" \
      org.opencontainers.image.source="https://github.com/frogmint/frogmint" \
      org.opencontainers.image.licenses="Apache-2.0"

COPY --from=build /image/ /

# There is no USER line: GitHub's runner mounts its command files into the container with the owner and the mode of the
# runner's own user (0644), whose id differs from runner to runner. Only root can write them all.
ENTRYPOINT ["/frogmint"]
