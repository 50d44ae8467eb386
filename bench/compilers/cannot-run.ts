/** This machine cannot run the check. That says nothing about the kernels. */
export class CannotRun extends Error {}
