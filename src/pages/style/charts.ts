/** How the charts look: see `charts/` for what they draw. */
const css = String.raw;

export const CHARTS = css`
  .chart {
    display: block;
    max-width: 100%;
    height: auto;
    font-size: 12px;
    fill: var(--ink);
  }
  .chart .grid {
    stroke: var(--grid);
  }
  .chart .axis {
    stroke: var(--strong-line);
  }
  .chart .tick,
  .chart .value {
    fill: var(--soft);
    font-size: 11px;
  }
  .chart .label {
    fill: var(--ink);
  }
  .chart rect.baseline {
    fill: var(--baseline);
  }
  .chart rect.current {
    fill: var(--current);
  }
  .chart .track {
    fill: var(--grid);
  }
  .chart .line {
    fill: none;
    stroke-width: 2;
    stroke-linejoin: round;
  }
  .chart .line.baseline {
    stroke: var(--baseline);
    stroke-dasharray: 5 4;
  }
  .chart .line.current {
    stroke: var(--current);
  }
  .points {
    width: 100%;
    min-width: 36rem;
  }
  .points .point {
    fill: var(--current);
    fill-opacity: 0.7;
  }
  .points .failed {
    fill: var(--bad);
    font-weight: 700;
    font-size: 14px;
  }

  .gantt {
    min-width: 46rem;
    width: 100%;
  }
  .gantt .skipped {
    fill: var(--sunk);
  }
  .gantt .edge {
    stroke: var(--strong-line);
    stroke-dasharray: 2 3;
  }
  .gantt .bar,
  .gantt .side {
    fill: var(--lab);
  }
  .gantt .openai :is(.bar, .side) {
    fill: var(--openai);
  }
  .gantt .databricks :is(.bar, .side) {
    fill: var(--databricks);
  }
  .gantt .removal :is(.bar, .side) {
    fill: var(--removal);
  }
  .gantt .failed .bar {
    fill: var(--bad);
  }
  .gantt .failed .value {
    fill: var(--bad);
    font-weight: 650;
  }
  .gantt .watching .bar {
    fill: var(--lab);
    fill-opacity: 0.25;
    stroke: var(--lab);
    stroke-dasharray: 3 3;
  }
  .gantt .ended .bar {
    fill-opacity: 0.45;
  }
  .gantt .running .bar {
    animation: pulse 1.8s ease-in-out infinite;
  }

  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: 0.2rem 1rem;
    margin: 0;
    padding: 0;
    list-style: none;
    font-size: 0.82rem;
    color: var(--soft);
  }
  .key {
    display: inline-flex;
    align-items: center;
    gap: 0.4rem;
  }
  .key::before {
    content: '';
    width: 0.75rem;
    height: 0.75rem;
    border-radius: 3px;
    background: var(--lab);
  }
  .key.openai::before {
    background: var(--openai);
  }
  .key.databricks::before {
    background: var(--databricks);
  }
  .key.removal::before {
    background: var(--removal);
  }
  .key.baseline::before {
    background: var(--baseline);
  }
  .key.current::before {
    background: var(--current);
  }

  .windows {
    width: 100%;
  }
  .bar-cell {
    display: block;
    width: 100%;
    min-width: 5rem;
    height: 10px;
    margin-top: 0.35rem;
  }
  @media (max-width: 44rem) {
    :is(.windows, .points) :is(.tick, .value, .label) {
      font-size: 15px;
    }
  }
`;
