/** Splits things into groups that share nothing, directly or over others. */

/** `touches` names what each item touches; null: everything. Items keep their order within a group. */
export function connected<T>(
  items: readonly T[],
  touches: (item: T) => readonly string[] | null,
): readonly (readonly T[])[] {
  const touched = items.map(touches);
  if (touched.includes(null)) return [items];
  const above = new Map<string, string>();
  const root = (name: string): string => {
    let at = name;
    for (let next = above.get(at); next !== undefined; next = above.get(at)) at = next;
    return at;
  };
  for (const names of touched as readonly (readonly string[])[]) {
    for (const name of names) {
      const [one, other] = [root(names[0]!), root(name)];
      if (one !== other) above.set(one, other);
    }
  }
  const groups = new Map<string, T[]>();
  items.forEach((item, i) => {
    // Who touches nothing is alone.
    const name = touched[i]![0] === undefined ? `\n${i}` : root(touched[i]![0]);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  });
  return [...groups.values()];
}
