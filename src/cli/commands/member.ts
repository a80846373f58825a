/**
 * `malha member list|add|promote|remove|replace`: who is in the mesh, and changes while it runs. Exit 1 when the mesh
 * refuses or nobody answers; asked again it goes on where it was.
 */
import { status } from '@grpc/grpc-js';
import { replicaIdToFixed64 } from '../../codec/uint64.js';
import { NOBODY } from '../../raft/entry.js';
import { CallFailure } from '../../rpc/call-failure.js';
import type { MemberCallOptions, MemberClient } from '../../rpc/member-client.js';
import { parseCount } from '../arguments.js';
import { formatHostPort, parseHostPort, reachableFromHere } from '../host-port.js';
import { callMesh, listMembers } from '../member/ask-mesh.js';
import { type ChangeJson, changeJson, changeText, listJson, listText } from '../member/tell.js';
import { didYouMean } from '../nearest.js';
import { ID_PATTERN } from '../settings/values.js';
import { resolveNodeSettings } from '../settings.js';
import { paintWith } from '../terminal.js';
import {
  EXIT_FAILED,
  EXIT_OK,
  type Flags,
  packagedSeed,
  say,
  sayFaults,
  settingsWorld,
  wantsColour,
} from '../world.js';

export type MemberAction = 'list' | 'add' | 'promote' | 'remove' | 'replace';

/** For a replacement: whichever replica the company has in the mesh. */
const WHOEVER = replicaIdToFixed64(NOBODY);

const TIMEOUT_MS_MAX = 3_600_000;

/** `target` is COMPANY, or for `add` and `replace` COMPANY=HOST:PORT; '' for `list`. */
export async function memberCommand(action: MemberAction, target: string, flags: Flags): Promise<number> {
  const faults: string[] = [];
  const timeoutMs = parseCount('timeout-ms', flags['timeout-ms'] ?? '60000', 1, TIMEOUT_MS_MAX, faults);
  const nodes = nodeAddresses(flags, faults);
  const { company, address } = parseTarget(action, target, faults);
  if (faults.length > 0) return sayFaults(faults);
  const json = flags.json !== undefined;
  try {
    if (action === 'list') {
      const list = listJson((await listMembers(nodes, timeoutMs)).list);
      print(json ? JSON.stringify(list) : listText(list, paintWith(wantsColour(process.stdout))).join('\n'));
    } else {
      const change = await callMesh(nodes, timeoutMs, callOf(action, company, address));
      print(json ? JSON.stringify(change) : changeText(change, company));
    }
    return EXIT_OK;
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    const { code, reason, message } = error;
    if (json) print(JSON.stringify({ error: { code: status[code], reason, message } }));
    say(`malha: ${message}${await hintOf(error, company, nodes)}`);
    return EXIT_FAILED;
  }
}

function callOf(action: Exclude<MemberAction, 'list'>, company: string, address: string) {
  return async (client: MemberClient, options: MemberCallOptions): Promise<ChangeJson> => {
    switch (action) {
      case 'add':
        return changeJson(await client.add({ company, address }, options));
      case 'promote':
        return changeJson(await client.promote(company, options));
      case 'remove':
        return changeJson(await client.remove(company, options));
      case 'replace':
        return changeJson(await client.replace({ company, address, lostReplicaId: WHOEVER }, options));
    }
  };
}

/** The member that was probably meant. */
async function hintOf({ reason }: CallFailure, company: string, nodes: readonly string[]): Promise<string> {
  if (reason !== 'UNKNOWN_COMPANY') return '';
  try {
    const { list } = await listMembers(nodes, 1_000);
    return didYouMean(
      company,
      list.members.map((member) => member.company),
    );
  } catch {
    return '';
  }
}

function parseTarget(
  action: MemberAction,
  target: string,
  faults: string[],
): { readonly company: string; readonly address: string } {
  if (action === 'list') return { company: '', address: '' };
  const takesAddress = action === 'add' || action === 'replace';
  const split = takesAddress ? target.indexOf('=') : -1;
  const company = split < 0 ? target : target.slice(0, split);
  const place = split < 0 ? undefined : parseHostPort(target.slice(split + 1));
  if (!ID_PATTERN.test(company) || (split >= 0 && (place === undefined || place.port === 0))) {
    const wanted = takesAddress ? 'a company, or company=host:port' : 'a company';
    faults.push(`member ${action}: must be ${wanted}, got ${JSON.stringify(target)}`);
  }
  return { company, address: place === undefined ? '' : formatHostPort(place) };
}

/** What `--node` names, else all nodes that the settings name. */
function nodeAddresses(flags: Flags, faults: string[]): readonly string[] {
  if (flags.node !== undefined) {
    const given = flags.node.split(',').map((part) => parseHostPort(part.trim()));
    const sound = given.filter((each) => each !== undefined && each.port > 0);
    if (sound.length === given.length) return sound.map((each) => formatHostPort(each!));
    faults.push(
      `--node (flag): must be one or more host:port with commas, got ${JSON.stringify(flags.node)}`,
    );
    return [];
  }
  const { config } = flags;
  const resolved = resolveNodeSettings(settingsWorld({ config }), packagedSeed());
  if (!resolved.ok) {
    faults.push(...resolved.faults);
    return [];
  }
  const { peers } = resolved.settings;
  return peers.map(({ address }) => formatHostPort(reachableFromHere(parseHostPort(address)!)));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
