/**
 * Who leads.
 *
 * 1. Election safety: a term has one leader (Raft §5.2), and that one process of it: its term is on its disk, or
 *    after a crash it might lead the same term once more, with other entries.
 * 2. A leader has the votes of a quorum of the configuration that it is in, of both halves where that is joint (§6).
 * 3. Leader completeness: who leads a term has everything that was committed in earlier ones (§5.4).
 */
import type { Coverage } from '../coverage.js';
import type { SimNode } from '../node.js';
import type { Probe } from '../probe.js';
import type { Commits } from './commits.js';
import { isQuorum, textOf } from './configurations.js';
import type { Promises } from './promises.js';
import { demand } from './violation.js';

export class Elections {
  private readonly leaders = new Map<number, SimNode>();
  /** The term in which each node was last seen to lead. */
  private readonly led = new Map<SimNode, number>();

  constructor(
    private readonly commits: Commits,
    private readonly promises: Promises,
    private readonly coverage: Coverage,
  ) {}

  /** Looks whether `node` leads, and may. */
  look(node: SimNode, probe: Probe): void {
    if (probe.role !== 'leader' || this.led.get(node) === probe.term) return;
    this.led.set(node, probe.term);
    this.leads(node, probe);
  }

  private leads(node: SimNode, probe: Probe): void {
    const { term } = probe;
    const other = this.leaders.get(term);
    demand(
      other === undefined || other === node,
      'election safety',
      () => `${other?.name} and ${node.name} lead term ${term}`,
    );
    this.leaders.set(term, node);
    const { hardState } = node.log;
    demand(
      hardState.term >= term,
      'a term is on disk before it is led',
      () => `${node.name} leads term ${term}, its disk is in ${hardState.term}`,
    );
    this.coverage.count('leader elected');
    const config = this.commits.configurations.at(probe.coreAppliedIndex);
    const votes = this.promises.votesFor(node, term);
    demand(
      isQuorum(config, (id) => votes.has(id)),
      'a leader has the votes of a quorum',
      () => `${node.name} leads term ${term} by ${[...votes]} of ${textOf(config)}`,
    );
    const mustHave = this.commits.lastBefore(term);
    const wanted = this.commits.at(mustHave)?.entry.term;
    demand(
      wanted === undefined || probe.termAt(mustHave) === wanted,
      'leader completeness',
      () => `${node.name} leads term ${term} without ${mustHave} of term ${wanted}`,
    );
  }
}
