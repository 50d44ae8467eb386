/**
 * The environment variables this product reads, all of them: eight of its own, and those by which the system's loaders
 * and package client are directed. In a browser every one is unset.
 */
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
  /** Where the user's caches are, on Linux and wherever it is set. */
  get xdgCache(): string | undefined {
    return read("XDG_CACHE_HOME");
  },
  /** Where the user's caches are on Windows. */
  get localAppData(): string | undefined {
    return read("LOCALAPPDATA");
  },
  /** File of the kernel variants measured for `--tune`; by default in the cache folder. */
  get tuningFile(): string | undefined {
    return read("CYCLEGAN_TUNING");
  },
  /** Which adapter: `auto`, `hardware`, `software`, a number of `doctor`'s, or a part of a name. `--adapter` wins over it. */
  get adapter(): string | undefined {
    return read("CYCLEGAN_ADAPTER");
  },
  /** `1`: the tuner may choose matrix units, which round to f16 on most GPUs. */
  get matrices(): boolean {
    return read("CYCLEGAN_MATRICES") === "1";
  },
  /** Internal: the adapter whose driver this process was given, as `formatAdapter` writes it; it does not look for another. */
  get provided(): string | undefined {
    return read("CYCLEGAN_PROVIDED");
  },
  /** Internal: the process that looked for the adapter and started this one, which ends with it. */
  get startedBy(): number | undefined {
    const id = read("CYCLEGAN_STARTED_BY");
    return id === undefined ? undefined : Number(id);
  },
  /** Internal: the file descriptor of the terminal, where this process's error output is a pipe to a filter. */
  get terminal(): number | undefined {
    const descriptor = read("CYCLEGAN_TERMINAL");
    return descriptor === undefined ? undefined : Number(descriptor);
  },
  /** The Vulkan drivers the user restricts the system's loader to. */
  get vulkanDrivers(): string | undefined {
    return read("VK_DRIVER_FILES") ?? read("VK_ICD_FILENAMES");
  },
  /** Vulkan drivers the user adds to the system's. */
  get addedVulkanDrivers(): string | undefined {
    return read("VK_ADD_DRIVER_FILES");
  },
  /** What else directs the loader or changes what a driver calls itself, as `NAME=value`, in alphabetical order. */
  get driverSettings(): readonly string[] {
    const names = typeof process === "undefined" ? [] : Object.keys(process.env);
    const chosen = names.filter((name) => /^(MESA|LP|GALLIUM|GALLIVM|LIBGL|DRI|VK|RADV|AMD|ANV|INTEL|NVK|NOUVEAU|__NV|__GLX|CUDA)_/.test(name));
    return chosen.sort().map((name) => `${name}=${process.env[name]}`);
  },
  /** Where shared libraries are sought first. */
  get libraryPath(): string | undefined {
    return read("LD_LIBRARY_PATH");
  },
  /** Where the window system has its sockets. */
  get runtimeFolder(): string | undefined {
    return read("XDG_RUNTIME_DIR");
  },
  /** Whether there is a window system to open a browser in; a shell over SSH has none here. */
  get desktop(): boolean {
    if (read("SSH_CONNECTION") !== undefined) return false;
    return process.platform !== "linux" || (read("DISPLAY") ?? read("WAYLAND_DISPLAY")) !== undefined;
  },
  /** A configuration file of apt's. */
  get aptConfig(): string | undefined {
    return read("APT_CONFIG");
  },
};
