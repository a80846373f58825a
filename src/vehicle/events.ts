/** What vehicles tell while they travel: one tagged union, for progress lines and tests. */

export interface TripInfo {
  /** `<vehicle>-<number>`, the first trip is 1. */
  readonly id: string;
  readonly route: string;
  readonly from: string;
  readonly to: string;
  readonly km: number;
}

interface Common {
  readonly vehicleId: string;
  /** Scaled time. */
  readonly atMs: number;
}

export type VehicleEvent = Common &
  (
    | { readonly kind: 'connected'; readonly broker: string }
    | { readonly kind: 'broker-failed'; readonly broker: string; readonly reason: string }
    | { readonly kind: 'node-failed'; readonly node: string; readonly reason: string }
    /** Which points the mesh offered over MQTT. */
    | {
        readonly kind: 'asked';
        readonly trip: TripInfo;
        readonly socPct: number;
        readonly offered: readonly string[];
      }
    /** The stops picked, in order; also after a change of plan. */
    | { readonly kind: 'planned'; readonly trip: TripInfo; readonly pointIds: readonly string[] }
    | {
        readonly kind: 'reserved';
        readonly pointIds: readonly string[];
        readonly untilMs: number;
        readonly node: string;
      }
    /** Other stops, or other windows, in the place of those that it had. */
    | {
        readonly kind: 'rebooked';
        readonly pointIds: readonly string[];
        readonly untilMs: number;
        readonly node: string;
      }
    /** Late: this stop and all later ones moved. */
    | { readonly kind: 'put-off'; readonly pointId: string; readonly byMs: number }
    /** What the mesh told it without being asked; `pointId` '' where it is about none. */
    | { readonly kind: 'noticed'; readonly notice: string; readonly pointId: string }
    | { readonly kind: 'refused'; readonly pointIds: readonly string[]; readonly node: string }
    | { readonly kind: 'departed'; readonly trip: TripInfo; readonly socPct: number }
    /** Found no free point: holds nothing and tries again. */
    | { readonly kind: 'waiting'; readonly place: string; readonly reason: string }
    | {
        readonly kind: 'charging';
        readonly pointId: string;
        readonly place: string;
        readonly socPct: number;
        readonly toPct: number;
      }
    | { readonly kind: 'charged'; readonly pointId: string; readonly place: string; readonly socPct: number }
    | { readonly kind: 'freed'; readonly pointId: string; readonly node: string }
    /** The window had ended by itself when the vehicle wanted to free the point. */
    | { readonly kind: 'ended'; readonly pointId: string; readonly node: string }
    | { readonly kind: 'arrived'; readonly trip: TripInfo; readonly socPct: number; readonly charges: number }
    | { readonly kind: 'stranded'; readonly trip: TripInfo; readonly km: number }
    | { readonly kind: 'towed'; readonly place: string; readonly socPct: number }
    /** Something that should not happen; the vehicle begins anew. */
    | { readonly kind: 'trouble'; readonly reason: string }
    | { readonly kind: 'stopped'; readonly unsure: readonly string[] }
  );

/** An event without what the vehicle itself adds. */
export type VehicleNews = VehicleEvent extends infer E
  ? E extends VehicleEvent
    ? Omit<E, keyof Common>
    : never
  : never;
