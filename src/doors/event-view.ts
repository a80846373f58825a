/**
 * Who may see what of an event: the one rule that the event feed and the history of a reservation share.
 *
 * 1. A holder sees in full what is its own.
 * 2. A company sees in full what happens at its own points, the holder too: it is to serve that vehicle.
 * 3. Everything else is seen without whom it belongs to.
 *
 * While security is off, whoever asks a node reads as its company, and may name a vehicle to read as that holder, too.
 */
import type { LedgerEvent } from '../ledger/event.js';

export interface Viewer {
  /** '' for none. */
  readonly company: string;
  /** '' for none. */
  readonly holder: string;
}

/** Whether the viewer may know whom an event belongs to; what belongs to nobody is everybody's. */
export function seesInFull(event: LedgerEvent, { company, holder }: Viewer): boolean {
  if (!('holder' in event)) return true;
  if (holder !== '' && event.holder === holder) return true;
  // A stop that version 1 committed does not say whose its point is.
  return event.kind === 'stop' && event.company !== '' && event.company === company;
}

/** The event as the viewer may see it: the holder is '' where it may not be known. */
export function viewOf(event: LedgerEvent, viewer: Viewer): LedgerEvent {
  return 'holder' in event && !seesInFull(event, viewer) ? { ...event, holder: '' } : event;
}
