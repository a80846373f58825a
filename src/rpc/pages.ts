/** Lists page by page: how large a page is, and where the next one begins. */
import { PAGE_SIZE_MAX } from '../ledger/limits.js';
import { FieldFault } from './field-fault.js';
import { idOrNone } from './fields.js';

const PAGE_SIZE = 50;
const ORDINAL = /^\d{1,16}$/;

interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

/** 0 stands for the usual size; what is too large is cut. */
export function pageSizeOf({ pageSize }: PageRequest): number {
  return pageSize === 0 ? PAGE_SIZE : Math.min(pageSize, PAGE_SIZE_MAX);
}

/** Where the page begins, in a list that is read on from an id: '' for the first page. */
export function idAfter({ pageToken }: PageRequest): string {
  return idOrNone(pageToken, 'page_token');
}

/** Where the page begins, in a list that is read on from a number: 0 for the first page. */
export function numberAfter({ pageToken }: PageRequest): number {
  if (pageToken === '') return 0;
  const after = ORDINAL.test(pageToken) ? Number(pageToken) : Number.NaN;
  if (Number.isSafeInteger(after)) return after;
  throw new FieldFault('page_token', 'is not one that a page ended with');
}

/** One page of a list that is at hand as a whole, by the ids of its items. */
export function pageOf<T>(
  items: readonly T[],
  request: PageRequest,
  idOf: (item: T) => string,
): { readonly items: readonly T[]; readonly nextPageToken: string } {
  const after = idAfter(request);
  const last = after === '' ? -1 : items.findIndex((item) => idOf(item) === after);
  if (after !== '' && last < 0) {
    throw new FieldFault('page_token', 'names what is there no more: begin again');
  }
  const end = last + 1 + pageSizeOf(request);
  const page = items.slice(last + 1, end);
  return { items: page, nextPageToken: end < items.length ? idOf(page.at(-1)!) : '' };
}
