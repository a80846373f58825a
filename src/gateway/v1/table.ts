/**
 * All routes of v1, in the order in which the document lists them.
 */
import { CALENDAR_ROUTES } from './calendar.js';
import { CLUSTER_ROUTES } from './cluster.js';
import { COMPANY_ROUTES } from './companies.js';
import { EVENT_ROUTES } from './events.js';
import { HISTORY_ROUTES } from './history.js';
import { LOG_ROUTES } from './logs.js';
import { NODE_HISTORY_ROUTES } from './node-history.js';
import { NOTICE_ROUTES } from './notices.js';
import { PLAN_ROUTES } from './plans.js';
import { POINT_HISTORY_ROUTES } from './point-history.js';
import { POINT_STATUS_ROUTES } from './point-status.js';
import { POINT_ROUTES } from './points.js';
import { POLICY_ROUTES } from './policies.js';
import { RESERVATION_COMMAND_ROUTES } from './reservation-commands.js';
import { RESERVATION_ROUTES } from './reservations.js';
import type { Route } from './route.js';
import { ROUTE_ROUTES } from './routes.js';
import { STOP_ROUTES } from './stops.js';
import { SUBSTITUTE_ROUTES } from './substitutes.js';
import { TRIP_ROUTES } from './trips.js';
import { WAITLIST_ROUTES } from './waitlist.js';

export const V1_ROUTES: readonly Route[] = [
  ...RESERVATION_ROUTES,
  ...RESERVATION_COMMAND_ROUTES,
  ...STOP_ROUTES,
  ...SUBSTITUTE_ROUTES,
  ...HISTORY_ROUTES,
  ...TRIP_ROUTES,
  ...PLAN_ROUTES,
  ...WAITLIST_ROUTES,
  ...NOTICE_ROUTES,
  ...POINT_ROUTES,
  ...POINT_STATUS_ROUTES,
  ...POINT_HISTORY_ROUTES,
  ...ROUTE_ROUTES,
  ...CALENDAR_ROUTES,
  ...COMPANY_ROUTES,
  ...POLICY_ROUTES,
  ...CLUSTER_ROUTES,
  ...EVENT_ROUTES,
  ...LOG_ROUTES,
  ...NODE_HISTORY_ROUTES,
];
