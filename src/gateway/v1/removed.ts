/** What is answered when a thing is gone. */
import { z } from 'zod';
import { output } from './named.js';

export const REMOVED = output(
  'Removed',
  { id: '5' },
  z.object({ id: z.string().describe('Of what is gone.') }),
);
