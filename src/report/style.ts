/** The style of a run's page and its parts: one column on a phone. */
import { baseStyle } from "./base-style.js";

/** The style of the parts, after `baseStyle`. */
export const runStyle = `
#connection { color: var(--warn); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .8rem; margin-top: 1.2rem; }
.figures strong { display: block; font-size: 1.7rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tiles { grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .5rem; }
.tiles h3 { font-size: .85rem; font-weight: normal; color: var(--muted); }
.tiles strong { font-size: 1.25rem; }
.events { list-style: none; margin: 0; padding: 0; }
.events li { display: flex; flex-wrap: wrap; gap: .2rem .7rem; align-items: baseline; padding: .35rem 0;
  border-bottom: 1px solid var(--line); font-size: .9rem; }
.badge[data-kind="warning"], .badge[data-kind="skipped"] { color: var(--warn); }
.message { flex: 1 1 16rem; overflow-wrap: anywhere; white-space: pre-line; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: .8rem; }
.plot { min-height: 250px; }
.u-legend .faint { display: none; }
.u-legend { font-size: .8rem; }
.control { display: flex; align-items: center; gap: .6rem; flex-wrap: wrap; margin: 0 0 .8rem; }
.control input { flex: 1; min-width: 8rem; max-width: 30rem; accent-color: var(--a); }
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
.triple { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: .3rem; }
.triple a { display: block; }
.triple img { display: block; width: 100%; aspect-ratio: 1; object-fit: contain; background: #fff; border-radius: .2rem; }
.rows img, .sample img { image-rendering: pixelated; }
body:has(.runs) { max-width: 110rem; }
.runs { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: .8rem; align-items: start; }
.runs h2, .runs .sample { margin: 0; }
.runs dl { grid-template-columns: 1fr; }
#earlier { margin: .5rem 0; font-size: .9rem; }
.settings { margin-top: 2.2rem; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: .3rem 1.2rem; }
dl div { display: flex; justify-content: space-between; gap: 1rem; border-bottom: 1px solid var(--line); }
dt, dd { font-size: .85rem; }
dd { margin: 0; overflow-wrap: anywhere; text-align: right; }
`;

export const style = `${baseStyle}${runStyle}`;
