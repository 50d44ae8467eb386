/** Makes a skipped test fail in CI, unless it is listed here with a reason. */
import type { Reporter, TestCase, TestModule } from "vitest/node";

interface AllowedSkip {
  /** The path of the test file, relative to test/. */
  readonly file: RegExp;
  /** The test's note on why it was skipped. Any note by default. */
  readonly note?: RegExp;
  /** Why CI does not have to run it. */
  readonly reason: string;
}

const allowed: readonly AllowedSkip[] = [
  { file: /^ops\//, note: /fits no sample on this device/, reason: "The variant needs other limits than this adapter has." },
  { file: /^(ops\/conv\/winograd-matrix|engine\/shaders)\.test/, note: /subgroup matrices|for \d+ lanes/, reason: "No software adapter has matrix units." },
  { note: /needs shader-f16/, file: /./, reason: "SwiftShader has no float16; lavapipe has." },
  { file: /^golden\//, note: /none of the drivers recorded/, reason: "Another compiler rounds differently. The runs are compared on the recorded drivers." },
  { file: /^io\/write-pth\.test/, reason: "CI has no PyTorch. The previous test reads the same file with our own reader." },
  { file: /^data\/scan-folder\.test/, reason: "Root may read every folder." },
  { file: /^(training\/full-disk|cli\/data)\.test/, reason: "A container may not mount a small disk." },
];

function isAllowed(file: string, note: string): boolean {
  return allowed.some((skip) => skip.file.test(file) && (skip.note?.test(note) ?? true));
}

function noteOf(test: TestCase): string {
  const result = test.result();
  return result.state === "skipped" ? (result.note ?? "") : "";
}

export class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = modules.flatMap((module) => {
      const file = module.moduleId.replace(/^.*\/test\//, "");
      const skipped = [...module.children.allTests("skipped")];
      return skipped.filter((test) => !isAllowed(file, noteOf(test))).map((test) => `  ${file}: ${test.fullName} ${noteOf(test)}`);
    });
    if (lines.length === 0) return;
    process.exitCode = 1;
    console.error(`In CI every test must run; test/support/skip-reporter.ts lists the exceptions. Skipped:\n${lines.join("\n")}`);
  }
}
