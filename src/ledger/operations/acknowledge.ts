/** A holder has heard what it was to be told. */
import { isReference, isWithin } from '../checks.js';
import type { OperationOf } from '../command.js';
import { ACKNOWLEDGED_PER_COMMAND_MAX, ID_LENGTH_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { refused } from '../refusal.js';
import type { Result } from '../result.js';
import type { Context } from './context.js';

/** Closes the holder's notices among these. Others' count as nothing, as closed ones do: ids can be guessed. */
export function acknowledge(
  memory: Memory,
  { noticeIds }: OperationOf<'acknowledge'>,
  { command }: Context,
): Result {
  if (!isWithin(noticeIds.length, 1, ACKNOWLEDGED_PER_COMMAND_MAX)) {
    return refused('INVALID', `a command acknowledges 1 to ${ACKNOWLEDGED_PER_COMMAND_MAX} notices`);
  }
  if (!noticeIds.every(isReference)) {
    return refused('INVALID', `an id has at most ${ID_LENGTH_MAX} characters`);
  }
  const { table } = memory.notices;
  let closed = 0;
  for (const id of noticeIds) {
    if (table.get(id)?.holder !== command.holder) continue;
    table.delete(id);
    closed += 1;
  }
  return { kind: 'acknowledged', closed };
}
