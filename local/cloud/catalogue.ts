export type CatalogueModel = { name: string; version: string };
export const loadCatalogue = (name: string, now: number): Record<string, CatalogueModel[]> => ({
  [`${name}${now}`]: [],
});
