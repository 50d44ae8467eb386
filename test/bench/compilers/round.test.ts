import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readAssembly, readInstruction } from "../../../bench/compilers/assembly.js";
import { readShader } from "../../../bench/compilers/compile.js";
import { findLoops } from "../../../bench/compilers/loops.js";
import { measureRound } from "../../../bench/compilers/round.js";

/** A kernel whose rounds store a slice, load the next one, sometimes compute a new address, and do 4 × 4 multiply-adds. */
function kernel(change: Readonly<Record<string, string>> = {}): string {
  const parts: Record<string, string> = {
    load: "buffer_load_b128 v[8:11], v1, s[4:7], 0 offen",
    wait: "",
    condition: "s_cmp_lt_u32 s7, s8",
    trips: "s_cmp_ge_u32 s0, 4",
    after: "",
    ...change,
  };
  return `BB0:
	s_mov_b32 s5, 0
	s_mov_b32 s7, 0                                  ; be870080
	buffer_load_b128 v[8:11], v1, s[4:7], 0 offen
BB1:
	s_cmp_ge_u32 s5, s6
	s_cbranch_scc1 BB7
BB2:
	s_waitcnt vmcnt(0)
	s_barrier
	v_cndmask_b32_e32 v8, 0, v8, vcc
	ds_store_b128 v2, v[8:11]
	s_barrier
	${parts["load"]}
	${parts["wait"]}
	s_add_u32 s7, s7, 4
	${parts["condition"]}
	s_cbranch_scc1 BB4
BB3:
	s_mov_b32 s7, 0
	v_add_nc_u32_e32 v1, v1, v3
	v_lshlrev_b32_e32 v1, 4, v1
	v_min_u32_e32 v1, v1, v4
BB4:
	s_mov_b32 s0, 0
	s_nop 0
	(then repeated 3 times)
BB5:
	ds_load_b128 v[12:15], v5
	v_add_nc_u32_e32 v5, 16, v5
	s_waitcnt lgkmcnt(0)
	v_fmac_f32_e32 v20, v12, v13
	v_fmac_f32_e32 v21, v12, v14
	v_fma_f32 v22, v12, v15, v22
	v_fmac_f32_e32 v23, v13, v14
	s_add_u32 s0, s0, 1
	${parts["trips"]}
	s_cbranch_scc0 BB5
BB6:
	${parts["after"]}
	s_add_u32 s5, s5, 1
	s_branch BB1
BB7:
	s_endpgm
`;
}

const measure = (change?: Readonly<Record<string, string>>) => measureRound(readAssembly(kernel(change)));

describe("measureRound", () => {
  it("repeats the inner loop by its trips, and counts the instructions for the next tap separately", () => {
    expect(measure()).toEqual({
      multiplyAdds: 16,
      multiplyAddInstructions: 16,
      otherVector: 8,
      seldomVector: 3,
      // 16 / (16 + 5 + 3/16); of all, 16 / (58 + 4/16).
      vectorShare: 75.5,
      share: 27.5,
      waits: 1,
      earlyWaits: 0,
      openEnded: false,
    });
  });

  it("finds a wait before the multiply-adds", () => {
    expect(measure({ wait: "s_waitcnt vmcnt(0)" })).toMatchObject({ waits: 1, earlyWaits: 1 });
  });

  it("finds an early wait if the compiler moved the loads after the multiply-adds", () => {
    const load = "buffer_load_b128 v[8:11], v1, s[4:7], 0 offen";
    expect(measure({ load: "", after: load })).toMatchObject({ waits: 1, earlyWaits: 1 });
  });

  it("counts consecutive waits once, unless there is a load between them", () => {
    const load = "buffer_load_b128 v[8:11], v1, s[4:7], 0 offen";
    const two = `${load}\n\t${load}`;
    expect(measure({ load: two, wait: "s_waitcnt vmcnt(1)\n\ts_waitcnt vmcnt(0)" })).toMatchObject({ waits: 1, earlyWaits: 1 });
    expect(measure({ load: `${load}\n\ts_waitcnt vmcnt(0)\n\t${load}` })).toMatchObject({ waits: 2, earlyWaits: 1 });
  });

  it("does not count a block as seldom if its condition only depends on a parameter", () => {
    const shares = [measure(), measure({ condition: "s_cmp_lt_u32 s12, s8" })].map((round) => round?.seldomVector);
    expect(shares).toEqual([3, 0]);
  });

  it("does not count a block as seldom if its condition depends on a choice between parameters", () => {
    expect(measure({ condition: "s_cselect_b32 s9, s12, s13\n\ts_cmp_lt_u32 s9, s8" })).toMatchObject({ seldomVector: 3 });
    const settled = "s_cmp_lt_u32 s14, s15\n\ts_cselect_b32 s9, s12, s13\n\ts_cmp_lt_u32 s9, s8";
    expect(measure({ condition: settled })).toMatchObject({ seldomVector: 0 });
  });

  it("reports an inner loop without constant trips as open-ended", () => {
    expect(measure({ trips: "s_cmp_ge_u32 s0, s9" })).toMatchObject({ multiplyAdds: 4, openEnded: true });
  });

  it("returns undefined for a kernel without multiply-adds in a loop", () => {
    expect(measureRound(readAssembly("BB0:\n\tv_fmac_f32_e32 v1, v2, v3\n\ts_endpgm\n"))).toBeUndefined();
  });

  it("reads RADV's output for a tile of 2 × 4 numbers on navi31", () => {
    const text = readFileSync(new URL("navi31-tile.txt", import.meta.url), "utf8");
    const shader = readShader(text);
    expect(shader?.statistics).toMatchObject({ VGPRs: 48, "Spilled VGPRs": 0, "Subgroups per SIMD": 32, "LDS size": 4096 });
    // 2 · 4 numbers × 16 of the depth. The next slice is loaded before the multiply-adds, and the wait is after them.
    expect(measureRound(readAssembly(shader?.assembly ?? ""))).toMatchObject({
      multiplyAdds: 128,
      otherVector: 41,
      seldomVector: 0,
      vectorShare: 75.7,
      waits: 1,
      earlyWaits: 0,
      openEnded: false,
    });
  });
});

describe("findLoops", () => {
  it.each([
    ["counts up to a limit", "s_mov_b32 s0, 0", "s_add_u32 s0, s0, 1\n\ts_cmp_ge_u32 s0, 4", 4],
    ["counts up in steps", "s_movk_i32 s0, 0x10", "s_addk_i32 s0, 0x10\n\ts_cmpk_lg_u32 s0, 0x50", 4],
    ["includes the limit", "s_mov_b32 s0, 1", "s_add_i32 s0, s0, 1\n\ts_cmp_gt_u32 s0, 4", 4],
    ["compares first", "s_mov_b32 s0, 0", "s_cmp_eq_u32 s0, 3\n\ts_add_u32 s0, s0, 1", 4],
    ["counts down", "s_mov_b32 s0, 8", "s_sub_u32 s0, s0, 2\n\ts_cmp_eq_u32 s0, 0", 4],
    ["counts to a parameter", "s_mov_b32 s0, 0", "s_add_u32 s0, s0, 1\n\ts_cmp_ge_u32 s0, s4", undefined],
    ["begins at a parameter", "s_mov_b32 s0, s4", "s_add_u32 s0, s0, 1\n\ts_cmp_ge_u32 s0, 4", undefined],
    ["is changed twice", "s_mov_b32 s0, 0", "s_add_u32 s0, s0, 1\n\ts_mov_b32 s0, s3\n\ts_cmp_ge_u32 s0, 4", undefined],
  ])("counts the trips of a loop that %s", (_, start, count, trips) => {
    const text = `BB0:\n\t${start}\nBB1:\n\t${count}\n\ts_cbranch_scc0 BB1\nBB2:\n\ts_endpgm\n`;
    expect(findLoops(readAssembly(text))).toEqual([{ head: 2, blocks: [2], trips }]);
  });
});

describe("readInstruction", () => {
  it.each([
    ["v_fmac_f32_e32 v9, v168, v141", "multiply-add", 1],
    ["v_mac_f32_e32 v9, v168, v141", "multiply-add", 1],
    ["v_pk_fma_f16 v1, v2, v3, v1", "multiply-add", 2],
    ["v_dual_fmac_f32 v1, v2, v3 :: v_dual_fmac_f32 v4, v5, v6", "multiply-add", 2],
    ["v_dual_fmac_f32 v1, v2, v3 :: v_dual_mov_b32 v4, v5", "multiply-add", 1],
    ["v_dual_mov_b32 v1, v2 :: v_dual_mov_b32 v4, v5", "vector", 0],
    ["v_mad_u32_u24 v1, v2, v3, v4", "vector", 0],
    ["ds_load_b128 v[1:4], v5", "workgroup", 0],
    ["ds_write_b128 v1, v[2:5]", "workgroup", 0],
    ["buffer_load_dwordx4 v[1:4], v5, s[4:7], 0 offen", "load", 0],
    ["scratch_load_b32 v1, off, s2", "scratch", 0],
    ["s_waitcnt_depctr 0xfff", "hint", 0],
    ["s_buffer_load_b128 s[4:7], s[12:15], null", "scalar", 0],
  ])("classifies %s", (text, kind, multiplyAdds) => {
    expect(readInstruction(text)).toMatchObject({ kind, multiplyAdds });
  });

  it("reads how many loads a wait leaves in flight, but not from a wait for other memory", () => {
    expect(readInstruction("s_waitcnt vmcnt(3) lgkmcnt(0)").inFlight).toBe(3);
    expect(readInstruction("s_waitcnt lgkmcnt(0)").inFlight).toBeUndefined();
  });
});
