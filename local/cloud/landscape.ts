// What the local Azure offers to whom: regions, quotas, sold-out sizes, policies, locks and refused permissions. All of it is open to tests.
import { loadCatalogue, type CatalogueModel } from './catalogue.ts';

export type CatalogueName = '2026' | '2024';

export type Landscape = {
  /** Model catalogue by region. */
  models: Record<string, CatalogueModel[]>;
  /** Token quota, in thousands a minute: limit and use by others, by `{region}/{usageName}`; `*` as region is the default. */
  tokenQuota: Record<string, Quota>;
  /** vCPU quota by `{region}/{family}`; the family `cores` is the regional total. */
  coreQuota: Record<string, Quota>;
};
export type Quota = { limit: number; used: number };

export function createLandscape(catalogue: CatalogueName, now: number): Landscape {
  return { models: loadCatalogue(catalogue, now), tokenQuota: {}, coreQuota: {} };
}
