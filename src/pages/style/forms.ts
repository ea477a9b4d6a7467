/** Fields and buttons. */
const css = String.raw;

export const FORMS = css`
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
    font-size: 0.8rem;
    margin-top: 0.2rem;
  }
  .fault {
    color: var(--bad);
    font-size: 0.82rem;
    font-weight: 600;
    display: block;
    margin-top: 0.2rem;
  }
  input,
  select,
  textarea {
    font: inherit;
    color: var(--ink);
    background: var(--card);
    border: 1px solid var(--strong-line);
    border-radius: 7px;
    padding: 0.4rem 0.65rem;
    width: 100%;
    margin-top: 0.25rem;
  }
  input[type='radio'] {
    width: 1.1rem;
    height: 1.1rem;
    margin: 0;
    vertical-align: -0.2em;
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
    margin-block: 0.6rem;
  }
  .fields .wide {
    grid-column: 1 / -1;
  }
  button,
  .button,
  .actions details > summary {
    display: inline-block;
    font: inherit;
    font-size: 0.88rem;
    font-weight: 600;
    line-height: 1.5;
    cursor: pointer;
    border-radius: 7px;
    border: 1px solid var(--strong-line);
    background: var(--card);
    color: var(--ink);
    padding: 0.28rem 0.85rem;
    text-decoration: none;
    white-space: nowrap;
  }
  button:hover,
  .button:hover,
  .actions details > summary:hover {
    background: var(--calm-ground);
  }
  :is(button, .button).main {
    background: var(--accent);
    color: var(--on-accent);
    border-color: transparent;
    padding: 0.5rem 1.3rem;
  }
  :is(button, .button).main:hover {
    background: color-mix(in srgb, var(--accent) 88%, var(--ink));
  }
  button.danger {
    background: var(--bad);
    color: var(--card);
    border-color: transparent;
  }
  button.danger:hover {
    background: color-mix(in srgb, var(--bad) 88%, var(--ink));
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 0.4rem;
    align-items: start;
  }
  .actions details > summary {
    list-style: none;
    color: var(--bad);
  }
  .actions details > summary::-webkit-details-marker {
    display: none;
  }
`;
