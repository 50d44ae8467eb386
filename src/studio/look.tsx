/** The page Look. */
import { render } from "preact";
import { LookPage } from "./components/look-page.js";
import { LookSession } from "./look/session.js";
import { openLooker } from "./worker/open-looker.js";

const side = matchMedia("(pointer: coarse)").matches ? 128 : 256;
render(<LookPage session={new LookSession(openLooker, { layer: "", count: 8, isGuided: false, side })} />, document.body);
