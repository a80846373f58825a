# The image of every malha process: a company's node by default, vehicles with another command.

FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.base.json tsconfig.src.json ./
COPY src src
RUN node_modules/.bin/tsc -b tsconfig.src.json \
    && npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json ./
COPY bin bin
COPY data data
COPY proto proto
COPY scripts/healthcheck.mjs scripts/
# A container's own loopback cannot be reached from outside. The hosts stand in a settings file, the weakest layer but
# the defaults, so that MALHA_REST and the older PORTA (a port alone) work in the environment as they do anywhere.
RUN printf 'rest: 0.0.0.0:8085\ngrpc: 0.0.0.0:9085\nmqtt: 0.0.0.0:1883\ndata: /data\n' > /etc/malha.yaml \
    && mkdir -p /data /dados_recarga \
    && chown node:node /data /dados_recarga
USER node
EXPOSE 8085 9085 1883
VOLUME /data
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=6 CMD ["node", "scripts/healthcheck.mjs"]
ENTRYPOINT ["node", "bin/malha.js"]
CMD ["node", "--config", "/etc/malha.yaml"]
