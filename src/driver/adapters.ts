/** An adapter as Dawn lists it, for example `vulkan`, `llvmpipe (LLVM 15.0.6, 256 bits)`. */
export interface AdapterName {
  readonly backend: string;
  readonly name: string;
}

/** Reads the list that Dawn puts into its error when no adapter has the name asked for. */
export function parseAdapterList(message: string): AdapterName[] {
  return [...message.matchAll(/^ \* backend: '(.*?)', name: '(.*)'$/gm)]
    .map(([, backend = "", name = ""]) => ({ backend, name }))
    .filter(({ backend }) => backend !== "null");
}

/** The form in which a process tells the next one its adapter. */
export function formatAdapter({ backend, name }: AdapterName): string {
  return `${backend}:${name}`;
}

/** Reads what `formatAdapter` wrote. */
export function parseAdapter(text: string): AdapterName {
  const colon = text.indexOf(":");
  return { backend: text.slice(0, colon), name: text.slice(colon + 1) };
}

/** Whether the adapter computes on the CPU. */
export function isSoftware(adapter: AdapterName): boolean {
  return /llvmpipe|swiftshader|basic render/i.test(adapter.name);
}

function matches(adapter: AdapterName, choice: string): boolean {
  if (choice === "hardware") return !isSoftware(adapter);
  if (choice === "software") return isSoftware(adapter);
  return adapter.name.toLowerCase().includes(choice.toLowerCase());
}

/** The adapter for `auto`, `hardware`, `software` or a part of a name; undefined when there is none such. */
export function chooseAdapter(choice: string, adapters: readonly AdapterName[]): AdapterName | undefined {
  if (choice !== "auto") return adapters.find((adapter) => matches(adapter, choice));
  return adapters.find((adapter) => !isSoftware(adapter)) ?? adapters[0];
}

/** One line that says which adapter is used, and what to expect of it. */
export function describeAdapter(adapter: AdapterName): string {
  const slow = isSoftware(adapter) ? ", software on the CPU: it works, but slowly" : "";
  return `adapter: ${adapter.name} (${adapter.backend})${slow}`;
}
