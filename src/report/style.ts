/** The style of the page: one column on a phone, with light and dark colours. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f6f6f4; --card: #fff; --text: #1c1e21; --muted: #6b7078; --line: #e3e4e6; --a: #2563c9; --b: #d9541e; --c: #6f7780; --warn: #a15c00;
  font: 16px/1.5 system-ui, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #141517; --card: #1e2023; --text: #e8e9eb; --muted: #989da6; --line: #33363b; --a: #6ea8ff; --b: #ff9059; --c: #b4bac2; --warn: #f0b357;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem 1rem 3rem; background: var(--page); color: var(--text); }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.2; overflow-wrap: anywhere; }
progress { width: 100%; height: .4rem; accent-color: var(--a); }
#connection { color: var(--warn); }
[hidden] { display: none !important; }
h2 { margin: 2.2rem 0 .6rem; font-size: 1.2rem; }
h3 { margin: 0; font-size: 1rem; }
p { margin: .3rem 0; }
small, .muted { color: var(--muted); font-weight: normal; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem; min-width: 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .8rem; margin-top: 1.2rem; }
.figures strong { display: block; font-size: 1.7rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tiles { grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .5rem; }
.tiles h3 { font-size: .85rem; font-weight: normal; color: var(--muted); }
.tiles strong { font-size: 1.25rem; }
.events { list-style: none; margin: 0; padding: 0; }
.events li { display: flex; flex-wrap: wrap; gap: .2rem .7rem; align-items: baseline; padding: .35rem 0;
  border-bottom: 1px solid var(--line); font-size: .9rem; }
.badge { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .55rem; font-size: .78rem; color: var(--muted); }
.badge[data-kind="warning"], .badge[data-kind="skipped"] { color: var(--warn); }
.message { flex: 1 1 16rem; overflow-wrap: anywhere; white-space: pre-line; }
button { font: inherit; font-size: .85rem; padding: .2rem .8rem; border: 1px solid var(--line); border-radius: 1rem;
  background: var(--card); color: var(--text); cursor: pointer; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: .8rem; }
.plot { min-height: 250px; }
.u-legend .faint { display: none; }
.u-legend { font-size: .8rem; }
.control { display: flex; align-items: center; gap: .6rem; flex-wrap: wrap; margin: 0 0 .8rem; }
.control input { flex: 1; min-width: 8rem; max-width: 30rem; accent-color: var(--a); }
output { font-variant-numeric: tabular-nums; min-width: 6rem; }
.sample { margin: 0 auto; }
.sample img { display: block; width: 100%; height: auto; }
.compare { margin: .6rem auto; }
.compare .wipe { max-width: 18rem; margin-top: .5rem; }
.compare canvas { image-rendering: pixelated; }
.downloads a { margin-right: .8rem; }
.columns { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; padding: .3rem 0; }
.columns span { text-align: center; font-size: .8rem; }
.rows { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); gap: .5rem; }
.rows .card { padding: .5rem; }
figure { margin: 0; }
.triple { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: .3rem; }
.triple a { display: block; }
.triple img { display: block; width: 100%; aspect-ratio: 1; object-fit: contain; background: #fff; border-radius: .2rem; }
.rows img, .sample img { image-rendering: pixelated; }
figcaption { font-size: .75rem; color: var(--muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
body:has(.runs) { max-width: 110rem; }
.runs { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: .8rem; align-items: start; }
.runs h2, .runs .sample { margin: 0; }
.runs dl { grid-template-columns: 1fr; }
summary { cursor: pointer; }
#earlier { margin: .5rem 0; font-size: .9rem; }
.settings { margin-top: 2.2rem; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: .3rem 1.2rem; }
dl div { display: flex; justify-content: space-between; gap: 1rem; border-bottom: 1px solid var(--line); }
dt, dd { font-size: .85rem; }
dd { margin: 0; overflow-wrap: anywhere; text-align: right; }
`;
