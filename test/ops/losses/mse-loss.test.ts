import { mseLoss } from "../../../src/ops/losses/mse-loss.js";
import { useGpu } from "../../support/device.js";
import { testLoss } from "../../support/loss-case.js";

const gpu = useGpu({ guarded: true });

testLoss(gpu, { name: "mseLoss", run: mseLoss, element: (x, target) => (x - target) ** 2 });
