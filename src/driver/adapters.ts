/** Adapters by name: how they are listed, chosen and described. */

/** No adapter has this name, so asking for it makes Dawn throw an error that lists those that exist. */
export const UNKNOWN_ADAPTER = "adapter=\u0001";

/** An adapter as Dawn lists it, for example `vulkan`, `llvmpipe (LLVM 15.0.6, 256 bits)`. */
export interface AdapterName {
  readonly backend: string;
  readonly name: string;
  /** Its place among the adapters that open, which `doctor` shows; absent if its driver is only used when asked for by name. */
  readonly number?: number;
}

/** An adapter, and the environment variables that make a process see it. */
export interface AdapterEnvironment {
  readonly adapter: AdapterName;
  /** Empty if the present environment suffices. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Parses the list in Dawn's error for a name that no adapter has. */
export function parseAdapterList(message: string): AdapterName[] {
  return [...message.matchAll(/^ \* backend: '(.*?)', name: '(.*)'$/gm)]
    .map(([, backend = "", name = ""]) => ({ backend, name }))
    .filter(({ backend }) => backend !== "null")
    .map(({ backend, name }, number) => ({ backend, name, number }));
}

/** The form in which a process passes its adapter to its child: `<backend>:<number, if any>:<name>`. */
export function formatAdapter({ backend, name, number }: AdapterName): string {
  return [backend, number, name].join(":");
}

/** Parses what `formatAdapter` returned. */
export function parseAdapter(text: string): AdapterName {
  const [, backend = "", number = "", name = ""] = /^([^:]*):(\d*):(.*)$/.exec(text) ?? [];
  return { backend, name, ...(number !== "" && { number: Number(number) }) };
}

/** Whether the adapter computes on the CPU. */
export function isSoftware(adapter: AdapterName): boolean {
  return /llvmpipe|swiftshader|basic render/i.test(adapter.name);
}

/** Whether a choice is the number of an adapter. Three or more digits are part of a name, such as 4090. */
export function isNumber(choice: string): boolean {
  return /^\d{1,2}$/.test(choice);
}

function matches(adapter: AdapterName, choice: string): boolean {
  if (choice === "hardware") return !isSoftware(adapter);
  if (choice === "software") return isSoftware(adapter);
  if (isNumber(choice)) return adapter.number === Number(choice);
  return adapter.name.toLowerCase().includes(choice.toLowerCase());
}

/** The adapter for `auto`, `hardware`, `software`, a number or part of a name; undefined if there is none. */
export function chooseAdapter(choice: string, adapters: readonly AdapterName[]): AdapterName | undefined {
  if (choice !== "auto") return adapters.find((adapter) => matches(adapter, choice));
  return adapters.find((adapter) => !isSoftware(adapter)) ?? adapters[0];
}

/** One line that says which adapter is used and warns if it is slow. */
export function describeAdapter(adapter: AdapterName): string {
  const slow = isSoftware(adapter) ? ", software on the CPU: it works, but slowly" : "";
  // Most machines have only number 0, and it is the default.
  const number = adapter.number ? `, number ${adapter.number}` : "";
  return `adapter: ${adapter.name} (${adapter.backend}${number})${slow}`;
}
