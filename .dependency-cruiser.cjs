/**
 * Import direction over the built JavaScript. A file imports its own layer and those below it; none imports a layer above.
 */
const layers = [
  ["errors", "^dist/(errors|env|node-version|shape|random|elementary|format|rate|better)\\.js$|^dist/generated/"],
  ["gpu", "^dist/gpu/"],
  ["tensor", "^dist/tensor/"],
  ["ops", "^dist/(ops/|grad-check\\.js)"],
  ["tune", "^dist/tune/"],
  ["nn", "^dist/(nn|optim|data|io)/"],
  ["metrics", "^dist/metrics/"],
  ["models", "^dist/models/"],
  ["entry", "^dist/(index|open-gpu|browser)\\.js$|^dist/driver/"],
  ["run", "^dist/run/"],
  ["report", "^dist/report/"],
  ["distributed", "^dist/distributed/"],
  ["training", "^dist/training/"],
  ["translate", "^dist/(translate|evaluate|weights|look)/"],
  ["demo", "^dist/(demo|bench|download)/"],
  ["cli", "^dist/cli/"],
  ["package", "^dist/node\\.js$"],
];

module.exports = {
  forbidden: [
    { name: "no-cycle", severity: "error", from: {}, to: { circular: true } },
    ...layers.slice(0, -1).map(([name, path], level) => ({
      name: `${name}-imports-only-below`,
      severity: "error",
      from: { path },
      to: { path: layers.slice(level + 1).map(([, above]) => above).join("|") },
    })),
    {
      name: "a-model-is-known-by-its-contract",
      comment: "Only models/index.ts, which lists the models, and whoever builds on one of them imports a model's folder.",
      severity: "error",
      from: { path: "^dist/(run|report|training|io|data|translate|evaluate|weights|look|cli)/" },
      to: { path: "^dist/models/cyclegan/" },
    },
    {
      name: "browser-entry-without-node",
      severity: "error",
      from: { path: "^dist/browser\\.js$" },
      to: { path: "^(node:)?(fs|path|os|url|child_process|worker_threads|process|module|zlib|crypto)(/|$)", reachable: true },
    },
  ],
  options: { doNotFollow: { path: "node_modules" } },
};
