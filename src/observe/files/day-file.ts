/**
 * The names of the JSON files: one file a kind and UTC day, `reservas-2026-12-01.ndjson`.
 */

/** Those whose lines come from the ledger; `veiculos` has others as well. */
export const LEDGER_KINDS = ['reservas', 'pontos', 'veiculos'] as const;

export const FILE_KINDS = [...LEDGER_KINDS, 'mqtt'] as const;

export type LedgerKind = (typeof LEDGER_KINDS)[number];

export type FileKind = (typeof FILE_KINDS)[number];

/** One line for one file. */
export interface Line {
  readonly kind: FileKind;
  /** What its day follows from: ledger time or, of what the broker told, this node's; milliseconds since 1970. */
  readonly atMs: number;
  /** JSON without line feeds. */
  readonly text: string;
}

const NAME = /^(reservas|pontos|veiculos|mqtt)-(\d{4}-\d{2}-\d{2})\.ndjson$/;

export function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

export function fileName(kind: FileKind, atMs: number): string {
  return `${kind}-${dayOf(atMs)}.ndjson`;
}

/** Null for any file that is none of these. */
export function parseFileName(name: string): { readonly kind: FileKind; readonly day: string } | null {
  const match = NAME.exec(name);
  return match === null ? null : { kind: match[1] as FileKind, day: match[2]! };
}
