/** The Translate page. */
import { render } from "preact";
import { TranslatePage } from "./components/translate-page.js";
import { handedOver } from "./files/handed-over.js";
import { firstSettings, sizes } from "./translate/settings.js";
import { TranslateSession } from "./translate/session.js";
import { openTranslator } from "./worker/open-translator.js";

const isHandheld = matchMedia("(pointer: coarse)").matches;
const session = new TranslateSession(openTranslator, firstSettings(isHandheld));
render(<TranslatePage session={session} />, document.body);
const trained = await handedOver();
if (trained) {
  // Networks do best at the size that they know.
  const size = sizes.find(({ value = Infinity }) => value >= trained.size);
  await session.change({ shorterSide: size?.value });
  await session.load(trained.weights);
}
