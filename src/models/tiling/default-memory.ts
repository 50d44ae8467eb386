/** The default limit of device memory for a translation, in bytes. */
export const DEFAULT_MEMORY = 2e9;
