/** Numbers as people read them. */

/** A duration: `48 s`, `4 min 05 s`, `3 h 20 min`, `2 d 4 h`. */
export function formatDuration(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  if (total < 60) return `${total} s`;
  if (total < 3600) return `${Math.floor(total / 60)} min ${two(total % 60)} s`;
  if (total < 86400) return `${Math.floor(total / 3600)} h ${two(Math.floor((total % 3600) / 60))} min`;
  return `${Math.floor(total / 86400)} d ${Math.floor((total % 86400) / 3600)} h`;
}

/**
 * A number with three significant digits and all digits before the point: `0.0123`, `1.23`, `123`, `1234`; `1.20e-5` below
 * 0.001.
 */
export function formatNumber(value: number): string {
  if (value === 0 || Math.abs(value) >= 100) return value.toFixed(0);
  return Math.abs(value) < 1e-3 ? value.toExponential(2) : value.toPrecision(3);
}

/** An amount of memory in units of 10⁶ or 10⁹ bytes: `930 MB`, `1.20 GB`. */
export function formatBytes(bytes: number): string {
  return bytes >= 1e9 ? `${formatNumber(bytes / 1e9)} GB` : `${formatNumber(bytes / 1e6)} MB`;
}
