/** The visitor's settings, kept for a reload of this page in this tab. */
export interface Remembered {
  smoothing?: string;
  /** The step whose sample is shown; undefined for the newest. */
  sample?: number | undefined;
  /** First and last step of the charts; undefined for all. */
  zoom?: readonly [number, number] | undefined;
}

let key = `cyclegan ${location.pathname}`;

/** Keeps the settings of a run apart from those of others on the same page. */
export function rememberFor(run: string): void {
  key = `cyclegan ${location.pathname} ${run}`;
}

function isZoom(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((one) => Number.isFinite(one));
}

/** Empty if nothing is stored, or if the browser refuses storage. */
export function recall(): Remembered {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(key) ?? "{}");
    if (typeof value !== "object" || value === null) return {};
    const { smoothing, sample, zoom }: { smoothing?: unknown; sample?: unknown; zoom?: unknown } = value;
    return {
      ...(typeof smoothing === "string" ? { smoothing } : {}),
      ...(typeof sample === "number" ? { sample } : {}),
      ...(isZoom(zoom) ? { zoom } : {}),
    };
  } catch {
    return {};
  }
}

export function remember(changes: Remembered): void {
  try {
    sessionStorage.setItem(key, JSON.stringify({ ...recall(), ...changes }));
  } catch {
    // In a browser that refuses storage, settings are lost on reload.
  }
}
