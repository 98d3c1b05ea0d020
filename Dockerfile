# Two images from one file: `temporal` is the pinned server, `ops` is the control-plane worker, the ingress and the ops command.

FROM golang:1.26.8-bookworm AS temporal-build
WORKDIR /src
COPY tools/temporal/go.mod tools/temporal/go.sum ./
ENV CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-buildvcs=false
RUN go build -trimpath -ldflags "-s -w" -o /out/temporal-server go.temporal.io/server/cmd/server \
 && go build -trimpath -ldflags "-s -w" -o /out/temporal-sql-tool go.temporal.io/server/cmd/tools/sql \
 && go build -trimpath -ldflags "-s -w" -o /out/temporal-ui github.com/temporalio/ui-server/v2/cmd/server

FROM debian:bookworm-slim AS temporal
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home temporal
COPY --from=temporal-build /out/ /usr/local/bin/
COPY tools/temporal/*.yaml /etc/temporal/templates/
COPY deploy/temporal-entrypoint.sh /usr/local/bin/temporal-entrypoint
USER temporal
WORKDIR /home/temporal
ENTRYPOINT ["temporal-entrypoint"]

FROM node:24-bookworm-slim AS ops-build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM debian:bookworm-slim AS promtool
RUN apt-get update && apt-get install -y --no-install-recommends prometheus

FROM node:24-bookworm-slim AS ops
WORKDIR /opt/ops
COPY --from=ops-build /src/package.json ./
COPY --from=ops-build /src/node_modules ./node_modules
COPY --from=ops-build /src/bin ./bin
COPY --from=ops-build /src/dist ./dist
COPY --from=promtool /usr/bin/promtool /usr/local/bin/promtool
RUN ln -s /opt/ops/bin/ops.mjs /usr/local/bin/ops && install -d -o node -g node -m 0700 /var/lib/ops
USER node
CMD ["node", "--max-semi-space-size=2", "dist/workers/control-plane.js"]
