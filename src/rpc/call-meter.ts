/**
 * Tells of every call that ended, for metrics: beside the handlers, so that a service cannot forget it.
 */
import {
  ResponderBuilder,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
  status,
} from '@grpc/grpc-js';

export interface EndedCall {
  /** As `/malha.mesh.v1.PointService/GetPoint`: of a method that is served. */
  readonly path: string;
  /** The name of its gRPC status; CANCELLED also where its deadline passed before there was one. */
  readonly code: string;
  readonly seconds: number;
}

/** `isLeftOut`: whose calls pass by, with no cost for their messages. */
export function meterCalls(
  ended: (call: EndedCall) => void,
  isLeftOut: (path: string) => boolean,
): ServerInterceptor {
  return ({ path }, call) => {
    // What is promised is a whole intercepting call; what is used of it is its interface.
    if (isLeftOut(path)) return call as unknown as ServerInterceptingCall;
    const sinceMs = performance.now();
    let told = false;
    const tell = (code: status): void => {
      if (told) return;
      told = true;
      ended({ path, code: status[code], seconds: (performance.now() - sinceMs) / 1_000 });
    };
    // grpc-js also says that a call is cancelled behind every status that was sent.
    const listener = new ServerListenerBuilder().withOnCancel(() => tell(status.CANCELLED)).build();
    const responder = new ResponderBuilder()
      .withStart((next) => next(listener))
      .withSendStatus((sent, next) => {
        tell(sent.code ?? status.UNKNOWN);
        next(sent);
      })
      .build();
    return new ServerInterceptingCall(call, responder);
  };
}
