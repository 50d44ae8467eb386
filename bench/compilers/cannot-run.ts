/** This machine lacks what the check needs; its kernels may be as good as ever. */
export class CannotRun extends Error {}
