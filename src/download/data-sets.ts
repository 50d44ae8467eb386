/** The reference's own data sets, as its download scripts name them. */

/** How the images of a data set are divided into folders: by domain, or as pairs with both halves in one image. */
export type Layout = "domains" | "pairs";

/** A data set that the authors of the reference serve. */
export interface DataSet {
  readonly name: string;
  readonly shows: string;
  readonly layout: Layout;
  /** The size of the archive, in bytes, rounded. */
  readonly bytes: number;
  readonly url: string;
  /** Where the images are from. */
  readonly source: string;
  readonly paper: string;
}

const host = "http://efrosgans.eecs.berkeley.edu";
const imageNet = "ImageNet, https://www.image-net.org";
const paintings = "WikiArt, https://www.wikiart.org, and landscape photographs of Flickr";
const facades = "CMP Facade Database, https://cmp.felk.cvut.cz/~tylecr1/facade/";
const detector = "edges by HED, https://github.com/s9xie/hed";

type Row = readonly [name: string, shows: string, bytes: number, source: string];

const unpaired: readonly Row[] = [
  ["horse2zebra", "horses and zebras", 117e6, imageNet],
  ["apple2orange", "apples and oranges", 78.5e6, imageNet],
  ["summer2winter_yosemite", "Yosemite in summer and in winter", 133e6, "Flickr"],
  ["monet2photo", "paintings of Monet and photographs", 305e6, paintings],
  ["cezanne2photo", "paintings of Cézanne and photographs", 280e6, paintings],
  ["ukiyoe2photo", "Ukiyo-e prints and photographs", 293e6, paintings],
  ["vangogh2photo", "paintings of Van Gogh and photographs", 307e6, paintings],
  ["iphone2dslr_flower", "flowers, photographed by phone and by camera", 340e6, "Flickr"],
  ["maps", "aerial photographs and maps", 1.48e9, "Google Maps"],
  ["facades", "photographs of facades and label images", 35.1e6, facades],
];

/** Those of pix2pix. Two of them share their name with an unpaired one, and another file of that name. */
const paired: readonly (readonly [...row: Row, file: string])[] = [
  ["facades_pairs", "photographs of facades and label images", 30.2e6, facades, "facades"],
  ["maps_pairs", "aerial photographs and maps", 250e6, "Google Maps", "maps"],
  ["edges2shoes", "edges and photographs of shoes", 2.1e9, `UT Zappos50K, http://vision.cs.utexas.edu/projects/finegrained/utzap50k; ${detector}`, "edges2shoes"],
  ["edges2handbags", "edges and photographs of handbags", 8.6e9, `Amazon, by the iGAN project, https://github.com/junyanz/iGAN; ${detector}`, "edges2handbags"],
  ["night2day", "one place by night and by day", 2e9, "Transient Attributes, http://transattr.cs.brown.edu", "night2day"],
];

export const dataSets: readonly DataSet[] = [
  ...unpaired.map(([name, shows, bytes, source]): DataSet => {
    const url = `${host}/cyclegan/datasets/${name}.zip`;
    return { name, shows, layout: "domains", bytes, url, source, paper: "https://arxiv.org/abs/1703.10593" };
  }),
  ...paired.map(([name, shows, bytes, source, file]): DataSet => {
    const url = `${host}/pix2pix/datasets/${file}.tar.gz`;
    return { name, shows, layout: "pairs", bytes, url, source, paper: "https://arxiv.org/abs/1611.07004" };
  }),
];

/** Data sets of the reference that nobody may serve, and where to ask for them. */
export const unserved: Readonly<Record<string, string>> = {
  cityscapes:
    "Its licence does not allow others to serve it. Ask for it at https://www.cityscapes-dataset.com, and make the images with the " +
    "reference's datasets/prepare_cityscapes_dataset.py",
};

/** What to do if the address of a data set is dead. */
export const elsewhere =
  "Hosts move: look for the new address in docs/datasets.md of https://github.com/junyanz/pytorch-CycleGAN-and-pix2pix and name it with --url, " +
  "or name an archive that you downloaded yourself";
