/**
 * What all charts share. Scales and shapes are d3's; colours are the style sheet's, by class, so that one drawing serves light and dark.
 *
 * A drawing is an image to a screen reader, with a title and a description; its numbers stand in a table beside it.
 */
import type { ScaleLinear } from 'd3-scale';
import { markup, type Insert, type Markup } from '../frame/markup.ts';

/** Coordinates to a tenth of a pixel: what a screen can show, and half the bytes. */
export const at = (value: number): string => String(Math.round(value * 10) / 10);

export type Box = { width: number; height: number; left: number; right: number; top: number; bottom: number };

/** @param id unique in the page; names title and description. */
export const drawing = (
  it: { id: string; title: string; description: string; width: number; height: number; kind: string },
  content: Insert,
): Markup =>
  markup`<svg class="chart ${it.kind}" viewBox="0 0 ${it.width} ${it.height}" width="${it.width}" height="${it.height}" role="img" aria-labelledby="${it.id}-t ${it.id}-d"><title id="${it.id}-t">${it.title}</title><desc id="${it.id}-d">${it.description}</desc>${content}</svg>`;

/** Lines across and their labels on the left. */
export const axisLeft = (
  y: ScaleLinear<number, number>,
  box: Box,
  ticks: readonly number[],
  label: (value: number) => string,
): Markup =>
  markup`${ticks.map(
    (value) =>
      markup`<line class="grid" x1="${box.left}" x2="${box.width - box.right}" y1="${at(y(value))}" y2="${at(y(value))}"/><text class="tick" x="${box.left - 6}" y="${at(y(value))}" dy="0.32em" text-anchor="end">${label(value)}</text>`,
  )}`;

export const axisBottom = (
  x: (value: number) => number,
  box: Box,
  ticks: readonly number[],
  label: (value: number) => string,
): Markup => {
  const bottom = box.height - box.bottom;
  return markup`<line class="axis" x1="${box.left}" x2="${box.width - box.right}" y1="${bottom}" y2="${bottom}"/>${ticks.map(
    (value) =>
      markup`<text class="tick" x="${at(x(value))}" y="${bottom + 17}" text-anchor="middle">${label(value)}</text>`,
  )}`;
};
