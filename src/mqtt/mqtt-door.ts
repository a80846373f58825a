/** What a node does on its broker: answers the documented topics and malha's own, and tells what happens. */
import { Announcer } from './announcer.js';
import { Desk, type DeskOptions, type DeskSettings } from './desk.js';
import { type DocumentedSettings, documentedProtocol } from './documented-door.js';
import { NoticeSender } from './notice-sender.js';
import { PointStates } from './point-states.js';
import { Presence, type VehicleCounts } from './presence.js';
import { vehicleProtocol } from './vehicle-door.js';
import { vehicleOfNoticeTopic } from './vehicle-topics.js';

export type MqttDoorSettings = DeskSettings & DocumentedSettings;

export interface MqttDoorOptions extends DeskOptions {
  readonly settings: MqttDoorSettings;
}

export interface MqttDoor {
  /** Resolves once the broker grants every topic; rejects when it refuses one or the door is closed before. */
  readonly ready: Promise<void>;
  /** What vehicles said of themselves since it was opened. */
  counts(): VehicleCounts;
  /** Takes no further requests; resolves once those under way are answered. */
  close(): Promise<void>;
}

/** Serves `options.bus` until it is closed. */
export function openMqttDoor(options: MqttDoorOptions): MqttDoor {
  const { bus, settings } = options;
  const desks = [
    new Desk(documentedProtocol(settings), options),
    new Desk(vehicleProtocol(settings.legacyWindowMinutes * 60_000), options),
  ];
  const tellAll = (vehicle: string): void => {
    if (!announcer.speaks) return;
    notices.came(vehicle);
    announcer.wake();
  };
  // A broker in this process knows who subscribes; of another one the vehicles themselves say that they are there.
  const presence = new Presence(bus, bus.shared ? tellAll : () => {});
  const notices = new NoticeSender({ ...options, present: () => presence.vehicles() });
  const announcer = new Announcer([notices, new PointStates(options)], options);
  const endSubscribed = bus.onSubscribed((filter) => {
    const vehicle = vehicleOfNoticeTopic(filter);
    if (vehicle !== null) tellAll(vehicle);
  });
  const ready = Promise.all([...desks.map((desk) => desk.ready), presence.ready]).then(() => {});
  ready.catch(() => {});
  return {
    ready,
    counts: () => presence.counts(),
    async close() {
      endSubscribed();
      presence.close();
      await announcer.close();
      await Promise.all(desks.map((desk) => desk.close()));
    },
  };
}
