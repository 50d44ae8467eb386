import { describe, expect, it } from "vitest";
import { compareDevice, faultsOf } from "../../../bench/compilers/compare.js";
import type { KernelFigures, KernelRow } from "../../../bench/compilers/rows.js";
import { formatTable, makeTable, parseTable, readTable } from "../../../bench/compilers/table-file.js";
import { UsageError } from "../../../src/errors.js";

const round = {
  multiplyAdds: 1024,
  multiplyAddInstructions: 1024,
  otherVector: 50,
  seldomVector: 0,
  vectorShare: 95.3,
  share: 82.8,
  waits: 1,
  earlyWaits: 0,
  openEnded: false,
};

const figures: KernelFigures = {
  dispatches: 10,
  work: 50,
  registers: 132,
  spills: 0,
  scratchBytes: 0,
  waves: 10,
  workgroupBytes: 4096,
  instructions: 855,
  round,
};

const row: KernelRow = { name: "conv", isHot: true, figures };

const table = { conv: figures };

describe("compareDevice", () => {
  it("finds no difference between the same kernels", () => {
    expect(compareDevice(table, [row])).toEqual({ worse: [], changed: [] });
  });

  it.each([
    ["a spill", { spills: 2 }, "spills 0 → 2"],
    ["an array in memory", { scratchBytes: 64 }, "bytes of scratch 0 → 64"],
    ["more registers", { registers: 144 }, "registers 132 → 144"],
    ["fewer waves", { waves: 8 }, "waves 10 → 8"],
    ["an early wait", { round: { ...round, earlyWaits: 1 } }, "early waits 0 → 1"],
    ["a lower share", { round: { ...round, vectorShare: 95.2 } }, "FMA share of vector instructions, % 95.3 → 95.2"],
    ["a lower share of all", { round: { ...round, share: 80 } }, "FMA share of all instructions, % 82.8 → 80"],
  ])("reports %s in a hot kernel as worse, and in another kernel only as changed", (_, change, text) => {
    const changed = { ...row, figures: { ...figures, ...change } };
    expect(compareDevice(table, [changed])).toEqual({ worse: [`conv: ${text}`], changed: ["conv"] });
    expect(compareDevice(table, [{ ...changed, isHot: false }])).toEqual({ worse: [], changed: ["conv"] });
  });

  it("reports a kernel whose loop is no longer found as worse", () => {
    const { round: _, ...rest } = figures;
    expect(compareDevice(table, [{ ...row, figures: rest }]).worse).toHaveLength(2);
  });

  it("reports an improvement only as changed", () => {
    const better = { ...figures, registers: 96, waves: 16, round: { ...round, vectorShare: 99, share: 90 } };
    expect(compareDevice(table, [{ ...row, figures: better }])).toEqual({ worse: [], changed: ["conv"] });
  });

  it("reports a hot kernel that is not in the table, and a kernel that no longer exists", () => {
    const { worse, changed } = compareDevice(table, [{ ...row, name: "other" }]);
    expect(worse).toEqual(["other: hot, but not in the table"]);
    expect(changed).toEqual(["conv", "other"]);
  });
});

describe("faultsOf", () => {
  it("names hot kernels that spill or wait early, even if the table has the same figures", () => {
    const bad = { ...row, figures: { ...figures, spills: 3, round: { ...round, earlyWaits: 20 } } };
    expect(faultsOf([row, bad, { ...bad, isHot: false }])).toEqual(["conv: spills 3, early waits 20"]);
  });
});

describe("the table's file", () => {
  it("has one line per kernel, in the order of their names, and can be parsed", () => {
    const text = formatTable(makeTable("25.0.7", { size: 256, blocks: 9, ngf: 64 }, new Map([["navi31", [row, { ...row, name: "a" }]]])));
    const lines = text.split("\n").filter((line) => line.includes('"registers"'));
    expect(lines.map((line) => /"(.*?)"/.exec(line)?.[1])).toEqual(["a", "conv"]);
    expect(parseTable(text).devices["navi31"]?.["conv"]).toEqual(table.conv);
  });

  it.each(["", "{}", '{ "mesa": "25", "step": {}, "devices": {} }'])("refuses %j", (text) => {
    expect(() => parseTable(text)).toThrow(UsageError);
  });

  it("is committed for both devices", () => {
    expect(Object.keys(readTable().devices)).toEqual(["navi31", "vega10"]);
  });
});
