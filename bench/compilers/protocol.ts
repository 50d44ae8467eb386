/** How often a step dispatches a kernel, and the floating-point operations that these dispatches state. */
export interface KernelUse {
  readonly dispatches: number;
  readonly flops: number;
}

/** The exit status of a process that finds no device to compile for. */
export const NO_DEVICE = 3;

const MARK = "@@cyclegan";

/** A line between what the driver writes: what it compiled before, the whole step, or why there is none. */
export function formatNote(kind: "kernel" | "step" | "failure", text: string): string {
  return `\n${MARK} ${kind} ${text}\n`;
}

/** The driver's text in front of each line of a kind, with what the line says. */
export function readNotes(output: string): { readonly before: string; readonly kind: string; readonly text: string }[] {
  const parts = output.split(new RegExp(`^${MARK} (kernel|step|failure) (.*)\\n`, "m"));
  const notes = [];
  for (let at = 0; at + 2 < parts.length; at += 3) {
    notes.push({ before: parts[at] ?? "", kind: parts[at + 1] ?? "", text: parts[at + 2] ?? "" });
  }
  return notes;
}
