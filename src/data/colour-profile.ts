/** ICC colour profiles. */

/** Where the table of tags begins, and what an entry takes. */
const TAGS = 128;
const ENTRY_BYTES = 12;

/** Profiles have a few dozen tags; a damaged number must not be followed. */
const MOST_TAGS = 256;

/** The bytes of the profile's own description; empty if it has none. */
function descriptionOf(profile: Buffer): Buffer {
  const count = profile.length < TAGS + 4 ? 0 : Math.min(profile.readUInt32BE(TAGS), MOST_TAGS);
  for (let at = TAGS + 4; at + ENTRY_BYTES <= profile.length && at < TAGS + 4 + count * ENTRY_BYTES; at += ENTRY_BYTES) {
    if (profile.toString("latin1", at, at + 4) !== "desc") continue;
    const offset = profile.readUInt32BE(at + 4);
    return profile.subarray(offset, offset + profile.readUInt32BE(at + 8));
  }
  return Buffer.alloc(0);
}

/** Whether a profile describes itself as sRGB, so that a conversion would only add rounding. */
export function isSrgb(profile: Buffer): boolean {
  // Version 2 describes in ASCII, version 4 in UTF-16.
  return descriptionOf(profile).toString("latin1").replaceAll("\0", "").includes("sRGB");
}
