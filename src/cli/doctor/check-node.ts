/** Whether this Node.js is one that malha runs on. */
import { readFileSync } from 'node:fs';
import { packagePath } from '../world.js';
import { type Finding, finding } from './finding.js';

/** `running`: as `process.versions.node` says it. */
export function checkNode(running: string): Finding {
  const { engines } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as {
    readonly engines: { readonly node: string };
  };
  const wanted = engines.node.replace(/^>=/, '');
  return isAtLeast(running, wanted)
    ? finding('node', 'ok', `Node.js ${running}`)
    : finding('node', 'fault', `Node.js ${running} is too old: ${wanted} or newer is needed`);
}

function isAtLeast(running: string, wanted: string): boolean {
  const [ours, least] = [running, wanted].map((version) => version.split('.').map(Number));
  const differs = least!.findIndex((part, place) => part !== (ours![place] ?? 0));
  return differs < 0 || (ours![differs] ?? 0) > least![differs]!;
}
