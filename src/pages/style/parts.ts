/** Parts that all pages are made of: state pills, notes, progress, and tables. */
const css = String.raw;

export const PARTS = css`
  .pill {
    display: inline-flex;
    align-items: center;
    gap: 0.45em;
    border-radius: 99px;
    padding: 0.1rem 0.65rem;
    font-size: 0.82rem;
    font-weight: 600;
    white-space: nowrap;
    background: var(--calm-ground);
    color: var(--calm);
  }
  .pill::before {
    content: '';
    flex: none;
    width: 0.5em;
    height: 0.5em;
    border-radius: 50%;
    background: currentcolor;
  }
  .pill.good {
    background: var(--good-ground);
    color: var(--good);
  }
  .pill.warn {
    background: var(--warn-ground);
    color: var(--warn);
  }
  .pill.bad {
    background: var(--bad-ground);
    color: var(--bad);
  }
  .pill.bad::before {
    border-radius: 1px;
    transform: rotate(45deg);
  }
  .pill.live::before {
    animation: pulse 1.8s ease-in-out infinite;
  }

  .note {
    border: 1px solid var(--line);
    border-inline-start: 4px solid var(--strong-line);
    background: var(--sunk);
    border-radius: 6px;
    padding: 0.6rem 1rem;
    margin: 0.8rem 0;
  }
  main > .note,
  main > div > .note {
    margin-block: 1.1rem 0;
  }
  .note.good {
    border-color: var(--good-ground);
    border-inline-start-color: var(--good);
    background: var(--good-ground);
    color: var(--good);
  }
  .note.warn {
    border-color: var(--warn-ground);
    border-inline-start-color: var(--warn);
    background: var(--warn-ground);
    color: var(--warn);
  }
  .note.bad {
    border-color: var(--bad-ground);
    border-inline-start-color: var(--bad);
    background: var(--bad-ground);
    color: var(--bad);
  }
  .note p {
    margin: 0.15rem 0;
  }
  .note .lead {
    font-size: 1.08rem;
    font-weight: 650;
    letter-spacing: -0.01em;
  }
  .note:is(.good, .warn, .bad) a {
    color: inherit;
  }

  .phases {
    display: grid;
    grid-auto-flow: column;
    grid-auto-columns: 1fr;
    gap: 3px;
    list-style: none;
    padding: 0;
    margin: 1rem 0 0;
  }
  .phases > * {
    font-size: 0.78rem;
    color: var(--soft);
    padding-top: 0.35rem;
    border-top: 5px solid var(--line);
    border-radius: 2px;
  }
  .phases .past {
    border-color: var(--openai);
  }
  .phases .now {
    border-color: var(--accent);
    color: var(--ink);
    font-weight: 650;
  }
  .phases .skipped {
    display: block;
    font-size: 0.9em;
    font-style: italic;
  }
  .phases.slim {
    max-width: 13rem;
    margin-top: 0.45rem;
  }
  .phases.slim > * {
    padding: 0;
    border-top-width: 4px;
  }
  @media (max-width: 44rem) {
    .phases:not(.slim) > :not(.now) {
      font-size: 0;
    }
    .phases:not(.slim) > .now {
      white-space: nowrap;
    }
  }

  /* A shadow stands where something is beside the edge: the covers scroll with the content, the shadows do not. */
  .scroll {
    --under: var(--card);
    overflow-x: auto;
    margin-inline: -0.4rem;
    padding-inline: 0.4rem;
    background:
      linear-gradient(to right, var(--under) 40%, transparent) left / 2.4rem 100% no-repeat local,
      linear-gradient(to left, var(--under) 40%, transparent) right / 2.4rem 100% no-repeat local,
      linear-gradient(to right, var(--edge), transparent) left / 0.9rem 100% no-repeat scroll,
      linear-gradient(to left, var(--edge), transparent) right / 0.9rem 100% no-repeat scroll;
  }
  .ledger .scroll {
    --under: var(--sunk);
  }
  table {
    border-collapse: collapse;
    width: 100%;
    font-size: 0.88rem;
  }
  caption {
    text-align: start;
    color: var(--soft);
    padding-bottom: 0.4rem;
  }
  th,
  td {
    text-align: start;
    padding: 0.55rem 1rem 0.55rem 0;
    border-bottom: 1px solid var(--line);
    vertical-align: top;
  }
  tr > :last-child {
    padding-inline-end: 0;
  }
  thead th {
    color: var(--soft);
    font-weight: 600;
    font-size: 0.8rem;
    white-space: nowrap;
    padding-top: 0.2rem;
  }
  tbody th {
    font-weight: 600;
  }
  tbody tr:last-child > * {
    border-bottom: 0;
  }
  tfoot > tr > * {
    border-top: 1px solid var(--strong-line);
    border-bottom: 0;
    font-weight: 650;
  }
  .number {
    text-align: end;
    white-space: nowrap;
  }
  :is(th, td) > .small {
    display: block;
    font-weight: 400;
    font-size: 0.8rem;
  }
  tbody th.kind::first-letter {
    text-transform: uppercase;
  }
  .lines :is(th, td) {
    white-space: nowrap;
    overflow-wrap: normal;
  }
  /* On a phone each row is a block of its own: nothing of it is beside the screen. */
  @media (max-width: 44rem) {
    .stacks thead {
      position: absolute;
      clip-path: inset(50%);
    }
    .stacks :is(tbody, tfoot, tr) {
      display: block;
    }
    .stacks tr {
      padding-block: 0.8rem;
      border-bottom: 1px solid var(--line);
    }
    .stacks tbody tr:first-child {
      padding-top: 0;
    }
    .stacks tbody tr:last-child {
      border-bottom: 0;
      padding-bottom: 0;
    }
    .stacks :is(th, td) {
      display: block;
      border: 0;
      padding: 0.15rem 0;
      text-align: start;
      white-space: normal;
    }
    .stacks [data-label]::before {
      content: attr(data-label) ': ';
      color: var(--soft);
    }
    .stacks [data-label] > .small {
      display: inline;
      margin-inline-start: 0.5em;
    }
    .stacks :is([data-label], [data-label] > .said) {
      overflow-wrap: anywhere;
    }
    .stacks [data-label] > .said {
      display: inline;
    }
    .stacks td:is(:empty, .nothing) {
      display: none;
    }
    .stacks tfoot :is(th, td) {
      display: inline;
      margin-inline-end: 0.6em;
    }
  }
  .wrap {
    min-width: 11rem;
    overflow-wrap: anywhere;
  }
  .differs {
    font-weight: 650;
  }
`;
