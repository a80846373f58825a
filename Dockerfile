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
COPY package.json LICENSE ./
COPY bin bin
COPY data data
COPY proto proto
COPY scripts/healthcheck.mjs scripts/
# A container's own loopback cannot be reached from outside. The hosts stand in `.env` of the working directory, which is
# weaker than the environment and than flags: MALHA_REST, the older PORTA (a port alone) and `node --company …` all work.
RUN printf 'MALHA_REST=0.0.0.0:8085\nMALHA_GRPC=0.0.0.0:9085\nMALHA_MQTT=0.0.0.0:1883\nMALHA_DATA=/data\n' > .env \
    && ln -s /app/bin/malha.js /usr/local/bin/malha \
    && mkdir /data /dados_recarga \
    && chown node:node /data /dados_recarga
USER node
EXPOSE 8085 9085 1883
VOLUME /data
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=12 CMD ["node", "scripts/healthcheck.mjs"]
ENTRYPOINT ["malha"]
CMD ["node"]
