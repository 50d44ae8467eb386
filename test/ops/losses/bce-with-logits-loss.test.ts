import { bceWithLogitsLoss } from "../../../src/ops/losses/bce-with-logits-loss.js";
import { useGpu } from "../../support/device.js";
import { normal, type Draw } from "../../support/float64.js";
import { testLoss } from "../../support/loss-case.js";

const gpu = useGpu({ guarded: true });

const confident: Draw = (random) => (random.uniform() < 0.5 ? -80 : 80);
const shape = [2, 3, 3, 1];

testLoss(gpu, {
  name: "bceWithLogitsLoss",
  run: bceWithLogitsLoss,
  element: (x, target) => Math.max(x, 0) - x * target + Math.log1p(Math.exp(-Math.abs(x))),
  extra: [
    { name: "logits of ±80 and 1", inputs: { x: { shape, draw: confident } }, attrs: { target: 1 } },
    { name: "logits of ±80 and 0", inputs: { x: { shape, draw: confident } }, attrs: { target: 0 } },
    { name: "logits near 0", inputs: { x: { shape, draw: (random) => normal(random) / 10 } }, attrs: { target: 0 } },
    { name: "logits of ±8 and 0", inputs: { x: { shape, draw: (random) => confident(random) / 10 } }, attrs: { target: 0 } },
  ],
});
