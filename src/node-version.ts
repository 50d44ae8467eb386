/**
 * Throws, on import, in a Node that is too old for this package. An entry imports it before anything else. Old versions of
 * Node must be able to read it, so it uses only what Node 12 has.
 */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
/** The same range as "engines" in package.json. In between, JSON modules are experimental and each start prints a warning. */
export const isSupported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;

if (!isSupported) {
  throw new Error(
    `cyclegan-webgpu needs Node 20.19, 22.12 or newer, and this is Node ${process.versions.node}. ` +
      "Install a newer one from https://nodejs.org.",
  );
}
