/** How the charts look: see `charts/` for what they draw. */
const css = String.raw;

export const CHART_STYLE = css`
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
  .chart .tick {
    fill: var(--soft);
    font-size: 11px;
  }
  .chart .label {
    fill: var(--ink);
  }
  .chart .value {
    fill: var(--soft);
    font-size: 11px;
  }
  .chart rect.baseline,
  .key.baseline::before {
    fill: var(--baseline);
    background: var(--baseline);
  }
  .chart rect.current,
  .key.current::before {
    fill: var(--current);
    background: var(--current);
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
    stroke-width: 2.5;
  }
  .chart .point {
    fill: var(--current);
    fill-opacity: 0.75;
  }
  .chart .failed {
    fill: var(--bad);
    font-weight: 700;
    font-size: 14px;
  }

  .gantt {
    min-width: 46rem;
    width: 100%;
  }
  .gantt .bar {
    fill: var(--lab);
  }
  .gantt .openai .bar {
    fill: var(--openai);
  }
  .gantt .databricks .bar {
    fill: var(--databricks);
  }
  .gantt .removal .bar {
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
    fill-opacity: 0.28;
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
    width: 0.8rem;
    height: 0.8rem;
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

  .feature {
    border: 1px solid var(--line);
    border-radius: 12px;
    padding: 0.9rem 1rem;
    background: var(--sunk);
    margin: 0 0 1rem;
  }
  .feature .feature-head {
    display: flex;
    flex-wrap: wrap;
    gap: 0.3rem 0.8rem;
    justify-content: space-between;
    align-items: center;
  }
  .card .feature h3 {
    margin: 0;
  }
  .feature figure {
    margin: 0;
    min-width: 0;
  }
  .feature figcaption {
    font-size: 0.78rem;
    color: var(--soft);
    margin-bottom: 0.2rem;
  }
  .windows {
    width: 100%;
  }
  .bar-cell {
    width: 10rem;
    display: inline-block;
    vertical-align: middle;
  }
`;
