/**
 * Text for terminals: colours that can be off, and tables of aligned columns.
 */
import { stripVTControlCharacters } from 'node:util';

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold';

const CODES: Readonly<Record<Colour, readonly [number, number]>> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
  dim: [2, 22],
  bold: [1, 22],
};

/** Wraps text in a colour, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

export function paintWith(enabled: boolean): Paint {
  if (!enabled) return (_colour, text) => text;
  return (colour, text) => {
    const [on, off] = CODES[colour];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  };
}

/** Lines of columns two blanks apart, the header first; cells of `right` columns stand to the right. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): readonly string[] {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column] ?? ''))));
  return lines.map((line) =>
    widths
      .map((width, column) => {
        const cell = line[column] ?? '';
        const blanks = ' '.repeat(width - widthOf(cell));
        return right.includes(column) ? blanks + cell : cell + blanks;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Shown characters: colour codes take no room. */
function widthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
