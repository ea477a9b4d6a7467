/** What every page stands on: type, links, focus, and what is read out but not seen. */
const css = String.raw;

export const BASE = css`
  * {
    box-sizing: border-box;
  }
  html {
    scroll-behavior: smooth;
    scroll-padding-top: 4rem;
  }
  body {
    margin: 0;
    background: var(--ground);
    color: var(--ink);
    font:
      400 0.94rem/1.55 'Inter',
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
  h1,
  h2,
  h3 {
    line-height: 1.25;
    margin: 0;
    text-wrap: balance;
  }
  h2 {
    font-size: 1.15rem;
    letter-spacing: -0.01em;
  }
  h3 {
    font-size: 0.96rem;
  }
  p {
    margin: 0.5rem 0;
  }
  ul {
    padding-inline-start: 1.2rem;
    margin: 0.4rem 0;
  }
  a {
    color: var(--link);
    text-underline-offset: 0.15em;
    text-decoration-thickness: 1px;
  }
  a:hover {
    text-decoration-thickness: 2px;
  }
  code,
  .mono {
    font-family: var(--mono);
    font-size: 0.88em;
    overflow-wrap: anywhere;
  }
  abbr {
    text-decoration: none;
  }
  .soft {
    color: var(--soft);
  }
  .small {
    font-size: 0.84rem;
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
    z-index: 3;
    background: var(--card);
    color: var(--link);
    padding: 0.6rem 1rem;
    border-radius: 0 0 8px 8px;
  }
  .skip:focus {
    top: 0;
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
  @keyframes pulse {
    50% {
      opacity: 0.3;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before {
      animation: none !important;
      scroll-behavior: auto !important;
    }
  }
`;
