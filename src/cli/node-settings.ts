/**
 * What `malha node` runs with: every setting resolved, validated and in the unit of its name.
 */
export interface HostPort {
  readonly host: string;
  /** 0 to 65535; 0 means any free port. */
  readonly port: number;
}

/** A company of the mesh and where its node's gRPC answers, as `host:port`. */
export interface PeerAddress {
  readonly company: string;
  readonly address: string;
}

/**
 * A clock that runs faster than the world's, for demos and tests: at real time `realEpochMs` it shows
 * `epochMs`, and from there advances `speed` times as fast.
 */
export interface ClockSettings {
  readonly speed: number;
  readonly realEpochMs: number;
  readonly epochMs: number;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface NodeSettings {
  readonly company: string;
  /** As shown to people; undefined: the id. */
  readonly companyName: string | undefined;
  readonly rest: HostPort;
  readonly grpc: HostPort;
  /** The embedded broker; always `off` when `mqttBroker` names another. */
  readonly mqtt: HostPort | 'off';
  readonly mqttBroker: string | undefined;
  /** The own company included. */
  readonly peers: readonly PeerAddress[];
  /** Absolute. */
  readonly dataDir: string;
  /** Absolute path of a data set. */
  readonly seed: string | 'none';
  /** Absolute. */
  readonly jsonDir: string | undefined;
  /** Of the files of this node in `jsonDir`. */
  readonly jsonBytesMax: number;
  readonly logLevel: LogLevel;
  readonly requestTimeoutMs: number;
  readonly heartbeatMs: number;
  /** At least three heartbeats. */
  readonly electionMs: number;
  /** Whether this node reads by lease as a leader, and keeps the promises that this needs as a voter. */
  readonly leaseReads: boolean;
  readonly clockSkewMs: number;
  readonly retryMax: number;
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
  readonly legacyWindowMinutes: number;
  readonly chargeMinutes: number;
  readonly chargeGraceMinutes: number;
  readonly diskReserveBytes: number;
  readonly compactEntries: number;
  /** Undefined: the machine's clock. */
  readonly clock: ClockSettings | undefined;
}
