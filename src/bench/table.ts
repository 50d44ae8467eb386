/** Tables of text. */

/** A column: its heading, its width in characters, and its alignment: left for text, right for figures. */
export interface Column {
  readonly heading: string;
  readonly width: number;
  readonly align: "left" | "right";
}

/** One line of a table. A column without a cell stays empty. */
export function tableRow(columns: readonly Column[], cells: readonly string[]): string {
  const padded = columns.map(({ width, align }, index) => {
    const cell = cells[index] ?? "";
    return align === "left" ? cell.padEnd(width) : cell.padStart(width);
  });
  return padded.join("  ").trimEnd();
}

/** Prints the headings; returns a function that prints a row. */
export function startTable(columns: readonly Column[]): (cells: readonly string[]) => void {
  console.log(tableRow(columns, columns.map(({ heading }) => heading)));
  return (cells) => console.log(tableRow(columns, cells));
}

/** A figure with three significant digits, no exponent and at most three decimals: 0.012, 1.23, 123, 1234. */
export function significant(value: number): string {
  const digits = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  return value.toFixed(Math.min(3, Math.max(0, 2 - digits)));
}
