/**
 * What a node offers callers over gRPC, beside what peers and operators use: reservations, points, routes, companies,
 * events, and in development server reflection. docs/grpc.md is for those who call it.
 */
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { EventFeed } from '../doors/event-feed.js';
import { CompanyServiceService } from '../gen/malha/mesh/v1/company.js';
import { EventServiceService } from '../gen/malha/mesh/v1/event.js';
import { PointServiceService } from '../gen/malha/mesh/v1/point.js';
import { ReservationServiceService } from '../gen/malha/mesh/v1/reservation.js';
import { RouteServiceService } from '../gen/malha/mesh/v1/route.js';
import { bounded } from './bounded-requests.js';
import { COMPANY_METHODS } from './company-methods.js';
import type { GrpcService } from './grpc-server.js';
import { Pipelines } from './pipeline.js';
import { POINT_METHODS } from './point-methods.js';
import { reflectionServices } from './reflection.js';
import { RESERVATION_METHODS } from './reservation-methods.js';
import { ROUTE_METHODS } from './route-methods.js';
import { type CallDoor, unaryHandlers } from './unary.js';
import { watchEventsHandler } from './watch-events.js';

export interface ClientServicesOptions extends CallDoor {
  /** Whether tools may ask what services there are. */
  readonly reflection: boolean;
  /** One that other doors read from, too; else one of its own. Closed with the server. */
  readonly feed?: EventFeed;
  readonly pipelineInFlightMax?: number;
  readonly progressMs?: number;
}

export function clientServices(options: ClientServicesOptions): readonly GrpcService[] {
  const { mesh, reflection, feed = new EventFeed(mesh), pipelineInFlightMax, progressMs } = options;
  const pipelines = new Pipelines(options, pipelineInFlightMax);
  const reservations = {
    ...unaryHandlers(options, RESERVATION_METHODS),
    pipeline: pipelines.handler,
  };
  return [
    { ...service(ReservationServiceService, reservations), close: () => pipelines.close() },
    service(PointServiceService, unaryHandlers(options, POINT_METHODS)),
    service(RouteServiceService, unaryHandlers(options, ROUTE_METHODS)),
    service(CompanyServiceService, unaryHandlers(options, COMPANY_METHODS)),
    {
      ...service(EventServiceService, { watchEvents: watchEventsHandler(options, feed, progressMs) }),
      close: () => feed.close(),
    },
    ...(reflection ? reflectionServices() : []),
  ];
}

function service<Definition extends ServiceDefinition>(
  definition: Definition,
  implementation: { readonly [K in keyof Definition]: UntypedServiceImplementation[string] },
): GrpcService {
  return { definition: bounded(definition), implementation: { ...implementation } };
}
