/** The closed sets of the ledger's commands to and from protobuf. What is not in a set throws. */
import {
  ActingAs as ProtoActingAs,
  AfterNoShow as ProtoAfterNoShow,
  PointStatus as ProtoPointStatus,
  ReleaseMode as ProtoReleaseMode,
} from '../gen/malha/ledger/v1/command.js';
import type { AfterNoShow, OperationOf } from '../ledger/command.js';
import type { PointStatus } from '../ledger/terms.js';

type ReleaseMode = OperationOf<'release'>['mode'];
type ActingAs = OperationOf<'cancel'>['as'] | OperationOf<'start-stop'>['as'];

interface EnumCodec<T extends string, P extends number> {
  to(word: T): P;
  from(code: P): T;
}

export const RELEASE_MODE = enumCodec<ReleaseMode, ProtoReleaseMode>('a way to release', {
  'all-or-none': ProtoReleaseMode.ALL_OR_NONE,
  any: ProtoReleaseMode.ANY,
});

export const AFTER_NO_SHOW = enumCodec<AfterNoShow, ProtoAfterNoShow>('what follows a no-show', {
  keep: ProtoAfterNoShow.KEEP,
  free: ProtoAfterNoShow.FREE,
});

export const POINT_STATUS = enumCodec<PointStatus, ProtoPointStatus>('a status', {
  available: ProtoPointStatus.AVAILABLE,
  occupied: ProtoPointStatus.OCCUPIED,
  faulted: ProtoPointStatus.FAULTED,
  offline: ProtoPointStatus.OFFLINE,
  maintenance: ProtoPointStatus.MAINTENANCE,
});

export const ACTING_AS = enumCodec<ActingAs, ProtoActingAs>('whom to act for', {
  holder: ProtoActingAs.HOLDER,
  company: ProtoActingAs.COMPANY,
  operator: ProtoActingAs.OPERATOR,
});

function enumCodec<T extends string, P extends number>(
  what: string,
  codes: Readonly<Record<T, P>>,
): EnumCodec<T, P> {
  const words = new Map(Object.entries<P>(codes).map(([word, code]) => [code, word as T]));
  return {
    to: (word) => codes[word],
    from(code) {
      const word = words.get(code);
      if (word === undefined) throw new Error(`${what} that this version does not know: ${code}`);
      return word;
    },
  };
}
