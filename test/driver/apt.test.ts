import { describe, expect, test } from "vitest";
import {
  parseCandidateMajor,
  parseDependencies,
  parseDownloadSize,
  parseSimulation,
} from "../../src/driver/apt-output.js";
import { deriveSources } from "../../src/driver/apt-sources.js";

describe("deriveSources, deb822", () => {
  const text = `# the release
Types: deb deb-src
# a snapshot, once
URIs: http://deb.example.org/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://deb.example.org/debian-security
Suites: bookworm-security
Components: main

Types: deb
URIs: https://other.example.org/node
Suites: nodistro
Components: main

Enabled: no
Types: deb
URIs: http://deb.example.org/off
Suites: bookworm
Components: main
`;

  test("backports stand beside the base suite only, at its address and under its key", () => {
    expect(deriveSources({ kind: "sources", text }, "bookworm", true)).toBe(`Types: deb
Suites: bookworm bookworm-updates bookworm-backports
URIs: http://deb.example.org/debian
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
Suites: bookworm-security
URIs: http://deb.example.org/debian-security
Components: main

`);
  });

  test("a key inside the stanza stays whole", () => {
    const key = "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----";
    const stanza = `Types: deb\nURIs: http://a.example.org\nSuites: trixie\nComponents: main\n${key}`;
    const derived = deriveSources({ kind: "sources", text: stanza }, "trixie", false);
    expect(derived).toContain(key);
    expect(derived).not.toContain("backports");
  });
});

test("deriveSources, one line each", () => {
  const text = `# deb http://deb.example.org/debian bookworm main
deb [signed-by=/k.gpg arch=amd64] http://deb.example.org/debian bookworm main contrib # base
deb-src http://deb.example.org/debian bookworm main
deb http://deb.example.org/debian bookworm-updates main
deb https://other.example.org/docker bookworm stable
deb http://deb.example.org/debian trixie main`;
  expect(deriveSources({ kind: "list", text }, "bookworm", true)).toBe(
    `deb [signed-by=/k.gpg arch=amd64] http://deb.example.org/debian bookworm main contrib
deb [signed-by=/k.gpg arch=amd64] http://deb.example.org/debian bookworm-backports main contrib
deb http://deb.example.org/debian bookworm-updates main
`,
  );
});

describe("what apt prints", () => {
  test("the packages of a simulated installation, new ones and upgrades", () => {
    const output = `Reading package lists...
Inst libdrm2 [2.4.114-1+b1] (2.4.123-1~bpo12+1 Debian Backports:oldstable-backports [amd64])
Inst libvulkan1 (1.3.239.0-1 Debian:12.15/oldstable [amd64]) []
Conf libvulkan1 (1.3.239.0-1 Debian:12.15/oldstable [amd64])`;
    expect(parseSimulation(output)).toEqual([
      { name: "libdrm2", version: "2.4.123-1~bpo12+1" },
      { name: "libvulkan1", version: "1.3.239.0-1" },
    ]);
  });

  test("names in a dependency listing, without virtual packages", () => {
    const output = "libvulkan1\n  Depends: libc6\nlibc6\n<libc-dev>\n |Depends: x";
    expect([...parseDependencies(output)]).toEqual(["libvulkan1", "libc6"]);
  });

  test("the size of a download", () => {
    const output = `'http://a/x.deb' x.deb 38648 SHA256:00
'http://a/y.deb' y.deb 11366132 SHA256:11`;
    expect(parseDownloadSize(output)).toBe(11_404_780);
  });

  test("the candidate's release", () => {
    expect(parseCandidateMajor("p:\n  Installed: (none)\n  Candidate: 22.3.6-1+deb12u1\n")).toBe(22);
    expect(parseCandidateMajor("p:\n  Candidate: (none)\n")).toBe(0);
  });
});
