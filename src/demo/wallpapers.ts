/** The photographs and drawn wallpapers of Debian's packages, for the task `photo2poster`. */

/** A Debian package with pictures. Ubuntu has most of them too. */
export interface WallpaperPackage {
  readonly name: string;
  /** Licences of its pictures, as its copyright file and the pictures' metadata state them. */
  readonly licence: string;
  readonly photos: readonly string[];
  readonly heldOut: readonly string[];
  readonly posters: readonly string[];
}

const plasma = (name: string): string => `wallpapers/${name}/contents/images`;
const nature = (name: string): string => `backgrounds/mate/nature/${name}.jpg`;
const gnome = (name: string): string => `backgrounds/gnome/${name}.svg`;
const lomiri = (name: string): string => `backgrounds/${name}.jpg`;

/** Paths are below `usr/share`. A folder holds one picture in several sizes. */
export const wallpaperPackages: readonly WallpaperPackage[] = [
  {
    name: "plasma-workspace-wallpapers",
    licence: "by artists of the KDE community, LGPL 3 or CC BY-SA 4.0 as each picture's metadata says",
    photos: ["BytheWater", "ColdRipple", "DarkestHour", "FallenLeaf", "Kite", "OneStandsOut", "Path", "summer_1am"].map(plasma),
    heldOut: ["EveningGlow"].map(plasma),
    posters: [
      "Altai",
      "Autumn",
      "Canopee",
      "Cascade",
      "Cluster",
      "Flow",
      "FlyingKonqui",
      "Honeywave",
      "IceCold",
      "Kay",
      "Kokkini",
      "Opal",
      "PastelHills",
      "Patak",
      "SafeLanding",
      "Shell",
    ].map(plasma),
  },
  {
    name: "mate-backgrounds",
    licence: "by several photographers, GPL 2 or later",
    photos: [
      "Aqua",
      "Blinds",
      "Dune",
      "FreshFlower",
      "Garden",
      "GreenMeadow",
      "LadyBird",
      "RainDrops",
      "Storm",
      "Wood",
      "YellowFlower",
    ].map(nature),
    heldOut: ["TwoWings"].map(nature),
    posters: [],
  },
  {
    name: "lomiri-wallpapers-16.04",
    licence: "by several photographers, CC BY 4.0, CC BY-SA 4.0 or CC0 as its copyright file says",
    photos: [
      "aitzgorri_by_Aitzol_Berasategi",
      "Bridge_by_Sander_Klootwijk",
      "Dragonfly_by_Bolly",
      "friends_by_Aitzol_Berasategi",
      "life_by_Aitzol_Berasategi",
      "sunset_by_Aitzol_Berasategi",
      "Wine_by_Jakkub_Mede",
    ].map(lomiri),
    heldOut: ["picosdeeuropa_by_Aitzol_Berasategi", "seeding_by_Clements_Engelhardt"].map(lomiri),
    posters: [],
  },
  {
    name: "lomiri-wallpapers-20.04",
    licence: "CC BY-SA 3.0",
    photos: ["Kleiber_by_Lukas_Baubkus"].map(lomiri),
    heldOut: [],
    posters: ["Painting-Colors_by__herobrine7gamer"].map(lomiri),
  },
  {
    name: "gnome-backgrounds",
    licence: "by Jakub Steiner and others, CC BY-SA 3.0 or, where nothing else is said, GPL 2 or later",
    photos: [],
    heldOut: [],
    posters: ["blobs-d", "blobs-l", "drool-d", "drool-l", "dune-d", "dune-l"].map(gnome),
  },
  {
    name: "ukui-wallpapers",
    licence: "by contributors of Ubuntu Kylin, CC BY-SA 3.0",
    photos: [],
    heldOut: [],
    posters: ["calla.png", "city.png", "desert.png", "goldfish.png", "rhythm.jpg", "rollpaper.png", "string.jpg"].map(
      (name) => `backgrounds/${name}`,
    ),
  },
];
