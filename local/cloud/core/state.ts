// The one state object of the local cloud: its store, its clock, its landscape, and the transitions that are due. Each service keeps its own tables
// (`armOf`, `databricksOf`, `mlflowOf`).
//
// Invariants
// T1  The cloud owns no timers. What happens later is a row in `transitions`, applied in the order of its due time before each request is served.
// T2  A transition runs as of its due time, not as of the request that found it: chains of transitions keep their durations.
// T3  ARM ids are table keys in lower case; the ids inside the rows keep the case in which they came.
import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Lag } from './lagging.ts';
import { LATENCIES, type Latencies } from '../latencies.ts';
import { createLandscape, type CatalogueName, type Landscape } from '../landscape.ts';
import type { InventoryItem } from './records.ts';
import type { Store, Table } from './store.ts';
import { issueToken, type Token } from './tokens.ts';

export type Identity = { tenantId: string; clientId: string; objectId: string; userAssigned: boolean };
type Transition = { dueAt: number; sequence: number; kind: string; payload: unknown };
type ListenerKind = 'account' | 'workspace';

type StateOptions = { store: Store; clock: Clock; catalogue: CatalogueName; userAssigned: boolean };

export class CloudState {
  readonly store: Store;
  readonly clock: Clock;
  latency: Latencies = { ...LATENCIES };
  lag: Lag = { ms: 0, reads: 0 };
  landscape: Landscape;
  /** Opens the port of an account or workspace and resolves to `https://127.0.0.1:port`. Set by the server. */
  openListener: (kind: ListenerKind, key: string) => Promise<string> = () => Promise.reject(new Error('no server'));
  closeListener: (kind: ListenerKind, key: string) => void = () => undefined;

  readonly #catalogue: CatalogueName;
  readonly #userAssigned: boolean;
  readonly #facts: Table<unknown>;
  readonly #transitions: Table<Transition>;
  readonly #handlers = new Map<string, (payload: never, at: number) => void>();
  readonly #ticks: ((now: number) => void)[] = [];
  readonly #inventories: (() => InventoryItem[])[] = [];
  readonly #coreUsers: ((subscriptionId: string, region: string) => Record<string, number>)[] = [];
  readonly #resets: (() => void)[] = [];

  constructor(options: StateOptions) {
    this.store = options.store;
    this.clock = options.clock;
    this.#catalogue = options.catalogue;
    this.#userAssigned = options.userAssigned;
    this.#facts = this.store.table(FACTS);
    this.#transitions = this.store.table('transitions');
    this.landscape = createLandscape(this.#catalogue, this.bornAt);
    this.store.beforeWriting(() => {
      this.setLabNowMs(this.now());
    });
  }

  /** Lab time, Unix ms. */
  now(): number {
    return this.clock.now();
  }

  /** The lab time that was last written, Unix ms: no restart may be before it, or what exists would be of the future. */
  labNowMs(): number {
    return this.#fact('labNow', () => this.now());
  }

  setLabNowMs(ms: number): void {
    this.#facts.put('labNow', ms);
  }

  /** The app's managed identity; fixed for the life of the data folder. */
  get identity(): Identity {
    return this.#fact('identity', () => ({
      tenantId: randomUUID(),
      clientId: randomUUID(),
      objectId: randomUUID(),
      userAssigned: this.#userAssigned,
    }));
  }

  /** The subscriptions that exist; the first is the lab's. */
  get subscriptionIds(): readonly string[] {
    return this.#fact('subscriptions', () => [randomUUID(), randomUUID()]);
  }

  /** When the data folder was made, lab ms: catalogues are dated by it. */
  get bornAt(): number {
    return this.#fact('bornAt', () => this.now());
  }

  /** Signs tokens and operation URLs. */
  get secret(): string {
    return this.#fact('secret', () => randomBytes(32).toString('hex'));
  }

  /** Value of IDENTITY_HEADER. */
  get identityHeader(): string {
    return this.#fact('identityHeader', () => randomUUID());
  }

  /** A bearer token of the app's identity (or of `principal`) for `audience`, for simulated kernels and tests. */
  issueToken(audience: string, lifetimeMs = 3_600_000, principal: Partial<Identity> = {}): string {
    const { tenantId, clientId, objectId } = { ...this.identity, ...principal };
    const token: Token = { audience, tenantId, clientId, objectId, expiresAt: this.now() + lifetimeMs };
    return issueToken(this.secret, token, this.now());
  }

  /** Remembers that `kind` happens at `dueAt` (lab ms). Survives a restart: the handler is found by its kind (`on`). */
  schedule(dueAt: number, kind: string, payload: unknown): void {
    const sequence = this.#fact('sequence', () => 0) + 1;
    this.#facts.put('sequence', sequence);
    this.#transitions.put(String(sequence), { dueAt, sequence, kind, payload });
  }

  /** The handler of a kind of transition; `at` is the due time. */
  on<P>(kind: string, handler: (payload: P, at: number) => void): void {
    this.#handlers.set(kind, handler);
  }

  /** Registers a function that brings what it owns up to `now`; called before each request, after the scheduled transitions. */
  onTick(apply: (now: number) => void): void {
    this.#ticks.push(apply);
  }

  /** Applies everything that is due. */
  tick(): void {
    const now = this.now();
    for (;;) {
      let next: Transition | undefined;
      for (const candidate of this.#transitions.values()) {
        if (candidate.dueAt > now) continue;
        if (
          next === undefined ||
          candidate.dueAt < next.dueAt ||
          (candidate.dueAt === next.dueAt && candidate.sequence < next.sequence)
        ) {
          next = candidate;
        }
      }
      if (next === undefined) break;
      this.#transitions.delete(String(next.sequence));
      this.#handlers.get(next.kind)?.(next.payload as never, next.dueAt);
    }
    for (const apply of this.#ticks) apply(now);
  }

  /** Registers what else exists (clusters, scopes, folders), for `inventory`. */
  onInventory(list: () => InventoryItem[]): void {
    this.#inventories.push(list);
  }

  furtherInventory(): InventoryItem[] {
    return this.#inventories.flatMap((list) => list());
  }

  /** Registers who uses vCPUs: cores by quota family (`standardDDSv5Family`) in a subscription and region. */
  onCoresUsed(count: (subscriptionId: string, region: string) => Record<string, number>): void {
    this.#coreUsers.push(count);
  }

  /** Cores in use by family, clusters included. `fixed` use of the landscape is added by whoever reports usages. */
  coresUsed(subscriptionId: string, region: string): Record<string, number> {
    const used: Record<string, number> = {};
    for (const count of this.#coreUsers) {
      for (const [family, cores] of Object.entries(count(subscriptionId, region)))
        used[family] = (used[family] ?? 0) + cores;
    }
    return used;
  }

  /** Registers what else must be forgotten by `reset`. */
  onReset(forget: () => void): void {
    this.#resets.push(forget);
  }

  /** An empty cloud with the same directory, identity, subscriptions and fixed ports. */
  reset(): void {
    this.store.reset([FACTS, 'ports', 'principals']);
    this.latency = { ...LATENCIES };
    this.lag = { ms: 0, reads: 0 };
    this.landscape = createLandscape(this.#catalogue, this.bornAt);
    for (const forget of this.#resets) forget();
  }

  #fact<T>(name: string, make: () => T): T {
    const known = this.#facts.get(name) as T | undefined;
    if (known !== undefined) return known;
    const made = make();
    this.#facts.put(name, made);
    return made;
  }
}

const FACTS = 'facts';
