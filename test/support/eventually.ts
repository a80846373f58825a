/**
 * Waits for a condition, not for a time: checks until `check` returns without throwing and not `false`,
 * and fails with what it saw last once `timeoutMs` is over.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 10_000, everyMs = 20 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<Exclude<T, false>> {
  const giveUpAt = performance.now() + timeoutMs;
  let last: unknown = new Error('never checked');
  for (;;) {
    try {
      const value = await check();
      if (value !== false) return value as Exclude<T, false>;
      last = new Error('the condition stayed false');
    } catch (error) {
      last = error;
    }
    if (performance.now() >= giveUpAt) {
      throw new Error(`not within ${timeoutMs} ms: ${last instanceof Error ? last.message : String(last)}`, {
        cause: last,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
