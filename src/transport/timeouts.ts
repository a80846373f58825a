/** Every waiting time of the peer transport, in milliseconds. Handed in, so that a test can shorten one. */
export interface LinkTimeouts {
  /** To connect and be told who is there, and again to be let in. grpc-js by itself waits for ever. */
  readonly connectMs: number;
  /** While batches wait for an acknowledgement: how long none may come until the link is given up. */
  readonly acknowledgeMs: number;
  /** While a snapshot is sent, taken or asked about: how long nothing may move until it is given up. */
  readonly snapshotStallMs: number;
  /** How long the link to who is no member any more stays. */
  readonly lingerMs: number;
  /** Idle time after which a connection is pinged, and how long the answer may take. Only reaps dead sockets:
   *  a short one would end the link to a peer whose event loop stalls. */
  readonly keepaliveMs: number;
  readonly keepaliveAnswerMs: number;
}

export const LINK_TIMEOUTS: LinkTimeouts = {
  connectMs: 2_000,
  acknowledgeMs: 5_000,
  snapshotStallMs: 15_000,
  lingerMs: 10_000,
  keepaliveMs: 20_000,
  keepaliveAnswerMs: 10_000,
};

/** The largest batch that a peer takes, in bytes. A larger one would end the stream, so it is never sent. */
export const BATCH_BYTES_MAX = 16 * 1024 * 1024;
