/** A column: its heading, and its width in characters; text stands left, figures right. */
export interface Column {
  readonly heading: string;
  readonly width: number;
  readonly align: "left" | "right";
}

/** One line of a table; a column without a cell stays empty. */
export function tableRow(columns: readonly Column[], cells: readonly string[]): string {
  const padded = columns.map(({ width, align }, index) => {
    const cell = cells[index] ?? "";
    return align === "left" ? cell.padEnd(width) : cell.padStart(width);
  });
  return padded.join("  ").trimEnd();
}

/** The line of headings. */
export function tableHead(columns: readonly Column[]): string {
  return tableRow(columns, columns.map(({ heading }) => heading));
}
