import { hingeLoss } from "../../../src/ops/losses/hinge-loss.js";
import { useGpu } from "../../support/device.js";
import { testLoss } from "../../support/loss-case.js";

const gpu = useGpu({ guarded: true });

testLoss(gpu, { name: "hingeLoss", run: hingeLoss, element: (x, target) => Math.max(0, 1 - target * x) });
