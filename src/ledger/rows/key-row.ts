/** `k:<holder><line feed><request key>`: the answer kept under a request key. */
import type { KeyRecord } from '../state.js';
import { answerText, readAnswer } from './answer.js';
import { integerOf, oneOf, textOf } from './checks.js';
import { ROW_VERSION, type RowFormat } from './format.js';
import { quoted } from './text.js';

/** One id for a holder's key. Both are printable ASCII, so the line feed keeps them apart. */
export function keyId(holder: string, requestKey: string): string {
  return `${holder}\n${requestKey}`;
}

export const KEY_ROW: RowFormat<KeyRecord> = {
  prefix: 'k:',
  id: (record) => keyId(record.holder, record.requestKey),
  write: ({ holder, requestKey, keyKind, fingerprint, expiresAtMs, answer }) =>
    `{"v":${ROW_VERSION},"holder":${quoted(holder)},"requestKey":${quoted(requestKey)},"keyKind":"${keyKind}"` +
    `,"fingerprint":"${fingerprint}","expiresAtMs":${expiresAtMs},"answer":${answerText(answer)}}`,
  read: (fields) => ({
    holder: textOf(fields.holder),
    requestKey: textOf(fields.requestKey),
    keyKind: oneOf(fields.keyKind, ['client', 'node']),
    fingerprint: textOf(fields.fingerprint),
    expiresAtMs: integerOf(fields.expiresAtMs),
    answer: readAnswer(fields.answer),
  }),
};
