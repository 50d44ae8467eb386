import type { JSX } from "preact";
import { useCallback, useEffect, useLayoutEffect, useState } from "preact/hooks";
import { shippedGenerators, type ShippedGenerator } from "../files/shipped-generators.js";
import type { LookSession } from "../look/session.js";
import { layerChoices } from "../look/settings.js";
import { ChoiceList } from "./choice-list.js";
import { useDroppedFiles } from "./drop-zone.js";
import { GpuFailed, NoWebGpu } from "./gpu-problem.js";
import { Header } from "./header.js";
import { LookChannels } from "./look-channels.js";
import { LookSettings } from "./look-settings.js";
import { PictureStep } from "./picture-step.js";
import { WeightsCard } from "./weights-card.js";

/** A network's place in its file, in words. */
function networkName(prefix: string): string {
  return prefix.replace(/[./]$/, "") || "the network without a name";
}

/** The page that shows what the channels of a network respond to. */
export function LookPage({ session }: { readonly session: LookSession }): JSX.Element {
  const [state, setState] = useState(session.state);
  const [shipped, setShipped] = useState<readonly ShippedGenerator[]>([]);
  const isOver = useDroppedFiles(useCallback((files) => void session.add(files), [session]));
  useLayoutEffect(() => session.subscribe(() => setState(session.state)), [session]);
  useEffect(() => void shippedGenerators().then(setShipped), []);
  const { gpu, gpuProblem, network, loading, weightProblem, settings } = state;
  const about = network?.isOfPairs
    ? "The network sees pairs: A in the left half of a picture, B in the right. Drop such pictures, or choose them here."
    : "Drop pictures or whole folders anywhere on this page, paste a picture, or choose here. The more pictures, the clearer what a channel looks for.";
  return (
    <>
      <Header current="Look" />
      <main>
        <div class="intro">
          <h1>See what a network looks for</h1>
          <p class="muted">
            Choose the weights of a network, add pictures, and see which parts of them activate each channel of a layer. Everything is computed on your GPU:
            pictures and weights never leave this browser.
          </p>
        </div>
        {!("gpu" in navigator) && <NoWebGpu />}
        {"gpu" in navigator && gpu === "failed" && <GpuFailed message={gpuProblem ?? ""} onReopen={() => void session.reopen()} />}
        <div class="steps">
          <WeightsCard
            title="Network"
            about="A generator, a discriminator or an FCN. Drop its file of weights here: .safetensors, or .pth from PyTorch."
            weights={network}
            loading={loading}
            problem={weightProblem}
            shipped={shipped}
            onFiles={(files) => void session.add(files)}
            onShipped={(file, size) => void session.loadShipped(file, size)}
          >
            {network && network.prefixes.length > 1 && (
              <ChoiceList
                label="Network"
                choices={network.prefixes.map((value) => ({ name: networkName(value), value }))}
                value={network.prefix}
                onChoose={(prefix) => void session.choose(prefix)}
              />
            )}
            {network && (
              <ChoiceList label="Layer" choices={layerChoices(network)} value={settings.layer} onChoose={(layer) => void session.change({ layer })} />
            )}
          </WeightsCard>
          <PictureStep about={about} onFiles={(files) => void session.add(files)}>
            <LookSettings session={session} state={state} />
          </PictureStep>
        </div>
        <LookChannels session={session} state={state} />
      </main>
      {isOver && <div class="over">Drop pictures, folders or weights</div>}
    </>
  );
}
