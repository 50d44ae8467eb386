/** The page Bench. */
import { render } from "preact";
import { loadBenchmarks } from "./bench/benchmarks.js";
import { browserMachine } from "./bench/browser-machine.js";
import { PeerSession } from "./bench/peer-session.js";
import { BenchSession } from "./bench/session.js";
import { BenchPage } from "./components/bench-page.js";
import { openBencher } from "./worker/open-bencher.js";
import { openPeers } from "./worker/open-peers.js";

const session = new BenchSession({
  open: openBencher,
  isSmall: matchMedia("(pointer: coarse)").matches,
  machine: browserMachine(navigator),
  clock: () => performance.now() / 1000,
});
render(<BenchPage session={session} peers={new PeerSession(openPeers)} />, document.body);
session.showOthers(await loadBenchmarks());
