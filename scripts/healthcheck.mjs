/**
 * Health check of the container: exit 0 when the node of this container is caught up with a leader. It asks where the
 * environment says that the gateway listens; on Linux a wildcard address reaches the container itself.
 */
const { MALHA_REST, PORTA } = process.env;
const address = MALHA_REST?.trim() || `127.0.0.1:${PORTA?.trim().replace(/^:/, '') || 8085}`;

try {
  const response = await fetch(`http://${address}/readyz`, { signal: AbortSignal.timeout(2_000) });
  process.exitCode = response.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
