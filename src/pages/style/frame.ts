/** The frame of a page: its top, its head with the facts, the bar of its sections, the cards, and its foot. */
const css = String.raw;

export const FRAME = css`
  .inner,
  main > *:not(.hero, .bar),
  .hero-inner,
  .bar > * {
    width: min(74rem, 100% - 2.5rem);
    margin-inline: auto;
  }
  .top {
    background: var(--card);
    border-top: 3px solid var(--accent);
    border-bottom: 1px solid var(--line);
  }
  .top .inner {
    display: flex;
    align-items: center;
    gap: 1.5rem;
    min-height: 3.2rem;
  }
  .top a {
    text-decoration: none;
    color: var(--soft);
    padding: 0.3rem 0;
  }
  .top a:hover {
    color: var(--ink);
  }
  .top .brand {
    display: flex;
    align-items: center;
    gap: 0.5rem;
    color: var(--ink);
    font-weight: 650;
    letter-spacing: -0.01em;
    white-space: nowrap;
  }
  .languages {
    margin-inline-start: auto;
    display: flex;
    gap: 0.25rem;
  }
  .top .languages a {
    padding: 0.2rem 0.6rem;
    border-radius: 6px;
    font-size: 0.82rem;
    font-weight: 600;
  }
  .top .languages a[aria-current] {
    background: var(--calm-ground);
    color: var(--calm);
  }
  @media (max-width: 34rem) {
    .top nav:not(.languages) {
      display: none;
    }
    .hero .titles .actions {
      margin-inline-start: 0;
      flex-basis: 100%;
    }
  }
  .mark {
    fill: none;
    stroke-width: 1.8;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .mark .glass {
    stroke: var(--ink);
  }
  .mark .wave {
    stroke: var(--openai);
  }
  .bottom {
    color: var(--soft);
    font-size: 0.84rem;
    padding: 1rem 0 2.5rem;
  }
  .bottom .inner {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0 2rem;
  }

  .hero {
    background: var(--card);
    padding: 1.6rem 0 1.4rem;
  }
  .hero .eyebrow {
    margin: 0;
    color: var(--soft);
    font-size: 0.84rem;
  }
  .hero h1 {
    font-size: clamp(1.45rem, 4vw, 2rem);
    letter-spacing: -0.02em;
    overflow-wrap: anywhere;
  }
  .hero .titles {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem 0.9rem;
    align-items: center;
    margin: 0.2rem 0 0.3rem;
  }
  .hero .titles .actions {
    margin-inline-start: auto;
  }
  .hero p {
    color: var(--soft);
    margin: 0.2rem 0;
  }
  .facts {
    display: flex;
    flex-wrap: wrap;
    gap: 1px;
    margin: 1.2rem 0 0;
    padding: 0;
    border: 1px solid var(--line);
    border-radius: 10px;
    overflow: hidden;
    background: var(--line);
  }
  .facts > div {
    flex: 1 1 8rem;
    background: var(--sunk);
    padding: 0.7rem 1rem 0.75rem;
    min-width: 0;
  }
  .facts dt {
    color: var(--soft);
    font-size: 0.8rem;
  }
  .facts dd {
    margin: 0.1rem 0 0;
    font-size: 1.2rem;
    font-weight: 650;
    letter-spacing: -0.01em;
    line-height: 1.35;
    overflow-wrap: anywhere;
  }
  .facts dd.bad {
    color: var(--bad);
  }
  .facts dd.good {
    color: var(--good);
  }
  .facts dd.warn {
    color: var(--warn);
  }
  .facts dd + dd {
    font-size: 0.8rem;
    font-weight: 400;
    letter-spacing: 0;
    color: var(--soft);
  }

  .bar {
    position: sticky;
    top: 0;
    z-index: 2;
    background: var(--card);
    border-bottom: 1px solid var(--line);
  }
  .jump {
    display: flex;
    gap: 1.2rem;
    overflow-x: auto;
    font-size: 0.88rem;
    scrollbar-width: none;
  }
  .jump a {
    color: var(--soft);
    text-decoration: none;
    padding: 0.65rem 0;
    white-space: nowrap;
  }
  .jump a:hover {
    color: var(--ink);
    box-shadow: inset 0 -2px var(--accent);
  }
  .jump :focus-visible {
    outline-offset: -3px;
  }
  .jump .forms {
    margin-inline-start: auto;
    padding-inline-start: 1.5rem;
    display: flex;
    gap: 0.9rem;
    color: var(--soft);
    white-space: nowrap;
  }
  .jump .forms span {
    padding: 0.65rem 0;
  }
  .jump .forms a {
    color: var(--link);
  }
  @media (max-width: 44rem) {
    .bar {
      position: static;
    }
    .jump {
      flex-wrap: wrap;
      gap: 0 1.2rem;
    }
    .jump .forms {
      margin-inline-start: 0;
      padding-inline-start: 0;
      flex-basis: 100%;
    }
  }

  .card {
    background: var(--card);
    border: 1px solid var(--line);
    border-radius: 12px;
    box-shadow: var(--shadow);
    padding: 1.2rem 1.4rem 1.4rem;
    margin-block: 1.1rem;
    min-width: 0;
  }
  .card-head {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    align-items: center;
    gap: 0.4rem 1rem;
    margin-bottom: 0.8rem;
  }
  .card > h3,
  .card form > h3 {
    margin: 1.5rem 0 0.6rem;
  }
  .card > :last-child {
    margin-bottom: 0;
  }
  .columns {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr));
    gap: 1rem;
    align-items: start;
  }
  @media (min-width: 62rem) {
    .pair {
      display: grid;
      grid-template-columns: 2fr 3fr;
      gap: 1.1rem;
      margin-block: 1.1rem;
    }
    .pair > div {
      display: grid;
      min-width: 0;
    }
    .pair .card {
      margin-block: 0;
    }
  }
  @media print {
    .top nav,
    .bar,
    .bottom,
    .skip,
    .actions {
      display: none;
    }
    .card {
      break-inside: avoid;
    }
    .scroll {
      overflow: visible;
    }
  }
`;
