/** The pages' style sheet. Colours are variables, chosen so that text has a contrast of 4.5 at least on every ground it stands on, in both themes. */
const css = String.raw;

export const STYLE = css`
  :root {
    color-scheme: light dark;
    --ground: #f3f5f9;
    --card: #ffffff;
    --sunk: #f6f8fb;
    --ink: #141a26;
    --soft: #505b6e;
    --line: #dde2ec;
    --strong-line: #b9c2d2;
    --link: #2748c4;
    --accent: #2f54eb;
    --on-accent: #ffffff;
    --hero: linear-gradient(120deg, #16213f 0%, #1f3a72 55%, #0f6e78 100%);
    --on-hero: #ffffff;
    --on-hero-soft: #d3dcf0;
    --good: #0b6b47;
    --good-ground: #e2f6ec;
    --warn: #8a4b00;
    --warn-ground: #fff1db;
    --bad: #b3182a;
    --bad-ground: #fdeaec;
    --calm: #3b4a63;
    --calm-ground: #e9eef7;
    --lab: #5c6b84;
    --openai: #0e8a7d;
    --databricks: #e0531f;
    --removal: #7b4ddb;
    --baseline: #8a97ad;
    --current: #2f54eb;
    --grid: #e6eaf2;
    --shadow: 0 1px 2px rgb(20 30 60 / 6%), 0 8px 24px rgb(20 30 60 / 5%);
    --mono: ui-monospace, 'Cascadia Code', 'SF Mono', 'Segoe UI Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --ground: #0c1017;
      --card: #141a24;
      --sunk: #10151e;
      --ink: #e8edf6;
      --soft: #a3afc2;
      --line: #263041;
      --strong-line: #3d4a60;
      --link: #9db5ff;
      --accent: #8fa8ff;
      --on-accent: #0c1224;
      --hero: linear-gradient(120deg, #131c36 0%, #182e5c 55%, #0b4a53 100%);
      --on-hero-soft: #c3cfe6;
      --good: #6fdcae;
      --good-ground: #10302a;
      --warn: #f5c06f;
      --warn-ground: #372710;
      --bad: #ff9ba6;
      --bad-ground: #3b171d;
      --calm: #bccae3;
      --calm-ground: #202b3e;
      --lab: #8494b0;
      --openai: #35c3b1;
      --databricks: #ff7d4d;
      --removal: #a98bf5;
      --baseline: #71809b;
      --current: #8fa8ff;
      --grid: #212a38;
      --shadow: 0 1px 2px rgb(0 0 0 / 40%);
    }
  }
  * {
    box-sizing: border-box;
  }
  html {
    scroll-behavior: smooth;
    scroll-padding-top: 1rem;
  }
  body {
    margin: 0;
    background: var(--ground);
    color: var(--ink);
    font:
      400 0.95rem/1.55 'Inter',
      ui-sans-serif,
      system-ui,
      'Segoe UI',
      Roboto,
      'Noto Sans',
      'Helvetica Neue',
      sans-serif;
    font-variant-numeric: tabular-nums;
    -webkit-text-size-adjust: 100%;
  }
  .inner,
  main > *:not(.hero),
  .hero-inner {
    width: min(72rem, 100% - 2.5rem);
    margin-inline: auto;
  }
  h1,
  h2,
  h3 {
    line-height: 1.2;
    margin: 0;
    text-wrap: balance;
  }
  h2 {
    font-size: 1.2rem;
    letter-spacing: -0.01em;
  }
  h3 {
    font-size: 0.98rem;
  }
  p {
    margin: 0.5rem 0;
  }
  a {
    color: var(--link);
    text-underline-offset: 0.15em;
  }
  code,
  .mono {
    font-family: var(--mono);
    font-size: 0.88em;
    overflow-wrap: anywhere;
  }
  .soft {
    color: var(--soft);
  }
  .small {
    font-size: 0.84rem;
  }
  .number {
    text-align: end;
    white-space: nowrap;
  }
  :focus-visible {
    outline: 3px solid var(--accent);
    outline-offset: 2px;
    border-radius: 4px;
  }
  main:focus {
    outline: none;
  }
  .unseen:not(:focus) {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .skip {
    position: absolute;
    inset-inline-start: 1rem;
    top: -4rem;
    z-index: 2;
    background: var(--card);
    color: var(--link);
    padding: 0.6rem 1rem;
    border-radius: 0 0 8px 8px;
  }
  .skip:focus {
    top: 0;
  }

  .top {
    background: var(--card);
    border-bottom: 1px solid var(--line);
  }
  .top .inner {
    display: flex;
    align-items: center;
    gap: 1.5rem;
    min-height: 3.5rem;
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
    gap: 0.55rem;
    color: var(--ink);
    font-weight: 650;
    letter-spacing: -0.01em;
  }
  .languages {
    margin-inline-start: auto;
    display: flex;
    gap: 0.25rem;
  }
  .languages a {
    padding: 0.2rem 0.55rem;
    border-radius: 6px;
    font-size: 0.82rem;
    font-weight: 600;
  }
  .languages a[aria-current] {
    background: var(--calm-ground);
    color: var(--calm);
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

  .hero {
    background: var(--hero);
    color: var(--on-hero);
    padding: 2.1rem 0 2.6rem;
  }
  .hero .eyebrow {
    margin: 0;
    color: var(--on-hero-soft);
    font-size: 0.8rem;
    font-weight: 600;
    letter-spacing: 0.08em;
    text-transform: uppercase;
  }
  .hero h1 {
    font-size: clamp(1.55rem, 4vw, 2.2rem);
    letter-spacing: -0.02em;
    overflow-wrap: anywhere;
  }
  .hero .titles {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem 1rem;
    align-items: center;
    margin: 0.35rem 0;
  }
  .hero p {
    color: var(--on-hero-soft);
    margin: 0.2rem 0;
  }
  .hero a {
    color: var(--on-hero);
  }
  .hero :focus-visible {
    outline-color: #ffffff;
  }
  .facts {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr));
    gap: 0.75rem;
    margin: 1.5rem 0 0;
  }
  .facts > div {
    background: rgb(255 255 255 / 9%);
    border: 1px solid rgb(255 255 255 / 16%);
    border-radius: 12px;
    padding: 0.7rem 0.9rem;
  }
  .facts dt {
    color: var(--on-hero-soft);
    font-size: 0.8rem;
  }
  .facts dd {
    margin: 0.1rem 0 0;
    font-size: 1.25rem;
    font-weight: 650;
    letter-spacing: -0.01em;
    overflow-wrap: anywhere;
  }
  .facts dd + dd {
    font-size: 0.78rem;
    font-weight: 400;
    letter-spacing: 0;
    color: var(--on-hero-soft);
  }

  .pill {
    display: inline-flex;
    align-items: center;
    gap: 0.4em;
    border-radius: 99px;
    padding: 0.12rem 0.7rem;
    font-size: 0.82rem;
    font-weight: 650;
    white-space: nowrap;
    background: var(--calm-ground);
    color: var(--calm);
  }
  .pill::before {
    content: '';
    width: 0.55em;
    height: 0.55em;
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
  @keyframes pulse {
    50% {
      opacity: 0.25;
    }
  }

  .jump {
    display: flex;
    flex-wrap: wrap;
    gap: 0.3rem 1.1rem;
    padding: 0.9rem 0 0;
    font-size: 0.88rem;
  }
  .jump .forms {
    margin-inline-start: auto;
    display: flex;
    gap: 0.9rem;
    color: var(--soft);
  }
  .card {
    background: var(--card);
    border: 1px solid var(--line);
    border-radius: 16px;
    box-shadow: var(--shadow);
    padding: 1.35rem 1.5rem 1.5rem;
    margin-block: 1.1rem;
  }
  .card-head {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    align-items: baseline;
    gap: 0.4rem 1rem;
    margin-bottom: 0.9rem;
  }
  .card h3 {
    margin: 1.3rem 0 0.5rem;
  }
  .columns {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr));
    gap: 1rem;
    align-items: start;
  }
  .note {
    border-inline-start: 4px solid var(--strong-line);
    background: var(--sunk);
    border-radius: 4px 10px 10px 4px;
    padding: 0.65rem 1rem;
    margin: 0.8rem 0;
  }
  .note.good {
    border-color: var(--good);
    background: var(--good-ground);
    color: var(--good);
  }
  .note.warn {
    border-color: var(--warn);
    background: var(--warn-ground);
    color: var(--warn);
  }
  .note.bad {
    border-color: var(--bad);
    background: var(--bad-ground);
    color: var(--bad);
  }
  .note p {
    margin: 0.15rem 0;
  }
  .note .lead {
    font-size: 1.1rem;
    font-weight: 650;
    letter-spacing: -0.01em;
  }
  .note.good a,
  .note.warn a,
  .note.bad a {
    color: inherit;
  }

  .phases {
    display: grid;
    grid-auto-flow: column;
    grid-auto-columns: 1fr;
    gap: 4px;
    list-style: none;
    padding: 0;
    margin: 0.4rem 0 0;
  }
  .phases li {
    font-size: 0.76rem;
    color: var(--soft);
    padding-top: 0.45rem;
    border-top: 5px solid var(--line);
    border-radius: 3px;
    overflow-wrap: anywhere;
  }
  .phases .past {
    border-color: var(--openai);
  }
  .phases .now {
    border-color: var(--accent);
    color: var(--ink);
    font-weight: 650;
  }
  .phases.slim {
    min-width: 9rem;
    margin-top: 0.3rem;
  }
  .phases.slim li {
    padding: 0;
    border-top-width: 6px;
  }
  @media (max-width: 44rem) {
    .phases:not(.slim) li:not(.now) {
      font-size: 0;
    }
  }

  .scroll {
    overflow-x: auto;
    margin-inline: -0.4rem;
    padding-inline: 0.4rem;
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
    padding: 0.5rem 0.75rem 0.5rem 0;
    border-bottom: 1px solid var(--line);
    vertical-align: top;
  }
  thead th {
    color: var(--soft);
    font-weight: 600;
    font-size: 0.8rem;
    white-space: nowrap;
    border-bottom-color: var(--strong-line);
  }
  tbody th {
    font-weight: 600;
  }
  tbody tr:last-child > * {
    border-bottom: 0;
  }
  tfoot > tr > * {
    border-top: 2px solid var(--strong-line);
    border-bottom: 0;
    font-weight: 650;
  }
  th.number,
  td.number {
    text-align: end;
  }
  td .small {
    display: block;
  }
  .wrap {
    min-width: 13rem;
    overflow-wrap: anywhere;
  }

  details > summary {
    cursor: pointer;
    color: var(--link);
    width: fit-content;
    padding: 0.2rem 0;
  }
  details[open] > summary {
    margin-bottom: 0.5rem;
  }
  .said {
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    unicode-bidi: plaintext;
    font: inherit;
    margin: 0;
    max-height: 26rem;
    overflow-y: auto;
  }
  .answer {
    border: 1px solid var(--line);
    border-radius: 12px;
    background: var(--sunk);
    padding: 0.95rem 1.1rem;
    margin: 0;
    min-width: 0;
  }
  .answer figcaption {
    display: flex;
    flex-wrap: wrap;
    gap: 0.3rem 0.8rem;
    justify-content: space-between;
    align-items: center;
    margin-bottom: 0.6rem;
  }
  .answer blockquote {
    margin: 0;
    font-size: 1.02rem;
    line-height: 1.6;
  }
  .answer dl,
  .pairs {
    display: grid;
    grid-template-columns: max-content 1fr;
    gap: 0.15rem 0.9rem;
    margin: 0.8rem 0 0;
    font-size: 0.84rem;
  }
  .answer dt,
  .pairs dt {
    color: var(--soft);
  }
  .answer dd,
  .pairs dd {
    margin: 0;
    overflow-wrap: anywhere;
  }
  .ledger {
    border: 1px dashed var(--strong-line);
    border-radius: 12px;
    padding: 0.3rem 1.1rem 0.6rem;
    background: var(--sunk);
  }
  .ledger .gone {
    color: var(--good);
    font-weight: 650;
    white-space: nowrap;
  }
  .ledger .kept {
    color: var(--warn);
    font-weight: 650;
  }
  ins {
    text-decoration: underline;
    text-decoration-thickness: 2px;
    background: var(--good-ground);
    color: var(--good);
    border-radius: 3px;
  }
  del {
    background: var(--bad-ground);
    color: var(--bad);
    border-radius: 3px;
  }
  .differs {
    font-weight: 650;
  }

  form {
    margin: 0;
  }
  label {
    display: block;
    font-weight: 600;
    font-size: 0.86rem;
  }
  .hint {
    display: block;
    color: var(--soft);
    font-size: 0.78rem;
    font-weight: 400;
  }
  .fault {
    color: var(--bad);
    font-size: 0.8rem;
    font-weight: 600;
    display: block;
  }
  input,
  select,
  textarea {
    font: inherit;
    color: var(--ink);
    background: var(--card);
    border: 1px solid var(--strong-line);
    border-radius: 8px;
    padding: 0.45rem 0.65rem;
    width: 100%;
    margin-top: 0.2rem;
  }
  input[type='radio'] {
    width: 1.15rem;
    height: 1.15rem;
    margin: 0;
    accent-color: var(--accent);
  }
  textarea {
    min-height: 4.6rem;
    resize: vertical;
  }
  [aria-invalid] {
    border-color: var(--bad);
  }
  .fields {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 12rem), 1fr));
    gap: 0.9rem 1rem;
  }
  .fields .wide {
    grid-column: 1 / -1;
  }
  button {
    font: inherit;
    font-weight: 650;
    cursor: pointer;
    border-radius: 8px;
    border: 1px solid var(--strong-line);
    background: var(--card);
    color: var(--ink);
    padding: 0.35rem 0.9rem;
  }
  button:hover {
    border-color: var(--accent);
  }
  button.main {
    background: var(--accent);
    color: var(--on-accent);
    border-color: transparent;
    padding: 0.55rem 1.4rem;
  }
  button.danger {
    color: var(--bad);
    border-color: var(--bad);
    background: var(--card);
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem;
    align-items: start;
  }
  .actions details > summary {
    list-style: none;
    border: 1px solid var(--strong-line);
    border-radius: 8px;
    padding: 0.35rem 0.9rem;
    color: var(--bad);
    font-weight: 650;
    line-height: 1.55;
  }
  .actions details > summary::-webkit-details-marker {
    display: none;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before {
      animation: none !important;
      scroll-behavior: auto !important;
    }
  }
  @media print {
    .top nav,
    .jump,
    .bottom,
    .skip,
    .actions {
      display: none;
    }
    .card {
      box-shadow: none;
      break-inside: avoid;
    }
    .scroll {
      overflow: visible;
    }
  }
`;
