/** What a report and a comparison are made of: answers, differences, features of drift, and the receipt. */
const css = String.raw;

export const REPORT = css`
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
    border-radius: 10px;
    background: var(--sunk);
    padding: 0.85rem 1.1rem 1rem;
    margin: 0;
    min-width: 0;
  }
  .answer figcaption {
    display: flex;
    flex-wrap: wrap;
    gap: 0.3rem 0.8rem;
    justify-content: space-between;
    align-items: center;
  }
  .answer .pill {
    white-space: normal;
    border-radius: 0.8rem;
  }
  .answer blockquote {
    margin: 0.7rem 0 0.9rem;
    padding-inline-start: 0.9rem;
    border-inline-start: 3px solid var(--strong-line);
    font-size: 1.04rem;
    line-height: 1.6;
  }
  .pairs {
    display: grid;
    grid-template-columns: max-content 1fr;
    gap: 0.2rem 1rem;
    margin: 0.8rem 0 0;
    font-size: 0.86rem;
  }
  .pairs.asked {
    margin: 0 0 1.1rem;
  }
  .pairs dt {
    color: var(--soft);
  }
  @media (max-width: 34rem) {
    .pairs {
      grid-template-columns: 1fr;
    }
    .pairs dd + dt {
      margin-top: 0.4rem;
    }
  }
  .pairs dd {
    margin: 0;
    overflow-wrap: anywhere;
    min-width: 0;
  }
  ins,
  del {
    border-radius: 3px;
    padding-block: 0.05em;
    box-decoration-break: clone;
    -webkit-box-decoration-break: clone;
  }
  ins {
    text-decoration: underline;
    text-decoration-thickness: 2px;
    text-underline-offset: 0.2em;
    background: var(--good-ground);
    color: var(--good);
  }
  del {
    background: var(--bad-ground);
    color: var(--bad);
  }

  .drifts thead tr:first-child > * {
    border-bottom: 0;
    padding-bottom: 0;
    font-weight: 400;
  }
  .drifts .beside {
    color: var(--soft);
  }
  .drifts + p,
  .scroll + p {
    margin-top: 0.6rem;
  }
  @media (min-width: 44.01rem) {
    .drifts :is(th, td) {
      white-space: nowrap;
      padding-inline-end: 0.8rem;
    }
    .drifts tbody th {
      min-width: 8.5rem;
      white-space: normal;
    }
    .drifts .first-beside {
      border-inline-start: 1px solid var(--line);
      padding-inline-start: 1rem;
    }
    .sides {
      table-layout: fixed;
      min-width: 38rem;
    }
    .sides thead th:first-child {
      width: 9.5rem;
    }
    .sides thead th:last-child {
      width: 6rem;
    }
  }
  .charts-head {
    margin-top: 1.6rem;
  }
  .features {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr));
    gap: 0.9rem;
    margin-top: 0.8rem;
  }
  .feature {
    border: 1px solid var(--line);
    border-radius: 10px;
    padding: 0.85rem 1.1rem 1rem;
    background: var(--sunk);
    min-width: 0;
  }
  .feature.wide {
    grid-column: 1 / -1;
  }
  .feature-head {
    display: flex;
    flex-wrap: wrap;
    gap: 0.3rem 0.8rem;
    justify-content: space-between;
    align-items: center;
  }
  .feature figure {
    margin: 0.5rem 0 0;
    min-width: 0;
  }
  .feature figcaption {
    font-size: 0.8rem;
    color: var(--soft);
    margin-bottom: 0.3rem;
  }

  .ledger {
    max-width: 58rem;
    margin: 0.4rem auto 0.8rem;
    padding: 1.1rem 1.5rem 0.9rem;
    background: var(--sunk);
    border: 1px solid var(--line);
    border-radius: 10px;
  }
  .ledger .lead {
    text-align: center;
    font-weight: 650;
    margin: 0 0 0.1rem;
  }
  .ledger .lead + p {
    text-align: center;
    margin: 0 0 0.8rem;
  }
  @media (min-width: 44.01rem) {
    .ledger :is(th, td) {
      border-bottom: 1px dashed var(--line);
    }
  }
  .ledger thead th,
  .ledger tfoot > tr > * {
    border-color: var(--strong-line);
  }
  .ledger :is(tbody tr:last-child, tfoot tr) > * {
    border-bottom: 0;
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
`;
