/**
 * Planted bugs as patches: an edit replaces a text that stands exactly once in a file below `src`. One that does not fit
 * any more is an error and never passed over, lest a proof rot in silence.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What keeps `edits` from being planted into `tree`, in words; empty when they fit. */
export function misfitsOf(tree, edits) {
  return edits.flatMap(({ file, search, replace }) => {
    const path = join(tree, 'src', file);
    if (!existsSync(path)) return [`${file} does not exist`];
    const times = readFileSync(path, 'utf8').split(search).length - 1;
    if (times !== 1) return [`${JSON.stringify(search)} stands ${times} times in ${file}`];
    return search === replace ? [`${file}: nothing is changed`] : [];
  });
}

/** Plants `edits` into `tree`; returns how to take them out again. Throws when one does not fit. */
export function plant(tree, edits) {
  const misfits = misfitsOf(tree, edits);
  if (misfits.length > 0) throw new Error(misfits.join('; '));
  const paths = [...new Set(edits.map(({ file }) => join(tree, 'src', file)))];
  const sound = new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]));
  for (const { file, search, replace } of edits) {
    const path = join(tree, 'src', file);
    const [before, after] = readFileSync(path, 'utf8').split(search);
    writeFileSync(path, before + replace + after);
  }
  return () => {
    for (const [path, text] of sound) writeFileSync(path, text);
  };
}

/** Copies `paths` of `root`, and what is installed there, to `tree`; a path that is not there is none of its parts. */
export function copyTree(root, tree, paths) {
  for (const path of paths) {
    if (!existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    cpSync(join(root, path), join(tree, path), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
}
