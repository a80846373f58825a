/**
 * Asks nodes over gRPC who they are and what time the ledger has there, without telling who asks: it changes nothing.
 */
import { credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { identityFromProto } from '../../codec/peer-codec.js';
import { msOf } from '../../codec/time-messages.js';
import { Consistency } from '../../gen/malha/mesh/v1/call.js';
import { CompanyServiceClient, type ListCompaniesResponse } from '../../gen/malha/mesh/v1/company.js';
import { type IdentifyResponse, PeerServiceClient } from '../../gen/malha/mesh/v1/peer.js';
import type { Introduction } from '../../replica/frame.js';
import type { PeerAddress } from '../node-settings.js';
import { messageOf } from './finding.js';

const TIMEOUT_MS = 2_000;

const OPTIONS = {
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_retries': 0,
};

export interface PeerAnswer extends PeerAddress {
  /** Null when nobody answered who can be understood. */
  readonly identity: Introduction | null;
  /** Why there is none; '' when there is one. */
  readonly fault: string;
  /** Ledger time there, in milliseconds since 1970; null while it knows none. */
  readonly ledgerTimeMs: number | null;
}

export async function askPeer({ company, address }: PeerAddress): Promise<PeerAnswer> {
  const peer = new PeerServiceClient(address, credentials.createInsecure(), OPTIONS);
  const companies = new CompanyServiceClient(address, credentials.createInsecure(), OPTIONS);
  const deadline = (): object => ({ deadline: Date.now() + TIMEOUT_MS });
  try {
    const { identity } = await answer<IdentifyResponse>((done) =>
      peer.identify({ asker: undefined }, new Metadata(), deadline(), done),
    );
    if (identity === undefined) throw new Error('it did not say who it is');
    const question = { consistency: Consistency.STALE, pageSize: 1, pageToken: '' };
    const list = await answer<ListCompaniesResponse>((done) =>
      companies.listCompanies(question, new Metadata(), deadline(), done),
    ).catch(() => null);
    const ledgerTimeMs = list?.at === undefined ? null : msOf(list.at);
    return { company, address, identity: identityFromProto(identity), fault: '', ledgerTimeMs };
  } catch (error) {
    return { company, address, identity: null, fault: faultOf(error), ledgerTimeMs: null };
  } finally {
    peer.close();
    companies.close();
  }
}

function answer<Response>(
  ask: (done: (error: ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    ask((error, response) => (error ? reject(error) : resolve(response)));
  });
}

/** grpc-js tells its whole history; the first word of it is enough. */
function faultOf(error: unknown): string {
  const message = messageOf(error);
  if (message.includes('ECONNREFUSED')) return 'nobody listens there';
  if (message.includes('DEADLINE_EXCEEDED')) return `no answer within ${TIMEOUT_MS} ms`;
  return message.split('\n')[0] ?? message;
}
