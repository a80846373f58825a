/** Drives the membership arithmetic with `simple`, `enter-joint` and `leave-joint` directives. */
import { type ConfigRefusal, enterJoint, leaveJoint, simple } from '../../src/raft/config-changer.js';
import { peerProgress } from '../../src/raft/status.js';
import { Tracker } from '../../src/raft/tracker.js';
import { type Directive, valuesOf } from './data-file.js';
import { formatConfig, numberOf, parseChanges } from './ids.js';
import { formatProgress } from './progress-text.js';

export const CONFCHANGE_COMMANDS = ['simple', 'enter-joint', 'leave-joint'];

const REFUSALS: Readonly<Record<ConfigRefusal, string>> = {
  'already-joint': 'config is already joint',
  'not-joint': "can't leave a non-joint config",
  'no-voter-yet': "can't make a zero-voter config joint",
  'simple-while-joint': "can't apply simple config change in joint config",
  'more-than-one-voter': 'more than one voter changed without entering joint config',
  'no-voter-left': 'removed all voters',
};

/** One file: directives build on each other. */
export class ConfchangeRunner {
  private readonly tracker = new Tracker({
    inflightMessagesMax: 10,
    inflightBytesMax: Number.POSITIVE_INFINITY,
  });
  private lastIndex = 0;

  run({ command, args, input }: Directive): string {
    const lastIndex = this.lastIndex++;
    const { config } = this.tracker;
    const outcome =
      command === 'simple'
        ? simple(config, parseChanges(input))
        : command === 'enter-joint'
          ? enterJoint(config, parseChanges(input), valuesOf(args, 'autoleave')[0] === 'true')
          : leaveJoint(config);
    if (outcome.kind === 'refused') return REFUSALS[outcome.reason];
    this.tracker.install(outcome.config, outcome.members, lastIndex);
    const lines = this.tracker.members.map(
      (progress) => `${numberOf(progress.id)}: ${formatProgress(peerProgress(progress))}`,
    );
    return [formatConfig(outcome.config), ...lines].join('\n');
  }
}
