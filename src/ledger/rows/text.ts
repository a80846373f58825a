/** Parts of a row's text, exactly as `JSON.stringify` would write them. */

/** A text in quotes. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** A list of what `textOf` makes of each item. */
export function listText<T>(items: readonly T[], textOf: (item: T) => string): string {
  let text = '';
  for (const item of items) text += text === '' ? textOf(item) : `,${textOf(item)}`;
  return `[${text}]`;
}
