/** How often a step dispatches a kernel, and the floating-point operations of these dispatches. */
export interface KernelUse {
  readonly dispatches: number;
  readonly flops: number;
}

/** The exit status of a process that found no device to compile for. */
export const NO_DEVICE = 3;

const MARK = "@@cyclegan";

/** A line within the driver's output: the kernel that was just compiled, the summary of the step, or the reason of a failure. */
export function formatNote(kind: "kernel" | "step" | "failure", text: string): string {
  return `\n${MARK} ${kind} ${text}\n`;
}

/** Parses the output into notes, each with the driver's text before it. */
export function readNotes(output: string): { readonly before: string; readonly kind: string; readonly text: string }[] {
  const parts = output.split(new RegExp(`^${MARK} (kernel|step|failure) (.*)\\n`, "m"));
  const notes = [];
  for (let at = 0; at + 2 < parts.length; at += 3) {
    notes.push({ before: parts[at] ?? "", kind: parts[at + 1] ?? "", text: parts[at + 2] ?? "" });
  }
  return notes;
}
