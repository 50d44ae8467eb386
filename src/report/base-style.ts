/** What all pages look like, those of runs and the studio: colours, light and dark, headings, cards, buttons. */
export const baseStyle = `
:root {
  color-scheme: light dark;
  --page: #f6f6f4; --card: #fff; --text: #1c1e21; --muted: #6b7078; --line: #e3e4e6; --a: #2563c9; --b: #d9541e; --c: #6f7780; --d: #0f8a5f; --e: #9b3fb8; --f: #b07d00; --warn: #a15c00; --on-a: #fff;
  font: 16px/1.5 system-ui, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #141517; --card: #1e2023; --text: #e8e9eb; --muted: #989da6; --line: #33363b; --a: #6ea8ff; --b: #ff9059; --c: #b4bac2; --d: #4fc495; --e: #cf86e6; --f: #e0b44a; --warn: #f0b357; --on-a: #141517;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem 1rem 3rem; background: var(--page); color: var(--text); }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.2; overflow-wrap: anywhere; }
progress { width: 100%; height: .4rem; accent-color: var(--a); }
[hidden] { display: none !important; }
h2 { margin: 2.2rem 0 .6rem; font-size: 1.2rem; }
h3 { margin: 0; font-size: 1rem; }
p { margin: .3rem 0; }
small, .muted { color: var(--muted); font-weight: normal; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem; min-width: 0; }
.badge { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .55rem; font-size: .78rem; color: var(--muted); }
button { font: inherit; font-size: .85rem; padding: .2rem .8rem; border: 1px solid var(--line); border-radius: 1rem;
  background: var(--card); color: var(--text); cursor: pointer; }
output { font-variant-numeric: tabular-nums; min-width: 6rem; }
figure { margin: 0; }
figcaption { font-size: .75rem; color: var(--muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
summary { cursor: pointer; }
`;
