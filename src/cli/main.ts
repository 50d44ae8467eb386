#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { isJsonObject } from "../io/parse-json.js";
import { demoCommand } from "./demo.js";
import { doctorCommand } from "./doctor.js";
import { execCommand } from "./exec.js";
import { fail } from "./fail.js";
import { respell } from "./spelling.js";
import { trainCommand } from "./train.js";
import { translateCommand } from "./translate.js";

const examples = `
Examples:
  cyclegan demo                                        train on emoji, look at runs/demo/index.html
  cyclegan train --dataroot datasets/horse2zebra --name zebra
  cyclegan translate --model runs/zebra --direction AtoB --input photos --output striped
  cyclegan doctor                                      what this machine offers

Option names are the reference's in kebab-case; its own spelling (--lambda_A, --netG) works as well.`;

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return isJsonObject(manifest) ? String(manifest["version"]) : "unknown";
}

/** One line for what commander finds wrong, hints included. */
function printUsageError(text: string, write: (line: string) => void): void {
  write(`cyclegan: ${text.replace(/^error: /, "").trim().replaceAll(/\s*\n\s*/g, " ")}\n`);
}

function program(): Command {
  const root = new Command("cyclegan")
    .description("Train and run CycleGAN on any WebGPU device.")
    .version(version())
    .enablePositionalOptions()
    .addHelpText("after", examples);
  for (const command of [trainCommand(), translateCommand(), demoCommand(), doctorCommand(), execCommand()]) {
    root.addCommand(command);
  }
  for (const command of [root, ...root.commands]) {
    command.exitOverride().configureOutput({ outputError: printUsageError });
  }
  return root;
}

try {
  await program().parseAsync(respell(process.argv.slice(2)), { from: "user" });
} catch (error) {
  process.exitCode = fail(error);
}
