/** Colours, by what they are for. Text has a contrast of 4.5 at least on every ground that it stands on, and what is drawn one of 3, in both themes. */
const css = String.raw;

export const TOKENS = css`
  :root {
    color-scheme: light dark;
    --ground: #f5f6f8;
    --card: #ffffff;
    --sunk: #f7f8fa;
    --ink: #16191f;
    --soft: #545c69;
    --line: #e2e5ea;
    --strong-line: #8b94a3;
    --link: #2540b8;
    --accent: #3450dc;
    --on-accent: #ffffff;
    --good: #0a6242;
    --good-ground: #e1f4ea;
    --warn: #7d4400;
    --warn-ground: #fdf0da;
    --bad: #a81526;
    --bad-ground: #fcebed;
    --calm: #3c4656;
    --calm-ground: #e9ecf1;
    --lab: #6b7688;
    --openai: #0d8577;
    --databricks: #d9501c;
    --removal: #7a4fd6;
    --baseline: #7d8899;
    --current: #3450dc;
    --grid: #e8ebf0;
    --edge: rgb(22 25 31 / 18%);
    --shadow: 0 1px 2px rgb(22 25 31 / 5%);
    --mono: ui-monospace, 'Cascadia Code', 'SF Mono', 'Segoe UI Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --ground: #0e1116;
      --card: #161a21;
      --sunk: #12161c;
      --ink: #e9ecf1;
      --soft: #a5aebb;
      --line: #29303a;
      --strong-line: #667080;
      --link: #a3b4ff;
      --accent: #98abff;
      --on-accent: #10142a;
      --good: #74dbae;
      --good-ground: #12302a;
      --warn: #f2bf74;
      --warn-ground: #352711;
      --bad: #ff9fa9;
      --bad-ground: #3a191e;
      --calm: #c0c9d6;
      --calm-ground: #262d38;
      --lab: #8b96a8;
      --openai: #38c0ae;
      --databricks: #ff7f50;
      --removal: #ad91f5;
      --baseline: #7f8a9c;
      --current: #98abff;
      --grid: #252c36;
      --edge: rgb(233 236 241 / 22%);
      --shadow: none;
    }
  }
`;
