/**
 * All environment variables that this product reads: its own, Node's NODE_ENV, those of launchers of several processes, and those
 * that direct the system's loaders and package clients. In a browser all are unset.
 */
function read(name: string): string | undefined {
  const value = typeof process === "undefined" ? undefined : process.env[name];
  return value === "" ? undefined : value;
}

/** `TORCHELASTIC_USE_AGENT_STORE`: whether torchrun itself listens at MASTER_PORT. */
const launchVariables = ["RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_USE_AGENT_STORE"] as const;
export type LaunchVariables = Readonly<Partial<Record<(typeof launchVariables)[number], string | undefined>>>;

export const env = {
  /** `1`: adapter, pipelines, peak memory. `2`: also a line for each dispatch. `3`: also the shader text as compiled. */
  get debug(): number {
    return Number(read("DEBUG") ?? 0) || 0;
  },
  /** Whether this is a program in use, which needs no notices for its author. */
  get production(): boolean {
    return read("NODE_ENV") === "production";
  },
  /** Folder for downloaded drivers and data sets; by default in the user's cache. */
  get cacheFolder(): string | undefined {
    return read("CYCLEGAN_CACHE");
  },
  /** Folder of the user's caches, on Linux and wherever else it is set. */
  get xdgCache(): string | undefined {
    return read("XDG_CACHE_HOME");
  },
  /** Folder of the user's caches on Windows. */
  get localAppData(): string | undefined {
    return read("LOCALAPPDATA");
  },
  /** File of the kernel variants measured for `--tune`; by default in the cache folder. */
  get tuningFile(): string | undefined {
    return read("CYCLEGAN_TUNING");
  },
  /** The adapter: `auto`, `hardware`, `software`, a number that `doctor` shows, or a part of a name. `--adapter` overrides it. */
  get adapter(): string | undefined {
    return read("CYCLEGAN_ADAPTER");
  },
  /** What a launcher says of the processes that it started, by the names that PyTorch's has. */
  get launch(): LaunchVariables {
    return Object.fromEntries(launchVariables.map((name) => [name, read(name)]));
  },
  /** What the ranks of a training share, so that nobody else can join them. */
  get secret(): string | undefined {
    return read("CYCLEGAN_SECRET");
  },
  /** Address of the queue's Redis server, where no list of processes shows its password. `--redis` overrides it. */
  get redis(): string | undefined {
    return read("CYCLEGAN_REDIS");
  },
  /** `1`: the tuner may choose matrix units, which round to f16 on most GPUs. */
  get matrices(): boolean {
    return read("CYCLEGAN_MATRICES") === "1";
  },
  /** Internal: the adapter whose driver this process was given, as `formatAdapter` writes it. It looks for no other. */
  get provided(): string | undefined {
    return read("CYCLEGAN_PROVIDED");
  },
  /** Internal: the process that found the adapter and started this one, which must not outlive it. */
  get startedBy(): number | undefined {
    const id = read("CYCLEGAN_STARTED_BY");
    return id === undefined ? undefined : Number(id);
  },
  /** Internal: whether the process that started this one gave it its own command line, of which it has already said what to say. */
  get isRepeated(): boolean {
    return read("CYCLEGAN_REPEATED") === "1";
  },
  /** Internal: the file descriptor of the terminal, if this process's error output is a pipe to a filter. */
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
  /** All other variables that direct the loader or change an adapter's name, as `NAME=value`, in alphabetical order. */
  get driverSettings(): readonly string[] {
    const names = typeof process === "undefined" ? [] : Object.keys(process.env);
    const chosen = names.filter((name) => /^(MESA|LP|GALLIUM|GALLIVM|LIBGL|DRI|VK|RADV|AMD|ANV|INTEL|NVK|NOUVEAU|__NV|__GLX|CUDA)_/.test(name));
    return chosen.sort().map((name) => `${name}=${process.env[name]}`);
  },
  /** Folders that are searched first for shared libraries. */
  get libraryPath(): string | undefined {
    return read("LD_LIBRARY_PATH");
  },
  /** Folder of the window system's sockets. */
  get runtimeFolder(): string | undefined {
    return read("XDG_RUNTIME_DIR");
  },
  /** Whether there is a window system to open a browser in. A shell over SSH has none. */
  get desktop(): boolean {
    if (read("SSH_CONNECTION") !== undefined) return false;
    return process.platform !== "linux" || (read("DISPLAY") ?? read("WAYLAND_DISPLAY")) !== undefined;
  },
  /** A configuration file of apt's. */
  get aptConfig(): string | undefined {
    return read("APT_CONFIG");
  },
};
