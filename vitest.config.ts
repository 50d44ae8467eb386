import { defineConfig } from "vitest/config";
import { SkipReporter } from "./test/support/skip-reporter.js";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Each file opens a device of its own, and a software adapter already uses every core.
    pool: "forks",
    maxWorkers: 2,
    // The first convolution on a software adapter compiles for seconds.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: process.env["CI"] ? ["default", new SkipReporter()] : ["default"],
  },
});
