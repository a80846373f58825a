/**
 * A look at the messages of a broker, for those who keep records of them.
 *
 * 1. Embedded: each message that the broker took, from a client, its will, or this node, once, in the order in which
 *    subscribers were served; none of the broker's own below `$SYS`.
 * 2. A shared broker: each message that this node heard or that the broker took from it, once. What was retained
 *    before this node came is not new and not told.
 */

export interface TappedMessage {
  readonly topic: string;
  /** Who published it: '' for the node at its own broker, and for others at a shared one, which does not tell. */
  readonly clientId: string;
  /** Of the payload. */
  readonly bytes: number;
  readonly qos: 0 | 1 | 2;
  /** As it was published; false where a shared broker only passed it on. */
  readonly retain: boolean;
  /** May be part of a larger buffer: copy what is kept. */
  readonly payload: Uint8Array;
}

/** Is shown one message. Must return soon and must not throw. */
export type MessageTap = (message: TappedMessage) => void;
