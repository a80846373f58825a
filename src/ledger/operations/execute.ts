/** Which operation does what: one line each. */
import type { Memory } from '../memory.js';
import type { Result } from '../result.js';
import type { Context } from './context.js';
import { expire } from './expire.js';
import { raiseVersion } from './raise-version.js';
import { registerCompany, registerPoint, registerRoute } from './register.js';
import { release } from './release.js';
import { reserve } from './reserve.js';

/** Executes a command that was let in. A refusal has changed nothing. `understood`: the newest version known. */
export function execute(memory: Memory, context: Context, understood: number): Result {
  const { operation } = context.command;
  switch (operation.kind) {
    case 'register-company':
      return registerCompany(memory, operation, context);
    case 'register-point':
      return registerPoint(memory, operation, context);
    case 'register-route':
      return registerRoute(memory, operation, context);
    case 'reserve':
      return reserve(memory, operation, context);
    case 'release':
      return release(memory, operation, context);
    case 'expire':
      return expire(memory, context.atMs);
    case 'raise-version':
      return raiseVersion(memory, operation, understood);
  }
}
