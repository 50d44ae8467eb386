/** The Train page. */
import { render } from "preact";
import { TrainPage } from "./components/train-page.js";
import { TrainSession } from "./train/session.js";
import { openTrainer } from "./worker/open-trainer.js";

const shown = decodeURIComponent(location.hash.slice(1));
const platform = { open: () => openTrainer(), persist: () => navigator.storage.persist() };
render(<TrainPage session={new TrainSession(platform, shown === "" ? undefined : shown)} />, document.body);
