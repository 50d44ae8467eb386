/** The environment variables this product reads, all of them. In a browser every one is unset. */
function read(name: string): string | undefined {
  const value = typeof process === "undefined" ? undefined : process.env[name];
  return value === "" ? undefined : value;
}

export const env = {
  /** `1`: adapter, pipelines, peak memory. `2`: also a line for each dispatch. `3`: also the shader text as compiled. */
  get debug(): number {
    return Number(read("DEBUG") ?? 0) || 0;
  },
  /** Folder for downloaded drivers and data sets; by default where the platform keeps caches. */
  get cacheFolder(): string | undefined {
    return read("CYCLEGAN_CACHE");
  },
  /** Which adapter: `auto`, `hardware`, `software`, or a part of an adapter's name. `--adapter` wins over it. */
  get adapter(): string | undefined {
    return read("CYCLEGAN_ADAPTER");
  },
};
