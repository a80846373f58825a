/** What the doctor found, one line each. */

/**
 * `ok`; `note`: worth a look, and a node works all the same; `fault`: a node could not start, or could not do its work.
 */
export type Verdict = 'ok' | 'note' | 'fault';

export interface Finding {
  /** What was looked at. */
  readonly check: 'node' | 'ports' | 'peers' | 'broker' | 'disk' | 'files' | 'clock';
  readonly verdict: Verdict;
  /** One sentence. */
  readonly text: string;
}

export function finding(check: Finding['check'], verdict: Verdict, text: string): Finding {
  return { check, verdict, text };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
