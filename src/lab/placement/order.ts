/**
 * The order in which places are tried.
 *
 * 1. The model that was asked for comes before any other, wherever it is. One region for both services comes next, as the lab has it; then the order of models,
 *    then that of skus, then that of regions.
 * 2. Regions that the request names keep its order. Those of the installation count as equal (the lab says "a random one of"): a hash of lab and region orders them, so that
 *    labs started together spread, and the labs of a region that drops out spread over all the others. Spare regions come last.
 */
import { createHash } from 'node:crypto';
import { SPARE_REGIONS } from '../catalog/regions.ts';
import type { DatabricksFit, OpenAIFit } from './assess-regions.ts';

/** A lab that has failed so often has other troubles than its place; but each region that fits keeps its best place, for one may be the only one that Azure grants. */
const MOST_PLACEMENTS = 40;
/** Leaves room for other models behind one that its catalogue promises in vain. */
const MOST_PER_MODEL = 10;

export type RegionOrder = 'spread' | 'as-given';

/** Allowed regions in the order of this lab, each once, in ARM's spelling. */
export function orderRegions(regions: readonly string[], order: RegionOrder, labId: string): string[] {
  const names = [...new Set(regions.map(regionName))];
  if (order === 'as-given') return names;
  const key = (region: string): string => createHash('sha256').update(`${labId}|${region}`).digest('hex');
  const isSpare = (region: string): number => Number(SPARE_REGIONS.includes(region));
  return names.sort((a, b) => isSpare(a) - isSpare(b) || (key(a) < key(b) ? -1 : 1));
}

/** ARM takes `East US 2` for `eastus2`. */
export const regionName = (text: string): string => text.toLowerCase().replaceAll(' ', '');

export function orderOpenAI(
  fits: readonly OpenAIFit[],
  databricks: readonly DatabricksFit[],
  regions: readonly string[],
): OpenAIFit[] {
  const both = new Set(databricks.map((it) => it.region));
  const keys = (fit: OpenAIFit): number[] => [
    Number(fit.because !== 'requested'),
    Number(!both.has(fit.region)),
    fit.rank,
    fit.skuRank,
    regions.indexOf(fit.region),
  ];
  const ordered = fits
    .map((fit) => ({ fit, keys: keys(fit) }))
    .sort((a, b) => firstDifference(a.keys, b.keys))
    .map(({ fit }) => fit);
  return shortened(ordered);
}

function shortened(ordered: readonly OpenAIFit[]): OpenAIFit[] {
  const regions = new Set(ordered.map((it) => it.region));
  let room = MOST_PLACEMENTS - regions.size;
  const ofModel = new Map<string, number>();
  return ordered.filter(({ model, region }) => {
    const count = (ofModel.get(model) ?? 0) + 1;
    ofModel.set(model, count);
    if (regions.delete(region)) return true;
    if (count > MOST_PER_MODEL || room <= 0) return false;
    room -= 1;
    return true;
  });
}

/** Beside the first choice of Azure OpenAI where that is possible; then the regions in their order. */
export function orderDatabricks(
  fits: readonly DatabricksFit[],
  openai: readonly { region: string }[],
  regions: readonly string[],
): DatabricksFit[] {
  const wanted = new Set([...openai.slice(0, 1).map((it) => it.region), ...regions, ...fits.map((it) => it.region)]);
  return [...wanted].flatMap((region) => fits.filter((it) => it.region === region));
}

const firstDifference = (a: readonly number[], b: readonly number[]): number => {
  const at = a.findIndex((it, index) => it !== b[index]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
};
