import type { JSX } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import type { DeviceResult } from "../bench/benchmarks.js";
import { compare, shortName, type Contender } from "../bench/compare.js";
import type { PeerSession } from "../bench/peer-session.js";
import type { BenchSession, BenchState } from "../bench/session.js";
import { BenchCard } from "./bench-card.js";
import { DeviceCard } from "./device-card.js";
import { GpuFailed, NoWebGpu } from "./gpu-problem.js";
import { Header } from "./header.js";
import { PeerSection, usePeers } from "./peer-section.js";

/** This GPU, once something is measured, then all others. */
function contendersOf({ found, others: { devices } }: BenchState): Contender[] {
  const own: Contender = { name: "This GPU", isOwn: true, figures: found, leftOut: found.leftOut };
  return [own, ...devices.map((device) => ({ name: shortName(device.adapter), isOwn: false, figures: device, leftOut: [] }))];
}

/** Which devices the page compares with. */
function Others({ devices }: { readonly devices: readonly DeviceResult[] }): JSX.Element {
  return (
    <ul class="devices">
      {devices.map(({ adapter, machine, date }) => (
        <li key={adapter.name + date}>
          <strong>{shortName(adapter)}</strong>
          {adapter.isCpu && <span class="badge">software adapter</span>}
          <small>
            {adapter.name} · {adapter.driver} · {machine} · {date}
          </small>
        </li>
      ))}
    </ul>
  );
}

/** The page that measures the visitor's GPU. */
export function BenchPage({ session, peers }: { readonly session: BenchSession; readonly peers: PeerSession }): JSX.Element {
  const [state, setState] = useState(session.state);
  const comparing = usePeers(peers);
  useLayoutEffect(() => session.subscribe(() => setState(session.state)), [session]);
  const { gpu, gpuProblem, measurement, others } = state;
  return (
    <>
      <Header current="Bench" />
      <main>
        <div class="intro">
          <h1>How fast does this GPU train?</h1>
          <p class="muted">
            The page checks the kernels of CycleGAN against float64 and times them, then trains networks of three sizes on noise. That takes about a
            minute on a GPU, and two on a software adapter. The results stay in this browser until you copy them.
          </p>
        </div>
        {!("gpu" in navigator) && <NoWebGpu />}
        {"gpu" in navigator && gpu === "failed" && <GpuFailed message={gpuProblem ?? ""} onReopen={() => void session.reopen()} />}
        <DeviceCard session={session} state={state} isFree={comparing.comparison !== "running"} />
        {compare(others, contendersOf(state))
          .filter(({ cards }) => cards.length > 0)
          .map(({ title, about, cards }) => (
            <section key={title} aria-label={title}>
              <h2 class="group">{title}</h2>
              <p class="muted">{about}</p>
              <div class="benchmarks">
                {cards.map((card) => (
                  <BenchCard key={card.name} card={card} />
                ))}
              </div>
            </section>
          ))}
        {others.devices.length > 0 && (
          <section aria-label="Other devices">
            <h2 class="group">Other devices</h2>
            <p class="muted">Measured with the command, and committed to the repository. A software adapter computes on the processor; it says nothing about a GPU.</p>
            <Others devices={others.devices} />
          </section>
        )}
        <PeerSection
          session={peers}
          state={comparing}
          peers={others.peers}
          isPossible={gpu === "ready" && measurement !== "running"}
          isSmall={session.isSmall}
        />
      </main>
    </>
  );
}
