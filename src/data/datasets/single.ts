/** Images of one kind, without a partner or a second domain. */
import type { DatasetKind } from "../dataset.js";
import { drawChoices } from "../transform.js";

type Kind = DatasetKind<"real">;

/** A sample is the next image in a random permutation. */
const shared: Omit<Kind, "name" | "folders"> = {
  sides: ["real"],
  source: () => ({ folder: "images" }),
  samplesPerEpoch: ({ real }) => real,
  epoch(number, { real }, { random: parent, serialBatches, flip }) {
    const random = parent.stream(`epoch ${number}`);
    const randomChoices = random.stream("choices");
    const order = serialBatches ? Array.from({ length: real }, (_, index) => index) : random.permutation(real);
    return order.map((index) => ({ real: { index, choices: drawChoices(randomChoices, flip) } }));
  },
};

/** One folder of images, of which a part is held out. */
const folderOfImages: Kind = { ...shared, name: "folder", isSplit: true, folders: () => ({ images: "" }) };

/** A folder `train` and, for measuring, a folder `test`; or a folder that has neither and contains the images itself. */
export const single: Kind = { ...shared, name: "single", apart: folderOfImages, folders: (phase) => ({ images: phase }) };
