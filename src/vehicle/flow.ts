/** How a vehicle deals with the mesh: over the documented routes and topics, or by malha's own requests. */
import type { VehicleClock } from './clock.js';
import type { TripInfo, VehicleNews } from './events.js';
import type { Holdings, Journey } from './journey.js';
import type { MqttLink } from './mqtt-link.js';
import type { Notice } from './replies.js';
import type { RestClient } from './rest-client.js';
import type { RideOptions } from './ride.js';
import type { Road } from './road.js';

export interface Flow {
  readonly holdings: Holdings;
  /** A trip that is not yet planned. `batteryWh`: energy in the battery at its beginning. */
  journey(trip: TripInfo, road: Road, batteryWh: number): Journey;
  /** The mesh tells something without being asked; it may tell it more than once. */
  noticed(notice: Notice): void;
}

export interface FlowOptions {
  readonly ride: RideOptions;
  readonly rest: RestClient;
  readonly link: MqttLink;
  readonly clock: VehicleClock;
  /** A request key that this vehicle never used. */
  readonly makeKey: () => string;
  readonly tell: (news: VehicleNews) => void;
  readonly socPct: () => number;
  /** Ends also the wait for the outcome of a write. */
  readonly giveUp: AbortSignal;
}
