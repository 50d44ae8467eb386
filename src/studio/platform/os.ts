/** `node:os` for a worker of the studio. */

export const hostname = (): string => "browser";

/** Errors have names there. */
export const constants = { errno: {} };
