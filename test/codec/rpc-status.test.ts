import { describe, expect, it } from 'vitest';
import { encodeRpcStatus, type RpcStatus } from '../../src/codec/rpc-status.js';
import { decodeRpcStatus, reasonOf } from '../../src/codec/rpc-status-decoder.js';

describe('google.rpc.Status', () => {
  it('has the bytes of its protobuf messages', () => {
    const bytes = encodeRpcStatus({ code: 9, message: 'no', reason: 'LAGGING' });
    const info = '0a074c414747494e47' + '12056d616c6861';
    const typeUrl = Buffer.from('type.googleapis.com/google.rpc.ErrorInfo').toString('hex');
    const any = `0a28${typeUrl}1210${info}`;
    expect(Buffer.from(bytes).toString('hex')).toBe(`080912026e6f1a3c${any}`);
    expect(reasonOf(bytes)).toBe('LAGGING');
  });

  it('has the bytes of each detail', () => {
    const bytes = encodeRpcStatus({
      ...{ code: 4, message: '', reason: 'R', metadata: { a: 'b' } },
      violations: [{ type: 't', subject: 's', description: 'd' }],
      fieldViolations: [{ field: 'f', description: 'd' }],
      retryDelayMs: 1_500,
      requestKey: 'k',
    });
    const hex = Buffer.from(bytes).toString('hex');
    for (const [name, value] of [
      ['ErrorInfo', '0a0152' + '12056d616c6861' + '1a06' + '0a0161' + '120162'],
      ['PreconditionFailure', '0a09' + '0a0174' + '120173' + '1a0164'],
      ['BadRequest', '0a06' + '0a0166' + '120164'],
      ['RetryInfo', '0a08' + '0801' + '1080cab5ee01'],
      ['RequestInfo', '0a016b'],
    ] as const) {
      const typeUrl = Buffer.from(`google.rpc.${name}`).toString('hex');
      const length = (value.length / 2).toString(16).padStart(2, '0');
      expect(hex, name).toContain(`${typeUrl}12${length}${value}`);
    }
  });

  it('is read again as it was written', () => {
    const statuses: readonly RpcStatus[] = [
      { code: 9, message: 'no', reason: 'LAGGING' },
      { code: 3, message: 'não', reason: 'A', fieldViolations: [{ field: 'stops[0]', description: 'ç' }] },
      {
        ...{ code: 14, message: '', reason: 'B', retryDelayMs: 1_250, requestKey: 'k'.repeat(255) },
        metadata: { index: '12', at: 'now' },
        violations: [
          { type: 'POINT_TAKEN', subject: 'stop/0', description: 'x' },
          { type: 'POINT_TAKEN', subject: 'stop/1', description: '' },
        ],
      },
    ];
    for (const status of statuses) expect(decodeRpcStatus(encodeRpcStatus(status))).toEqual(status);
  });

  it('tells no reason where there is none of ours', () => {
    expect(reasonOf(new Uint8Array())).toBe('');
    expect(reasonOf(Buffer.from('ffff', 'hex'))).toBe('');
    const bytes = Buffer.from(encodeRpcStatus({ code: 9, message: 'no', reason: 'LAGGING' }));
    const foreign = Buffer.from(bytes.toString('hex').replace('6d616c6861', '6d616c6862'), 'hex');
    expect(reasonOf(foreign)).toBe('');
  });
});
