import { describe, expect, it } from 'vitest';
import { encodeRpcStatus, reasonOf } from '../../src/codec/rpc-status.js';

describe('google.rpc.Status', () => {
  it('has the bytes of its protobuf messages', () => {
    const bytes = encodeRpcStatus({ code: 9, message: 'no', reason: 'LAGGING' });
    const info = '0a074c414747494e47' + '12056d616c6861';
    const typeUrl = Buffer.from('type.googleapis.com/google.rpc.ErrorInfo').toString('hex');
    const any = `0a28${typeUrl}1210${info}`;
    expect(Buffer.from(bytes).toString('hex')).toBe(`080912026e6f1a3c${any}`);
    expect(reasonOf(bytes)).toBe('LAGGING');
  });

  it('tells no reason where there is none of ours', () => {
    expect(reasonOf(new Uint8Array())).toBe('');
    expect(reasonOf(Buffer.from('ffff', 'hex'))).toBe('');
    const bytes = Buffer.from(encodeRpcStatus({ code: 9, message: 'no', reason: 'LAGGING' }));
    const foreign = Buffer.from(bytes.toString('hex').replace('6d616c6861', '6d616c6862'), 'hex');
    expect(reasonOf(foreign)).toBe('');
  });
});
