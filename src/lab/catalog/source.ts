/**
 * The catalogue: what goes stale, namely models, regions, API versions and prices; typical times stand in `steps.ts`. One folder, so that one look a quarter keeps the app current.
 *
 * 1. Every entry names its source and the date on which the source was read. A note says where the value is second-hand or assumed.
 * 2. Nothing here is a promise: the plan reads what the subscription really offers, and every sum of money is called an estimate.
 */

/** Where a value comes from. `date` is the day on which the source stated it (ISO). */
export type Source = { url: string; date: string; note?: string };
