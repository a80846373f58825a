/** Lines of several nodes on a terminal, or as JSON for programs. */
import { shortLine } from '../logging.js';
import type { Paint } from '../terminal.js';
import type { LogEvent } from './log-events.js';

/** One line of text; `width`: of the column with the companies. */
export function shownText(event: LogEvent, paint: Paint, width: number): string {
  const company = paint('cyan', event.company.padEnd(width));
  switch (event.event) {
    case 'line':
      return `${company} ${shortLine(JSON.stringify(event.line), paint)}`;
    case 'gap':
      return `${company} ${paint('yellow', gapWords(event.lines))}`;
    case 'node':
      return `${company} ${paint('yellow', event.reached ? '-- it can be reached again' : `-- it cannot be reached: ${event.problem}`)}`;
  }
}

function gapWords(lines: number | null): string {
  if (lines === null) return '-- it has started anew; lines may be missing';
  return `-- ${lines} ${lines === 1 ? 'line is' : 'lines are'} left out`;
}
