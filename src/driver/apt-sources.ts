/** Where apt looks for packages: the machine's own sources, with backports added. */

/** The text of a file of sources: one-line entries, or deb822 stanzas. */
export interface SourcesFile {
  readonly kind: "list" | "sources";
  readonly text: string;
}

/** Suites of the release itself. Third-party repositories use other names. */
function belongs(suite: string, codename: string): boolean {
  return suite === codename || suite.startsWith(`${codename}-`);
}

function fromLines(text: string, codename: string, backports: boolean): string[] {
  const kept: string[] = [];
  for (const line of text.split("\n")) {
    const match = /^\s*deb\s+((?:\[[^\]]*\]\s+)?\S+)\s+(\S+)\s+(.+?)\s*(?:#.*)?$/.exec(line);
    if (!match) continue;
    const [, where = "", suite = "", components = ""] = match;
    if (!belongs(suite, codename) || !/\bmain\b/.test(components)) continue;
    kept.push(`deb ${where} ${suite} ${components}`);
    if (backports && suite === codename) kept.push(`deb ${where} ${codename}-backports ${components}`);
  }
  return kept;
}

function field(stanza: string, name: string): string {
  return new RegExp(`^${name}:[ \\t]*(.*(?:\\n[ \\t]+.*)*)`, "im").exec(stanza)?.[1]?.trim() ?? "";
}

function fromStanzas(text: string, codename: string, backports: boolean): string[] {
  const kept: string[] = [];
  for (const block of text.split(/\n\s*\n/)) {
    const stanza = block.replace(/^#.*\n?/gm, "").trim();
    const words = (name: string): string[] => field(stanza, name).split(/\s+/);
    if (!words("Types").includes("deb") || /^(no|false|0)$/i.test(field(stanza, "Enabled"))) continue;
    if (!words("Components").includes("main")) continue;
    const suites = words("Suites").filter((suite) => belongs(suite, codename));
    if (suites.length === 0) continue;
    if (backports && suites.includes(codename)) suites.push(`${codename}-backports`);
    const rest = stanza.replace(/^(?:Types|Suites):.*(?:\n[ \t]+.*)*\n?/gim, "").trim();
    kept.push(`Types: deb\nSuites: ${[...new Set(suites)].join(" ")}\n${rest}\n`);
  }
  return kept;
}

/**
 * The configured sources of the release `codename`, with its backports suite at the same address and under the same key.
 * Third-party repositories are left out.
 */
export function deriveSources(file: SourcesFile, codename: string, backports: boolean): string {
  const kept = (file.kind === "list" ? fromLines : fromStanzas)(file.text, codename, backports);
  return [...new Set(kept)].map((entry) => `${entry}\n`).join("");
}
