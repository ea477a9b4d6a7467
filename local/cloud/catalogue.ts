// The model catalogue that `models.list` answers with: a snapshot of late 2026, and one of 2024 in which gpt-35-turbo still deploys.
//
// Sources of names, versions and dates: the retirement schedule and the model matrix in the repository MicrosoftDocs/azure-ai-docs
// (articles/foundry/openai/includes/concepts-model-retirement-schedule-content.md of July 2026,
// articles/ai-services/openai/includes/model-matrix/standard-models.md of April 2025). Which skus a region has in 2026 is illustrative.
//
// A catalogue holds for a while around its own date. Under a clock outside of that time all its dates move with the clock, so that the
// rehearsal stays the same in every year.

export type CatalogueSku = {
  name: 'Standard' | 'DataZoneStandard' | 'GlobalStandard';
  /** `OpenAI.GlobalStandard.gpt-5.1`: the quota bucket. */
  usageName: string;
  capacity: { minimum: number; maximum: number; step: number; default: number };
  /** Lab ms. */
  deprecatesAt?: number;
};

export type CatalogueModel = {
  name: string;
  version: string;
  isDefaultVersion: boolean;
  lifecycleStatus: 'Preview' | 'GenerallyAvailable' | 'Legacy' | 'Deprecating' | 'Deprecated';
  /** Inference stops, lab ms. */
  retiresAt: number;
  chat: boolean;
  skus: CatalogueSku[];
};

type Family = {
  name: string;
  version: string;
  isDefault?: boolean;
  status: CatalogueModel['lifecycleStatus'];
  retires: string;
  chat?: boolean;
  /** Regions by sku; `all` is every region that has models at all. */
  skus: Partial<Record<CatalogueSku['name'], 'all' | readonly string[]>>;
  /** Skus that end before the model does. */
  skuEnds?: Partial<Record<CatalogueSku['name'], string>>;
};

/** Regions with models. Switzerland West has none, though accounts can be made there. */
const MODEL_REGIONS = [
  ...[
    'eastus',
    'eastus2',
    'northcentralus',
    'southcentralus',
    'westus',
    'westus3',
    'canadaeast',
    'swedencentral',
    'francecentral',
  ],
  ...['switzerlandnorth', 'uksouth', 'westeurope', 'japaneast', 'australiaeast', 'southindia'],
];
const ZONES_US = ['eastus', 'eastus2', 'northcentralus', 'southcentralus', 'westus', 'westus3'];
const ZONES_EU = ['swedencentral', 'francecentral', 'westeurope'];
const ZONED = [...ZONES_US, ...ZONES_EU];

const CATALOGUES = {
  '2026': {
    asOf: '2026-11-01',
    goodUntil: '2027-02-01',
    families: [
      {
        name: 'gpt-35-turbo',
        version: '0125',
        isDefault: true,
        status: 'Deprecated',
        retires: '2025-11-14',
        skus: { Standard: ['eastus2', 'swedencentral', 'japaneast'] },
      },
      {
        name: 'gpt-4o-mini',
        version: '2024-07-18',
        isDefault: true,
        status: 'Deprecated',
        retires: '2026-10-01',
        skus: { GlobalStandard: 'all' },
      },
      {
        name: 'gpt-4.1-mini',
        version: '2025-04-14',
        isDefault: true,
        status: 'Deprecated',
        retires: '2026-10-14',
        skus: { GlobalStandard: 'all', DataZoneStandard: ZONED },
      },
      {
        name: 'gpt-5-mini',
        version: '2025-08-07',
        isDefault: true,
        status: 'Deprecating',
        retires: '2027-02-06',
        skus: { GlobalStandard: 'all', DataZoneStandard: ZONED },
      },
      {
        name: 'gpt-5-nano',
        version: '2025-08-07',
        isDefault: true,
        status: 'Deprecating',
        retires: '2027-02-06',
        skus: { GlobalStandard: 'all' },
      },
      {
        name: 'gpt-5.4-mini',
        version: '2026-03-17',
        isDefault: true,
        status: 'Deprecating',
        retires: '2027-03-18',
        skus: { GlobalStandard: 'all', DataZoneStandard: ZONED, Standard: ['eastus2', 'swedencentral'] },
      },
      {
        name: 'gpt-5.4-nano',
        version: '2026-03-17',
        isDefault: true,
        status: 'Deprecating',
        retires: '2027-03-18',
        skus: { GlobalStandard: 'all' },
      },
      {
        name: 'gpt-5.1',
        version: '2025-11-13',
        isDefault: true,
        status: 'GenerallyAvailable',
        retires: '2027-05-15',
        skus: { GlobalStandard: 'all', DataZoneStandard: ZONED, Standard: ['eastus2', 'swedencentral'] },
      },
      {
        name: 'gpt-5.5',
        version: '2026-04-24',
        isDefault: true,
        status: 'GenerallyAvailable',
        retires: '2027-04-23',
        skus: { GlobalStandard: 'all', DataZoneStandard: ZONED },
      },
      {
        name: 'text-embedding-3-large',
        version: '1',
        isDefault: true,
        status: 'GenerallyAvailable',
        retires: '2027-10-15',
        chat: false,
        skus: { GlobalStandard: 'all', Standard: 'all' },
      },
    ],
  },
  '2024': {
    asOf: '2024-09-01',
    goodUntil: '2024-10-01',
    families: [
      {
        name: 'gpt-35-turbo',
        version: '0301',
        status: 'Deprecated',
        retires: '2024-06-13',
        skus: { Standard: ['eastus', 'westeurope'] },
      },
      {
        name: 'gpt-35-turbo',
        version: '0613',
        status: 'Legacy',
        retires: '2025-02-13',
        skus: {
          Standard: [
            'eastus',
            'eastus2',
            'northcentralus',
            'swedencentral',
            'switzerlandnorth',
            'francecentral',
            'uksouth',
            'japaneast',
            'australiaeast',
            'canadaeast',
          ],
        },
      },
      {
        name: 'gpt-35-turbo',
        version: '0125',
        isDefault: true,
        status: 'GenerallyAvailable',
        retires: '2025-11-14',
        skus: { Standard: MODEL_REGIONS },
      },
      {
        name: 'gpt-4o-mini',
        version: '2024-07-18',
        isDefault: true,
        status: 'GenerallyAvailable',
        retires: '2026-10-01',
        skus: { GlobalStandard: 'all', Standard: ['eastus', 'swedencentral'] },
      },
      {
        name: 'gpt-4o',
        version: '2024-08-06',
        isDefault: true,
        status: 'GenerallyAvailable',
        retires: '2026-03-31',
        skus: { GlobalStandard: 'all', Standard: ['eastus2', 'swedencentral', 'northcentralus', 'westus3'] },
      },
      {
        name: 'text-embedding-ada-002',
        version: '2',
        isDefault: true,
        status: 'GenerallyAvailable',
        retires: '2026-10-01',
        chat: false,
        skus: { Standard: 'all' },
      },
    ],
  },
} as const satisfies Record<string, { asOf: string; goodUntil: string; families: readonly Family[] }>;

export type CatalogueName = keyof typeof CATALOGUES;
/** The default first. */
export const CATALOGUE_NAMES: readonly CatalogueName[] = ['2026', '2024'];

/** The catalogue by region, for a cloud that was born at `bornAt` (lab ms). */
export function loadCatalogue(name: CatalogueName, bornAt: number): Record<string, CatalogueModel[]> {
  const { asOf, goodUntil, families } = CATALOGUES[name];
  const shiftMs =
    bornAt >= Date.parse(asOf) && bornAt < Date.parse(goodUntil) ? 0 : wholeDays(bornAt - Date.parse(asOf));
  const at = (date: string): number => Date.parse(date) + shiftMs;
  return Object.fromEntries(
    MODEL_REGIONS.map((region) => [
      region,
      (families as readonly Family[])
        .map((family) => modelOf(family, region, at))
        .filter((model) => model.skus.length > 0),
    ]),
  );
}

const modelOf = (family: Family, region: string, at: (date: string) => number): CatalogueModel => ({
  name: family.name,
  version: family.version,
  isDefaultVersion: family.isDefault ?? false,
  lifecycleStatus: family.status,
  retiresAt: at(family.retires),
  chat: family.chat ?? true,
  skus: Object.entries(family.skus)
    .filter(([, regions]) => regions === 'all' || regions.includes(region))
    .map(([sku]) => skuOf(family, sku as CatalogueSku['name'], at)),
});

const skuOf = (family: Family, name: CatalogueSku['name'], at: (date: string) => number): CatalogueSku => ({
  name,
  usageName: `OpenAI.${name}.${family.name}`,
  capacity: { minimum: 1, maximum: name === 'Standard' ? 300 : 10_000, step: 1, default: 10 },
  deprecatesAt: at(family.skuEnds?.[name] ?? family.retires),
});

const wholeDays = (ms: number): number => Math.floor(ms / 86_400_000) * 86_400_000;
