/**
 * Health check of the container: exit 0 when the node of this container is caught up with a leader.
 */
const port = (process.env.MALHA_REST || process.env.PORTA || '8085').split(':').pop();

try {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) });
  process.exitCode = response.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
