import { describe, expect, it } from "vitest";
import { significant, tableRow } from "../../src/bench/table.js";

describe("significant", () => {
  it.each([
    [0, "0.00"],
    [0.00004, "0.000"],
    [0.01234, "0.012"],
    [0.5, "0.500"],
    [1.2345, "1.23"],
    [12.345, "12.3"],
    [123.45, "123"],
    [12345.6, "12346"],
  ])("writes %d as %s", (value, text) => {
    expect(significant(value)).toBe(text);
  });
});

describe("tableRow", () => {
  it("aligns text left and figures right, and leaves absent cells empty", () => {
    const columns = [
      { heading: "", width: 4, align: "left" },
      { heading: "", width: 5, align: "right" },
      { heading: "", width: 3, align: "right" },
    ] as const;
    expect(tableRow(columns, ["ab", "1.5"])).toBe("ab      1.5");
  });
});
