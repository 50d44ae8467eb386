/** Whether a checkout can be released: what is missing, in sentences. */

/** What a release depends on. */
export interface Checkout {
  /** The output of `git status --porcelain`. */
  readonly status: string;
  /** The version in package.json. */
  readonly version: string;
  /** The text of CHANGELOG.md. */
  readonly changelog: string;
}

const newestHeading = /^## (\S+)(?: — (.+))?$/m;

/** What must be done before a release; empty if nothing. */
export function problemsOf({ status, version, changelog }: Checkout): readonly string[] {
  const changed = status.split("\n").filter((line) => line !== "").map((line) => line.slice(3));
  const [, newest, date = ""] = newestHeading.exec(changelog) ?? [];
  return [
    ...(changed.length > 0 ? [`Files are not committed: ${changed.join(", ")}. Commit or remove them.`] : []),
    ...(newest === version ? [] : [`package.json has version ${version}, and CHANGELOG.md begins with ${newest ?? "no heading"}. Make them the same.`]),
    ...(newest === undefined || /^\d{4}-\d{2}-\d{2}$/.test(date) ? [] : [`The heading of ${newest} in CHANGELOG.md has no date. Write "## ${newest} — <year>-<month>-<day>".`]),
  ];
}
