/** The Translate page. */
import { render } from "preact";
import { TranslatePage } from "./components/translate-page.js";
import { firstSettings } from "./translate/settings.js";
import { TranslateSession } from "./translate/session.js";
import { openTranslator } from "./worker/open-translator.js";

const isHandheld = matchMedia("(pointer: coarse)").matches;
render(<TranslatePage session={new TranslateSession(openTranslator, firstSettings(isHandheld))} />, document.body);
