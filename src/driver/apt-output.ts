/** Parsers of what apt prints. */

/** A package to download, as `apt-get download` takes it. */
export interface Package {
  readonly name: string;
  readonly version: string;
}

/** The packages that `apt-get -s install` would install or upgrade. */
export function parseSimulation(output: string): Package[] {
  return [...output.matchAll(/^Inst (\S+) (?:\[[^\]]*\] )?\((\S+) /gm)].map(([, name = "", version = ""]) => ({
    name,
    version,
  }));
}

/** The package names in the output of `apt-cache depends --recurse`, which stand at the start of a line. */
export function parseDependencies(output: string): Set<string> {
  return new Set([...output.matchAll(/^([a-z0-9][^\s<]*)$/gm)].map(([, name = ""]) => name));
}

/** The sum of the sizes that `apt-get --print-uris download` lists, in bytes. */
export function parseDownloadSize(output: string): number {
  return [...output.matchAll(/^'[^']*' \S+ (\d+)/gm)].reduce((sum, [, size]) => sum + Number(size), 0);
}

/** The major version of Mesa in the candidate line of `apt-cache policy`; 0 if there is no candidate. */
export function parseCandidateMajor(output: string): number {
  return Number(/^\s*Candidate: (?:\d+:)?(\d+)\./m.exec(output)?.[1] ?? 0);
}
