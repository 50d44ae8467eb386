import { l1Loss } from "../../../src/ops/losses/l1-loss.js";
import { useGpu } from "../../support/device.js";
import { testLoss } from "../../support/loss-case.js";

const gpu = useGpu({ guarded: true });

testLoss(gpu, { name: "l1Loss", run: l1Loss, element: (x, target) => Math.abs(x - target) });
