/** The manifests of examples/: what Kubernetes' API has, what the command has, and what a cluster's rules for pods ask for. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { IJob } from "kubernetes-models/batch/v1/Job";
import { afterAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { trainCommand } from "../../src/cli/train.js";
import { translateCommand } from "../../src/cli/translate.js";
import { root } from "../examples/run-example.js";

interface Manifest {
  readonly kind: string;
}

const files = readdirSync(join(root, "examples")).filter((name) => name.endsWith(".yaml"));
const manifests = files.flatMap((file) =>
  parseAllDocuments(readFileSync(join(root, "examples", file), "utf8")).map((parsed) => ({ file, manifest: parsed.toJS() as Manifest })),
);
const jobs = manifests.flatMap(({ file, manifest }) => (manifest.kind === "Job" ? [{ file, job: manifest as IJob }] : []));

const folder = mkdtempSync(join(tmpdir(), "cyclegan-kubernetes-"));
symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The types of the published API, which have every field and every value that a field may have. */
const types: Readonly<Record<string, string>> = { Job: 'import("kubernetes-models/batch/v1/Job").IJob', Service: 'import("kubernetes-models/v1/Service").IService' };

/** What the compiler says of manifests as values of these types. */
async function errorsOf(...values: readonly Manifest[]): Promise<string> {
  writeFileSync(join(folder, "manifests.ts"), values.map((value, index) => `export const manifest${index}: ${types[value.kind] ?? "never"} = ${JSON.stringify(value)};\n`).join(""));
  const options = ["--ignoreConfig", "--strict", "--noEmit", "--skipLibCheck", "--module", "ESNext", "--moduleResolution", "bundler", "--types", "", "manifests.ts"];
  try {
    await promisify(execFile)(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), ...options], { cwd: folder });
    return "";
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

test("every manifest is one of the API", async () => {
  expect(jobs.map(({ file }) => file)).toEqual(["train-kubernetes-ranks.yaml", "train-kubernetes.yaml", "translate-kubernetes.yaml"]);
  expect(await errorsOf(...manifests.map(({ manifest }) => manifest))).toBe("");
});

test("a misspelt field, a wrong value and a missing field are found", async () => {
  const change = (from: RegExp, to: string): Manifest => JSON.parse(JSON.stringify(jobs[0]?.job).replace(from, to)) as Manifest;
  const found = await errorsOf(change(/"backoffLimit"/, '"backofLimit"'), change(/"Never"/, '"Sometimes"'), change(/"name":"train","image"/, '"image"'));
  expect(found.match(/error TS\d+: .*/g)).toEqual([
    expect.stringContaining("may only specify known properties, and '\"backofLimit\"' does not exist"),
    expect.stringContaining("'\"Sometimes\"' is not assignable"),
    expect.stringContaining("'\"name\"' is missing"),
  ]);
});

describe.each(jobs)("$file", ({ job }) => {
  const pod = job.spec?.template.spec;
  const [container, ...others] = pod?.containers ?? [];

  test("starts the command with options that it has", () => {
    const [subcommand = "", ...args] = (container?.args ?? []).map((argument) => argument.replace("$(JOB_COMPLETION_INDEX)", "0"));
    expect(args.join(" ")).not.toContain("$");
    const command = subcommand === "train" ? trainCommand(args) : translateCommand();
    expect(command.name()).toBe(subcommand);
    expect(command.exitOverride().parseOptions(args)).toEqual({ operands: [], unknown: [] });
    expect(args).toContain("--adapter=hardware");
  });

  test("has a pod for each part of the work", () => {
    const { completions = 1, parallelism = 1, completionMode = "NonIndexed" } = job.spec ?? {};
    const shards = /--shard=\$\(JOB_COMPLETION_INDEX\)\/(\d+)/.exec(container?.args?.join(" ") ?? "")?.[1];
    const ranks = container?.env?.find(({ name }) => name === "WORLD_SIZE")?.value;
    expect([completions, parallelism]).toEqual([Number(shards ?? ranks ?? 1), completions]);
    expect(completionMode).toBe(completions === 1 ? "NonIndexed" : "Indexed");
  });

  test("asks for one GPU, and meets the standard for restricted pods with a read-only file system", () => {
    expect(others).toEqual([]);
    expect(container?.resources?.limits).toMatchObject({ "nvidia.com/gpu": 1 });
    expect(pod?.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect(container?.securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } });
    expect(container?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual(["/data", "/tmp"]);
    expect(container?.volumeMounts?.map(({ name }) => name)).toEqual(pod?.volumes?.map(({ name }) => name));
  });

  test("ends for wrong options, and not for a pod that had to make room", () => {
    expect(job.spec?.podFailurePolicy?.rules).toEqual([
      { action: "FailJob", onExitCodes: { containerName: container?.name, operator: "In", values: [2] } },
      { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
    ]);
  });
});

test("the ranks find each other by the names that their service gives them", () => {
  const [service, job] = manifests.filter(({ file }) => file === "train-kubernetes-ranks.yaml").map(({ manifest }) => manifest);
  expect(service).toMatchObject({ metadata: { name: "train-ranks" }, spec: { clusterIP: "None", selector: { "job-name": "train-ranks" } } });
  expect(job).toMatchObject({ metadata: { name: "train-ranks" }, spec: { template: { spec: { subdomain: "train-ranks" } } } });
  const environment = (job as IJob).spec?.template.spec?.containers[0]?.env;
  expect(environment?.find(({ name }) => name === "MASTER_ADDR")?.value).toBe("train-ranks-0.train-ranks");
});
